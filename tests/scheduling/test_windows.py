"""Windows as instants, on both nights on which clocks change, and whether schedules meet."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planner import decide
from scheduling.situation import Condition, Reason, Rule
from scheduling.targets import TargetMode
from scheduling.windows import Overlap, eve, rules_overlap, window_on
from tempo.days import PARIS
from tests.scheduling.planned_house import at, house, rule

AUTUMN = date(2026, 10, 25)  # 03:00 summer time becomes 02:00
SPRING = date(2027, 3, 28)  # 02:00 becomes 03:00
HOLD = TargetMode.HOLD
CLOCKS = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))


def instants(day: date, starts: str, ends: str) -> tuple[str, str]:
    window = window_on(day, time.fromisoformat(starts), time.fromisoformat(ends))
    return f"{window.since:%d %H:%M}", f"{window.until:%d %H:%M}"


@pytest.mark.parametrize(
    ("day", "starts", "ends", "since", "until"),
    [
        (AUTUMN, "02:30", "05:00", "25 00:30", "25 04:00"),  # starts at the first 02:30
        (AUTUMN, "01:00", "02:30", "24 23:00", "25 01:30"),  # ends at the last 02:30
        (AUTUMN, "02:15", "02:45", "25 00:15", "25 01:45"),
        (AUTUMN, "02:30", "02:30", "25 00:30", "26 01:30"),  # until the next day's start
        (SPRING, "02:30", "05:00", "28 01:00", "28 03:00"),
        (SPRING, "01:00", "02:30", "28 00:00", "28 01:00"),
        (SPRING, "02:15", "02:45", "28 01:00", "28 01:00"),  # that day has no such time
        (SPRING, "22:00", "22:00", "28 20:00", "29 20:00"),
    ],
)
def test_a_window_on_the_nights_on_which_clocks_change(
    day: date, starts: str, ends: str, since: str, until: str
) -> None:
    assert instants(day, starts, ends) == (since, until)


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 9), (SPRING, 7), (date(2026, 12, 2), 8)])
def test_the_night_before_a_day_has_its_true_length(day: date, hours: int) -> None:
    assert eve(day).until - eve(day).since == timedelta(hours=hours)


def test_a_window_until_the_next_start_leaves_no_gap_in_autumn() -> None:
    before = window_on(AUTUMN - timedelta(days=1), time(2, 30), time(2, 30))
    assert before.until == window_on(AUTUMN, time(2, 30), time(2, 30)).since


def test_both_repeated_hours_belong_to_a_window() -> None:
    rules = (rule(HOLD, "02:00", "03:00"),)
    first = datetime(2026, 10, 25, 2, 10, tzinfo=PARIS)
    for moment in (first, first.replace(fold=1)):
        assert decide(house(rules=rules), 1, moment).reason == Reason.SCHEDULE
    assert decide(house(rules=rules), 1, at("03:00", AUTUMN)).reason == Reason.NOTHING_SET


@given(day=st.dates(date(2026, 1, 1), date(2028, 12, 31)), starts=st.times(), ends=st.times())
def test_a_window_is_never_longer_than_a_day_and_its_hour(
    day: date, starts: time, ends: time
) -> None:
    window = window_on(day, starts, ends)
    assert timedelta(0) <= window.until - window.since <= timedelta(hours=25)


MEETINGS = [
    ("10:00-12:00", "11:00-13:00", "11:00-12:00"),
    ("10:00-12:00", "12:00-13:00", None),
    ("10:00-12:00", "11:00-13:00 priority=1", None),
    ("22:00-06:00", "05:00-07:00", "05:00-06:00"),
    ("22:00-06:00 week_days=64", "05:00-07:00", "05:00-06:00"),  # Sunday's window, on Monday
    ("22:00-06:00 week_days=1", "05:00-07:00 week_days=1", None),
    ("10:00-12:00 week_days=1", "10:00-12:00 week_days=2", None),
    ("06:00-06:00", "23:00-01:00", "23:00-01:00"),
    ("06:00-06:00 week_days=2", "05:00-05:30 week_days=2", None),
    ("10:00-12:00 condition=blue", "10:00-12:00", "10:00-12:00"),
    ("10:00-12:00 condition=blue", "11:00-13:00 condition=red", None),
    ("22:00-05:00 condition=white", "03:00-04:00 condition=blue", None),
    # the first starts on the Tempo day before: that one may be blue and this one red
    ("22:00-08:00 condition=blue", "06:00-07:00 condition=red", "06:00-07:00"),
    ("22:00-08:00 condition=red_eve", "06:00-07:00 condition=blue", None),
    ("22:00-08:00 condition=red_eve", "06:00-07:00 condition=red", "06:00-07:00"),
    ("10:00-12:00 battery_ids=1", "10:00-12:00 battery_ids=2", None),
    ("10:00-12:00 battery_ids=1", "10:00-12:00", "10:00-12:00"),
]


@pytest.mark.parametrize(("one", "other", "met"), MEETINGS)
def test_schedules_of_one_priority_meet(one: str, other: str, met: str | None) -> None:
    a, b = _rule(1, one), _rule(2, other)
    expected = met and Overlap(0, *(time.fromisoformat(clock) for clock in met.split("-")))
    assert rules_overlap(a, b) == expected
    assert rules_overlap(b, a) == expected


def _rule(rule_id: int, words: str) -> Rule:
    """From `10:00-12:00 priority=1`."""
    window, *options = words.split()
    values: dict[str, Any] = dict(option.split("=") for option in options)
    for name in {"priority", "week_days"} & values.keys():
        values[name] = int(values[name])
    if "battery_ids" in values:
        values["battery_ids"] = frozenset({int(values["battery_ids"])})
    if "condition" in values:
        values["condition"] = Condition(values["condition"])
    starts, ends = window.split("-")
    return rule(HOLD, starts, ends, rule_id, **values)


@given(
    clocks=st.lists(CLOCKS, min_size=4, max_size=4),
    days=st.tuples(st.integers(1, 127), st.integers(1, 127)),
    minute=st.integers(0, 7 * 24 * 60 - 1),
)
def test_schedules_that_do_not_meet_are_never_in_force_together(
    clocks: list[time], days: tuple[int, int], minute: int
) -> None:
    a = Rule(1, "a", HOLD, clocks[0], clocks[1], days[0])
    b = Rule(2, "b", HOLD, clocks[2], clocks[3], days[1])
    moment = at("00:00", date(2026, 6, 1)) + timedelta(minutes=minute)
    in_force = [decide(house(rules=(each,)), 1, moment).rule_id for each in (a, b)]
    assert rules_overlap(a, b) or None in in_force
