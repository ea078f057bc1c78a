"""The hard rules of the tariff, and the seasons they count in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tempo.chances import FORCED, base_chance
from tempo.days import Colour
from tempo.rules import (
    Rule,
    SeasonCounts,
    broken_rule,
    can_be_red,
    colour_by_rule,
    is_forced_red,
    possible_red_days,
)
from tempo.seasons import Season, season_labelled, season_of

NONE = SeasonCounts()


@pytest.mark.parametrize(
    ("day", "possible"),
    [
        (date(2026, 11, 2), True),
        (date(2026, 10, 30), False),  # October
        (date(2026, 11, 11), False),  # Armistice
        (date(2026, 12, 25), False),  # Christmas
        (date(2027, 1, 2), False),  # Saturday
        (date(2027, 1, 3), False),  # Sunday
        (date(2027, 3, 29), False),  # Easter Monday
        (date(2027, 3, 31), True),
        (date(2027, 4, 1), False),
    ],
)
def test_the_calendar_of_red_days(day: date, possible: bool) -> None:
    assert can_be_red(day) is possible
    assert (broken_rule(day, Colour.RED, NONE) is None) is possible


def test_no_red_after_the_quota_and_no_white_after_its_own() -> None:
    tuesday = date(2027, 1, 12)
    assert broken_rule(tuesday, Colour.RED, SeasonCounts(red=22)) == Rule.RED_USED
    assert broken_rule(tuesday, Colour.RED, SeasonCounts(red=21)) is None
    assert broken_rule(tuesday, Colour.WHITE, SeasonCounts(white=43)) == Rule.WHITE_USED
    assert broken_rule(tuesday, Colour.BLUE, SeasonCounts(22, 43)) is None


def test_sundays_are_blue_and_saturdays_may_be_white() -> None:
    sunday = date(2027, 1, 10)
    assert broken_rule(sunday, Colour.WHITE, NONE) == Rule.SUNDAY
    assert colour_by_rule(sunday, NONE) == Colour.BLUE
    assert broken_rule(sunday - timedelta(days=1), Colour.WHITE, NONE) is None


def test_red_is_forced_when_as_many_are_left_as_days() -> None:
    """As in March 2026: 13 red days left on the 13th, and every working day to the 31st was red."""
    day = date(2026, 3, 13)
    assert len(possible_red_days(day, date(2026, 3, 31))) == 13
    assert is_forced_red(day, SeasonCounts(red=9))
    assert not is_forced_red(day, SeasonCounts(red=10))
    assert broken_rule(day, Colour.BLUE, SeasonCounts(red=9)) == Rule.FORCED_RED
    assert colour_by_rule(day, SeasonCounts(red=9)) == Colour.RED


def test_a_day_nobody_knows_of_could_have_been_red_so_nothing_is_forced() -> None:
    assert not is_forced_red(date(2026, 3, 13), SeasonCounts(red=9, undecided=1))


def test_when_both_quotas_are_used_only_blue_is_left() -> None:
    assert colour_by_rule(date(2027, 6, 1), SeasonCounts(red=22, white=43)) == Colour.BLUE
    assert colour_by_rule(date(2027, 6, 1), SeasonCounts(red=22, white=42)) is None


def test_a_season_has_366_days_where_it_contains_29_february() -> None:
    assert (Season(2026).length, Season(2027).length) == (365, 366)
    assert date(2028, 2, 29) in set(Season(2027).days())
    assert can_be_red(date(2028, 2, 29))


def test_the_season_turns_on_1_september() -> None:
    assert season_of(date(2026, 8, 31)).label == "2025-2026"
    assert season_of(date(2026, 9, 1)).label == "2026-2027"


@pytest.mark.parametrize("label", ["2025", "2025-2027", "2013-2014", "next", "2025-2026-2027"])
def test_another_text_is_no_season(label: str) -> None:
    with pytest.raises(ValueError, match="season"):
        season_labelled(label)


def test_the_chance_of_red_adds_up_to_what_is_left() -> None:
    season = Season(2026)
    days = possible_red_days(season.starts_on, season.last_red_on)
    assert sum(base_chance(day, NONE) for day in days[:1]) < 0.03
    assert base_chance(date(2027, 1, 12), SeasonCounts(red=3)) > 0.3
    assert base_chance(date(2027, 1, 12), SeasonCounts(red=22)) == 0
    assert base_chance(date(2027, 1, 10), NONE) == 0
    assert base_chance(date(2026, 3, 13), SeasonCounts(red=9)) == FORCED


def test_after_a_red_day_red_is_likely() -> None:
    day = date(2026, 12, 8)
    assert base_chance(day, NONE, Colour.RED) == pytest.approx(0.75)
    assert base_chance(day, NONE, Colour.BLUE) < 0.4
