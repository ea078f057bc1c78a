"""Schedules in words: days, hours, what, and when next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import translation

from scheduling.schedule_words import coming, days, hours, next_run, what
from scheduling.situation import Condition
from scheduling.targets import TargetMode
from scheduling.week import pieces, week

from .planned_house import TUESDAY, at, colours, house, rule

AUTO, HOLD = TargetMode.AUTO, TargetMode.HOLD
CHARGE, DISCHARGE = TargetMode.CHARGE, TargetMode.DISCHARGE
NOON = at("12:00")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("week_days", "words"),
    [
        (127, "every day"),
        (0b0011111, "Monday to Friday"),
        (0b1100000, "Saturday and Sunday"),
        (0b0000101, "Mon, Wed"),
    ],
)
def test_days(week_days: int, words: str) -> None:
    assert days(week_days) == words


def test_hours() -> None:
    night, whole = rule(HOLD, "22:00", "06:00"), rule(HOLD, "06:00", "06:00")
    assert hours(night.starts, night.ends) == "22:00 to 06:00"
    assert hours(whole.starts, whole.ends) == "06:00, for 24 hours"


@pytest.mark.parametrize(
    ("mode", "values", "words"),
    [
        (AUTO, {}, "Follow the house (Auto)"),
        (HOLD, {"power_w": 0}, "Stand still"),
        (CHARGE, {}, "Charge to 100 %, spread over the window"),
        (CHARGE, {"power_w": 600}, "Charge at 600 W"),
        (CHARGE, {"power_w": 600, "target_soc": 80}, "Charge at 600 W up to 80 %"),
        (DISCHARGE, {"power_w": -600}, "Feed the house with 600 W"),
        (
            DISCHARGE,
            {"power_w": -600, "floor_soc": 20},
            "Feed the house with 600 W down to 20 %",
        ),
    ],
)
def test_what(mode: TargetMode, values: dict[str, int], words: str) -> None:
    said = what(rule(mode, "12:00", "14:00", **values))
    assert said.replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("clock", "later", "words"),
    [
        ("14:00", 0, "today 14:00"),
        ("22:00", 0, "tonight 22:00"),
        ("06:00", 1, "tomorrow 06:00"),
        ("06:00", 4, "Saturday 06:00"),
        ("06:00", 7, "8 December, 06:00"),
    ],
)
def test_moments_to_come(clock: str, later: int, words: str) -> None:
    assert coming(at(clock, TUESDAY + timedelta(days=later)), NOON) == words


def test_next_run() -> None:
    night, day = rule(HOLD, "22:00", "06:00"), rule(AUTO, "06:00", "22:00")
    assert next_run(night, house(), NOON) == "next: tonight 22:00"
    assert next_run(day, house(), NOON) == "now, until tonight 22:00"
    monday = rule(HOLD, "11:00", "13:00", week_days=1)
    assert next_run(monday, house(), NOON) == "next: Monday 11:00"
    earlier_today = rule(HOLD, "11:00", "11:30", week_days=0b10)
    assert next_run(earlier_today, house(), NOON) == "next: 8 December, 11:00"


def test_next_run_on_a_colour_that_is_not_known_yet() -> None:
    red = rule(HOLD, "22:00", "06:00", condition=Condition.RED)
    assert next_run(red, house(), NOON) == "waits for such a day"
    known = house(colours=colours(TUESDAY, "white", "red"))
    assert next_run(red, known, NOON) == "next: tomorrow 22:00"
    eve = rule(HOLD, "22:00", "06:00", condition=Condition.RED_EVE)
    assert next_run(eve, known, NOON) == "next: tonight 22:00"


def test_a_red_day_does_not_hide_when_a_schedule_counts() -> None:
    situation = house(colours=colours(date(2026, 12, 1), "red", "red"))
    assert next_run(rule(HOLD, "11:00", "13:00"), situation, NOON) == "now, until today 13:00"


def test_windows_of_the_week_are_cut_at_midnight() -> None:
    sunday = rule(HOLD, "22:00", "06:00", week_days=0b1000000)
    assert list(pieces(sunday)) == [(6, 1320, 1440), (0, 0, 360)]
    whole = rule(HOLD, "00:00", "00:00", week_days=0b1000000)
    assert list(pieces(whole)) == [(6, 0, 1440)]


def test_schedules_that_meet_lie_in_lanes_the_higher_priority_above() -> None:
    low = rule(AUTO, "06:00", "22:00", 1)
    high = rule(CHARGE, "12:00", "14:00", 2, priority=5, week_days=1)
    night = rule(HOLD, "22:00", "06:00", 3)
    drawn = week([low, night, high])
    monday = {stretch.kind: stretch.y for stretch in drawn.days[0].stretches}
    assert drawn.lanes == 2
    assert monday == {"charge": "0.000%", "auto": "50.000%", "hold": "0.000%"}


def test_a_week_without_schedules_is_drawn_empty() -> None:
    assert [day.stretches for day in week([]).days] == [()] * 7
