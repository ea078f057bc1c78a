"""When an order by hand ends: as people write it, and over a red day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override as language

from scheduling.covering import RedCover, cover_sentence, red_cover
from scheduling.ends import moment_of
from scheduling.targets import TargetMode
from tests.scheduling.planned_house import TUESDAY, at, colours, house

AUTO, HOLD, CHARGE = TargetMode.AUTO, TargetMode.HOLD, TargetMode.CHARGE
NOON = at("12:00")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("18:00", at("18:00")),
        ("12:00", at("12:00") + DAY),
        ("06:30", at("06:30") + DAY),
        ("2026-12-03T18:00", at("18:00") + 2 * DAY),
        ("2026-12-03T18:00Z", datetime(2026, 12, 3, 18, tzinfo=UTC)),
    ],
)
def test_an_end_is_the_household_s_coming_time(text: str, moment: datetime) -> None:
    assert moment_of(text, NOON) == moment


@pytest.mark.parametrize("text", ["", "soon", "25:00", "18", "2026-13-03T18:00"])
def test_an_end_that_is_none_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment_of(text, NOON)


def test_a_time_that_clocks_skip_is_when_they_go_on() -> None:
    evening = datetime(2026, 3, 28, 20, tzinfo=UTC)
    assert moment_of("02:30", evening) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def covered(
    mode: TargetMode | None, until: datetime, *words: str, now: datetime = NOON
) -> RedCover | None:
    return red_cover(house(colours=colours(TUESDAY, *words)), mode, now, until)


def test_the_night_before_a_red_day_resumes_at_22() -> None:
    cover = covered(None, at("08:00") + DAY, "blue", "red")
    assert cover == RedCover(TUESDAY + DAY, is_night=True, is_red=True, resumes_at=at("22:00"))


@pytest.mark.parametrize(
    ("mode", "now", "until"),
    [
        (HOLD, NOON, at("22:00")),  # ends where the night begins
        (CHARGE, at("22:30"), at("05:00") + DAY),  # a charge is what that night wants
        (AUTO, at("07:00") + DAY, at("12:00") + DAY),  # and Auto what the day wants
        (HOLD, at("22:00") + DAY, at("05:00") + 2 * DAY),  # over
    ],
)
def test_what_a_red_day_does_not_miss_warns_of_nothing(
    mode: TargetMode, now: datetime, until: datetime
) -> None:
    assert covered(mode, until, "blue", "red", "blue", now=now) is None


def test_a_red_day_under_way_has_nothing_to_resume_at() -> None:
    cover = covered(HOLD, at("15:00"), "red")
    assert cover is not None
    assert (cover.is_night, cover.resumes_at) == (False, None)


def test_blue_days_warn_of_nothing() -> None:
    assert covered(None, NOON + 3 * DAY, "blue", "white", "blue", "blue") is None


def maybe(until: datetime) -> RedCover | None:
    """A day under way that may be red, and another after it."""
    known = colours(TUESDAY, "maybe", "maybe")
    worth = dict.fromkeys(known, True)
    return red_cover(house(colours=known, charge_pays=worth), HOLD, NOON, until)


def test_a_day_that_may_be_red_warns_of_its_night_alone() -> None:
    assert maybe(at("18:00")) is None
    cover = maybe(at("23:00"))
    assert cover is not None
    assert (cover.is_night, cover.is_red, cover.resumes_at) == (True, False, at("22:00"))


def test_the_warning_is_one_sentence() -> None:
    cover = covered(HOLD, at("08:00") + DAY, "blue", "red")
    assert cover is not None
    with language("en"):
        said = cover_sentence(cover, "Garage", at("08:00") + DAY, NOON, None)
    assert said == (
        "This lasts until 2 December, 08:00, over the night before a red day: "
        "Garage would not be charged for it."
    )
