"""The week of the schedules as a drawing: seven strips of 24 hours. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from django.utils.translation import gettext as _

from .ribbon import RULED_HOURS, Mark, Stretch, fitting, percent
from .schedule_words import hours, long_day, short_day, what
from .situation import Rule

DAY_MINUTES = 24 * 60
Piece = tuple[int, int, int]  # day (0 = Monday), from and to in minutes of that day


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One strip."""

    name: str
    long_name: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Schedules that meet lie side by side in lanes, the higher priority above."""

    days: tuple[WeekDay, ...]
    marks: tuple[Mark, ...]
    lanes: int


def week(rules: Sequence[Rule]) -> Week:
    """The windows of these schedules."""
    lanes = _lanes(rules)
    count = max(lanes.values(), default=0) + 1
    drawn: dict[int, list[Stretch]] = {day: [] for day in range(7)}
    for rule in rules:
        for piece in pieces(rule):
            drawn[piece[0]].append(_stretch(rule, piece, lanes[rule.rule_id], count))
    days = (WeekDay(short_day(day), long_day(day), tuple(drawn[day])) for day in drawn)
    return Week(tuple(days), tuple(_marks()), count)


def pieces(rule: Rule) -> Iterator[Piece]:
    """Its windows, cut at midnight."""
    starts, ends = _minutes(rule.starts), _minutes(rule.ends)
    until = ends if ends > starts else ends + DAY_MINUTES
    for day in range(7):
        if rule.week_days >> day & 1:
            yield day, starts, min(until, DAY_MINUTES)
            if until > DAY_MINUTES:
                yield (day + 1) % 7, 0, until - DAY_MINUTES


def _lanes(rules: Sequence[Rule]) -> dict[int, int]:
    """For each schedule the first lane in which it meets no other."""
    taken: list[list[Piece]] = []
    found = {}
    for rule in sorted(rules, key=lambda one: (-one.priority, one.starts, one.rule_id)):
        own = list(pieces(rule))
        lane = next((n for n, those in enumerate(taken) if not _meet(own, those)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].extend(own)
        found[rule.rule_id] = lane
    return found


def _meet(some: Sequence[Piece], others: Sequence[Piece]) -> bool:
    return any(
        one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
        for one in some
        for other in others
    )


def _stretch(rule: Rule, piece: Piece, lane: int, lanes: int) -> Stretch:
    width = (piece[2] - piece[1]) / DAY_MINUTES * 100
    words = {"name": rule.name, "hours": hours(rule.starts, rule.ends), "what": what(rule)}
    return Stretch(
        kind=rule.mode_type,
        x=percent(piece[1] / DAY_MINUTES * 100),
        width=percent(width),
        label=fitting(rule.name, width),
        title=_("%(name)s, %(hours)s: %(what)s") % words,
        y=percent(lane / lanes * 100),
        height=percent(100 / lanes),
    )


def _marks() -> Iterator[Mark]:
    for hour in (*RULED_HOURS[1:],):
        yield Mark(percent(hour / 24 * 100), str(hour), is_midnight=False)


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
