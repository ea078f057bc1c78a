"""Who says what a battery shall do: wishes, red days and schedules, ordered by rank. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from enum import IntEnum
from typing import NamedTuple

from tempo.days import PARIS, Colour, tempo_day

from .situation import Condition, Rule, Situation, Wish, WishKind
from .windows import DAY, Window, daytime, eve, window_on


class Tier(IntEnum):
    """What outranks what; the greater wins. NOTHING as a claim: a night that is let go."""

    NOTHING = 0
    RULE = 1
    YIELD = 2
    RED_EVE = 3
    RED_DAY = 4
    TARGET = 5
    HANDS_OFF = 6


TIERS = {
    WishKind.HANDS_OFF: Tier.HANDS_OFF,
    WishKind.TARGET: Tier.TARGET,
    WishKind.YIELD: Tier.YIELD,
}
NO_BATTERIES: frozenset[int] = frozenset()


class Claim(NamedTuple):
    """One voice in [since, until). `rank` orders claims totally; no `battery_ids`: all.

    `red_day`: the Tempo day that a red eve, a night that is let go or a red day is about.
    """

    rank: tuple[int, int, datetime, int]
    since: datetime
    until: datetime
    battery_ids: frozenset[int] = NO_BATTERIES
    rule: Rule | None = None
    wish: Wish | None = None
    red_day: date | None = None

    @property
    def tier(self) -> int:
        return self.rank[0]


class Ruling(NamedTuple):
    """The claim that holds (None: nothing says anything) until a higher one begins.

    `ends`: its own end, at or after `until`.
    """

    claim: Claim | None
    since: datetime
    until: datetime
    ends: datetime


def claims_around(situation: Situation, now: datetime, days: int = 1) -> list[Claim]:
    """Every claim from yesterday's windows to those that start in so many days."""
    today = now.astimezone(PARIS).date()
    dates = [today + DAY * step for step in range(-1, days + 1)]
    return [
        *_of_wishes(situation.wishes),
        *_of_red_days(situation, dates),
        *_of_rules(situation, dates),
    ]


def ruling(claims: Iterable[Claim], battery_id: int, now: datetime) -> Ruling:
    """The highest claim at `now`, until it ends or a higher one begins."""
    own = [claim for claim in claims if not claim[3] or battery_id in claim[3]]
    held = [claim for claim in own if claim[1] <= now < claim[2]]
    if not held:
        return _silence(own, now)
    best = max(held)
    later = [claim[1] for claim in own if claim[1] > now and claim[0] > best[0]]
    return Ruling(best, best.since, min([best.until, *later]), best.until)


def _silence(own: Iterable[Claim], now: datetime) -> Ruling:
    """Between claims; at most one Tempo day long."""
    day = tempo_day(now)
    since, until = daytime(day).since, daytime(day + DAY).since
    for claim in own:
        if claim.since > now:
            until = min(until, claim.since)
        elif claim.until <= now:
            since = max(since, claim.until)
    return Ruling(None, since, until, until)


def _of_wishes(wishes: Iterable[Wish]) -> Iterator[Claim]:
    for wish in wishes:
        since, until = wish.starts_at.astimezone(UTC), wish.until.astimezone(UTC)
        rank = (TIERS[wish.kind], 0, since, wish.wish_id)
        yield Claim(rank, since, until, frozenset((wish.battery_id,)), wish=wish)


def _of_red_days(situation: Situation, dates: Iterable[date]) -> Iterator[Claim]:
    if not situation.household.serves_red_days:
        return
    for day in dates:
        if counts_as_red(situation, day):
            yield _red(Tier.RED_EVE, eve(day), day)
            yield _red(Tier.RED_DAY, daytime(day), day)
        elif is_let_go(situation, day):
            yield _red(Tier.NOTHING, eve(day), day)


def _red(tier: Tier, window: Window, day: date) -> Claim:
    return Claim((tier, 0, window.since, 0), window.since, window.until, red_day=day)


def _of_rules(situation: Situation, dates: Iterable[date]) -> Iterator[Claim]:
    for rule in situation.rules:
        for day in dates:
            if not rule.week_days >> day.weekday() & 1:
                continue
            window = window_on(day, rule.starts, rule.ends)
            if rule.condition and not _holds(rule.condition, window.tempo_day, situation):
                continue
            rank = (Tier.RULE, rule.priority, window.since, -rule.rule_id)
            yield Claim(rank, window.since, window.until, rule.battery_ids, rule=rule)


def _holds(condition: Condition, day: date, situation: Situation) -> bool:
    """Whether a schedule counts on a Tempo day; an unknown colour is no colour."""
    if condition == Condition.RED_EVE:
        return counts_as_red(situation, day + DAY)
    colour = colour_of(situation, day)
    return colour is not None and colour.value == condition.value


def counts_as_red(situation: Situation, day: date) -> bool:
    """Red, or possibly red while charging for it pays."""
    known = situation.colours.get(day)
    if known is None:
        return False
    return known.colour == Colour.RED or (
        known.may_be_red and situation.charge_pays.get(day, False)
    )


def is_let_go(situation: Situation, day: date) -> bool:
    """Possibly red, while charging for it does not pay: the costs are known, and nothing is done
    but to say so."""
    known = situation.colours.get(day)
    is_open = known is not None and known.may_be_red and day in situation.cases
    return is_open and situation.household.serves_red_days and not counts_as_red(situation, day)


def night_let_go(situation: Situation, now: datetime) -> date | None:
    """The day after the night that runs, where it is let go."""
    day = tempo_day(now) + DAY
    return day if eve(day).since <= now and is_let_go(situation, day) else None


def colour_of(situation: Situation, day: date) -> Colour | None:
    """What the colour is as far as anybody has said."""
    known = situation.colours.get(day)
    return None if known is None else known.colour
