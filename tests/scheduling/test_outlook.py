"""The tariff's hours over a plan, and what comes next by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from scheduling.coming import next_decisions, next_sentence
from scheduling.outlook import tariff
from scheduling.planner import decide_all
from scheduling.situation import Rule
from scheduling.targets import TargetMode
from tests.scheduling.planned_house import TUESDAY, at, battery, colours, house, rule

NOON, DAY = at("12:00"), timedelta(days=1)
AUTO, HOLD = TargetMode.AUTO, TargetMode.HOLD


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def test_hours_have_the_colour_in_force_and_change_at_6_and_22() -> None:
    known = colours(TUESDAY, "blue", "red")
    hours = list(tariff(known, NOON, NOON + 2 * DAY))
    kinds = [each.kind for each in hours]
    assert kinds == [
        "tempo-blue is-hp",
        "tempo-blue is-hc",
        "tempo-red is-hp",
        "tempo-red is-hc",
        "tempo-unknown is-hp",
    ]
    assert "Wednesday 2 December: red, peak hours (HP)" in hours[2].title


@pytest.mark.parametrize("month", [3, 10])
def test_hours_fill_both_nights_on_which_clocks_change(month: int) -> None:
    start = datetime(2026, month, 28 if month == 3 else 24, 11, tzinfo=UTC)
    hours = list(tariff({}, start, start + 2 * DAY))
    assert sum(float(each.width.rstrip("%")) for each in hours) == pytest.approx(100, abs=0.01)
    assert [each.kind[-2:] for each in hours] == ["hp", "hc", "hp", "hc", "hp"]


def coming(*rules: Rule, is_automatic: bool = True) -> str:
    situation = house(battery(), rules=rules, is_automatic=is_automatic)
    current = decide_all(situation, NOON)
    found = next_decisions(situation, NOON, current).get(1)
    return next_sentence(*found, current[1], NOON) if found else ""


def test_what_comes_next_is_the_first_other_decision() -> None:
    night = rule(HOLD, "22:00", "06:00", name="Nuit")
    assert coming(night) == "Next, at 22:00: on hold: schedule “Nuit”, until 06:00"


def test_that_automation_is_off_is_not_said_twice() -> None:
    night = rule(HOLD, "22:00", "06:00", name="Nuit")
    assert coming(night, is_automatic=False).startswith("Next, at 22:00: on hold")


def test_where_nothing_changes_within_a_day_nothing_is_said() -> None:
    assert coming(rule(AUTO, "00:00", "00:00")) == ""
    assert coming() == ""
