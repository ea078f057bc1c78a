"""How likely a day is red while nobody has said its colour for good. Pure, rough and documented.

Base rates are those of twelve seasons (2014-2026): red days counted by month, over the days on
which the calendar allows red. They are scaled so that they add up to the red days that are left;
three of four days after a red day that can be red are red, too. What an official or a community
source says leaves a part of that chance standing (`LEFT_BY_WORD`).
"""

from __future__ import annotations

from datetime import date
from enum import Enum

from .days import Colour
from .rules import RED_QUOTA, SeasonCounts, can_be_red, is_forced_red, possible_red_days
from .seasons import season_of

RED_RATE = {11: 4 / 239, 12: 45 / 257, 1: 127 / 257, 2: 52 / 242, 3: 32 / 265}
AFTER_RED = 0.75
FORCED = 0.95  # not 1: in 2019-2020 four red days were never used


class Word(Enum):
    """How far what was said of a day can be trusted."""

    BINDING = "binding"
    OFFICIAL = "official"
    COMMUNITY = "community"
    DEGRADED = "degraded"
    DISPUTED_BY_OFFICIAL = "disputed by an official source"
    DISPUTED = "disputed"


IF_SAID_RED = {
    Word.BINDING: 1.0,
    Word.OFFICIAL: 0.95,
    Word.COMMUNITY: 0.9,
    Word.DEGRADED: 0.5,
    Word.DISPUTED_BY_OFFICIAL: 0.5,
    Word.DISPUTED: 0.5,
}
LEFT_BY_WORD = {Word.OFFICIAL: 0.05, Word.COMMUNITY: 0.1, Word.DEGRADED: 0.5}
DENIED = {Word.DISPUTED_BY_OFFICIAL: 0.5, Word.DISPUTED: 0.25}  # blue leads, somebody says red


def base_chance(day: date, counts: SeasonCounts, day_before: Colour | None = None) -> float:
    """P(red) of a day of which nobody has said anything: 0 to 1."""
    if not can_be_red(day) or counts.red >= RED_QUOTA:
        return 0.0
    if is_forced_red(day, counts):
        return FORCED
    expected = sum(RED_RATE[d.month] for d in possible_red_days(day, season_of(day).last_red_on))
    left = RED_QUOTA - counts.red - _reds_missed(day, counts)
    scaled = RED_RATE[day.month] * max(left, 1.0) / expected
    return min(FORCED, max(scaled, AFTER_RED if day_before == Colour.RED else 0.0))


def red_chance(colour: Colour, word: Word, base: float) -> float:
    """P(red) of a day that is said to be `colour`, with this much trust."""
    if colour == Colour.RED:
        return IF_SAID_RED[word]
    if word in DENIED:
        return DENIED[word]
    return base * LEFT_BY_WORD.get(word, 0.0)


def _reds_missed(day: date, counts: SeasonCounts) -> float:
    """How many of the undecided days before `day` probably were red."""
    if not counts.undecided:
        return 0.0
    before = possible_red_days(season_of(day).starts_on, day)
    mean = sum(RED_RATE[d.month] for d in before) / max(len(before), 1)
    return counts.undecided * mean
