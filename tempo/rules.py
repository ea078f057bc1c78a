"""The hard rules of the tariff: what colours a day can have at all. Pure.

Red: 22 days of a season, from 1 November to 31 March, never on a weekend or a public holiday.
White: 43 days, never on a Sunday. RTE must use the whole quota, so late in winter red is forced by
arithmetic. History has one exception (2019-2020: 18 red, 47 white), hence a rule is a veto against
words that are not binding, and never a fact about the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .days import Colour
from .seasons import season_of

RED_QUOTA, WHITE_QUOTA = 22, 43
RED_MONTHS = frozenset({11, 12, 1, 2, 3})
SATURDAY, SUNDAY = 5, 6


class Rule(TextChoices):
    """Why a day cannot have a colour. Stored: never rename one."""

    NEVER_RED = "never_red", _("red is only possible on working days from November to March")
    RED_USED = "red_used", _("the 22 red days of this season are used up")
    WHITE_USED = "white_used", _("the 43 white days of this season are used up")
    SUNDAY = "sunday", _("Sundays are always blue")
    FORCED_RED = "forced_red", _("as many red days are left as days on which red is possible")


@dataclass(frozen=True, slots=True)
class SeasonCounts:
    """What is known of the days of a season before the day in question.

    `red`, `white`: settled days of that colour. `undecided`: days that could be red and of which no
    binding colour is known.
    """

    red: int = 0
    white: int = 0
    undecided: int = 0

    def after(self, day: date, colour: Colour | None, *, is_binding: bool) -> SeasonCounts:
        """The counts once `day` has passed with this colour."""
        return SeasonCounts(
            self.red + (is_binding and colour == Colour.RED),
            self.white + (is_binding and colour == Colour.WHITE),
            self.undecided + (can_be_red(day) and not is_binding),
        )


def is_holiday(day: date) -> bool:
    """Whether the day is a public holiday in mainland France."""
    return day in _holidays(day.year)


@lru_cache(maxsize=1024)
def can_be_red(day: date) -> bool:
    """Whether the calendar alone allows red."""
    return day.month in RED_MONTHS and day.weekday() < SATURDAY and not is_holiday(day)


def possible_red_days(first: date, last: date) -> list[date]:
    """The days from `first` to `last`, both included, on which the calendar allows red."""
    span = (last - first).days + 1
    return [day for n in range(span) if can_be_red(day := first + timedelta(days=n))]


def is_forced_red(day: date, counts: SeasonCounts) -> bool:
    """Whether every day left must be red, even if every undecided day before was red."""
    surely_left = RED_QUOTA - counts.red - counts.undecided
    if surely_left <= 0 or not can_be_red(day):
        return False
    return surely_left >= len(possible_red_days(day, season_of(day).last_red_on))


def broken_rule(day: date, colour: Colour, counts: SeasonCounts) -> Rule | None:
    """The rule that says that this day cannot have this colour; None where none does."""
    if colour == Colour.RED:
        return (
            Rule.NEVER_RED if not can_be_red(day) else _used(counts.red, RED_QUOTA, Rule.RED_USED)
        )
    if is_forced_red(day, counts):
        return Rule.FORCED_RED
    if colour == Colour.WHITE:
        if day.weekday() == SUNDAY:
            return Rule.SUNDAY
        return _used(counts.white, WHITE_QUOTA, Rule.WHITE_USED)
    return None


def colour_by_rule(day: date, counts: SeasonCounts) -> Colour | None:
    """The one colour that the rules leave to a day of which nobody has spoken; None: several."""
    left = [colour for colour in Colour if broken_rule(day, colour, counts) is None]
    return left[0] if len(left) == 1 else None


def _used(count: int, quota: int, rule: Rule) -> Rule | None:
    return rule if count >= quota else None


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))
