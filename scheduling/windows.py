"""Windows of schedules as instants, and whether two schedules meet. Pure.

A window belongs to the day on which it starts. A local time that clocks skip starts and ends at the
next that exists; a repeated one starts at its first and ends at its last occurrence. Instants are
in UTC: two moments of one local zone compare by their clock faces, wrong on the night of 25 hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from tempo.days import DAY_STARTS, NIGHT_STARTS, at_local, tempo_day

from .situation import Condition, Rule

DAY = timedelta(days=1)
DAY_MINUTES = 24 * 60


class Window(NamedTuple):
    """[since, until), and the Tempo day in force at `since`."""

    since: datetime
    until: datetime
    tempo_day: date


class Overlap(NamedTuple):
    """Where two schedules meet: `week_day` 0 is Monday, times of the household's clock."""

    week_day: int
    starts: time
    ends: time


@lru_cache(maxsize=4096)
def starts_at(day: date, clock: time) -> datetime:
    """When `clock` on `day` first comes, in UTC."""
    return at_local(day, clock).astimezone(UTC)


@lru_cache(maxsize=4096)
def ends_at(day: date, clock: time) -> datetime:
    """When `clock` on `day` comes for the last time, in UTC."""
    return at_local(day, clock).replace(fold=1).astimezone(UTC)


@lru_cache(maxsize=4096)
def window_on(day: date, starts: time, ends: time) -> Window:
    """The window that starts on `day`; empty where clocks skip all of it."""
    since = starts_at(day, starts)
    if ends == starts:
        until = starts_at(day + DAY, starts)
    else:
        until = ends_at(day if ends > starts else day + DAY, ends)
    return Window(since, until, tempo_day(since))


def daytime(day: date) -> Window:
    """Peak hours of a Tempo day."""
    return window_on(day, DAY_STARTS, NIGHT_STARTS)


def eve(day: date) -> Window:
    """The off-peak hours that end where a Tempo day begins."""
    return window_on(day - DAY, NIGHT_STARTS, DAY_STARTS)


def rules_overlap(a: Rule, b: Rule) -> Overlap | None:
    """The first time of the week at which two schedules of one priority may both count.

    None where another priority, other batteries, other times, or colours that exclude each other
    keep them apart. The two nights on which clocks change are left to the planner's order.
    """
    if a.priority != b.priority or _batteries_apart(a, b):
        return None
    meetings = (
        _meeting(a, b, day, day + step)
        for day in range(7)
        for step in (-1, 0, 1)
        if a.week_days >> day & 1 and b.week_days >> (day + step) % 7 & 1
    )
    return min((found for found in meetings if found), default=None)


def _batteries_apart(a: Rule, b: Rule) -> bool:
    return bool(a.battery_ids and b.battery_ids and not a.battery_ids & b.battery_ids)


def _meeting(a: Rule, b: Rule, a_day: int, b_day: int) -> Overlap | None:
    (a_starts, a_ends), (b_starts, b_ends) = _minutes(a, a_day), _minutes(b, b_day)
    starts, ends = max(a_starts, b_starts), min(a_ends, b_ends)
    if starts >= ends or _colours_apart(a, b, _tempo_index(b, b_day) - _tempo_index(a, a_day)):
        return None
    return Overlap(int(starts // DAY_MINUTES) % 7, _clock(starts), _clock(ends))


def _minutes(rule: Rule, day: int) -> tuple[float, float]:
    """A window in minutes since Monday 00:00."""
    starts, ends = _of_day(rule.starts), _of_day(rule.ends)
    length = (ends - starts) % DAY_MINUTES or DAY_MINUTES
    first = day * DAY_MINUTES + starts
    return first, first + length


def _of_day(clock: time) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60


def _clock(minutes: float) -> time:
    hours, rest = divmod(minutes % DAY_MINUTES, 60)
    return time(int(hours), int(rest))


def _tempo_index(rule: Rule, day: int) -> int:
    return day if rule.starts >= DAY_STARTS else day - 1


def _colours_apart(a: Rule, b: Rule, days_later: int) -> bool:
    """Whether no colours let both count; b's Tempo day is `days_later` than a's."""
    if days_later < 0:
        return _colours_apart(b, a, -days_later)
    named = {Condition.BLUE, Condition.WHITE, Condition.RED}
    if days_later == 0:
        return a.condition in named and b.condition in named and a.condition != b.condition
    if days_later == 1:
        return a.condition == Condition.RED_EVE and b.condition in named - {Condition.RED}
    return False
