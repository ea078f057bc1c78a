"""Red days, their eves, and nights on which nobody knows the colour."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from scheduling.covering import red_cover
from scheduling.planner import decide, next_edge, next_schedule_edge
from scheduling.planning import plan
from scheduling.situation import Condition, Reason, Rule, Situation
from scheduling.targets import TargetMode
from tempo.days import DayColour
from tempo.worth import ChargeCase
from tests.scheduling.planned_house import TUESDAY, at, battery, colours, house, rule, wish

MONDAY = date(2026, 11, 30)
WEDNESDAY = TUESDAY + timedelta(days=1)
WEEK = ("red", "red", "red", "red", "red", "blue")
HOLD_AT_NIGHT = (rule(TargetMode.HOLD, "22:00", "06:00"),)


def told(situation: Situation, clock: str, day: date = TUESDAY) -> Reason:
    return decide(situation, 1, at(clock, day)).reason


@pytest.mark.parametrize("number", range(5))
def test_each_night_of_five_red_days_charges_and_each_day_serves(number: int) -> None:
    day = MONDAY + timedelta(days=number)
    situation = house(rules=HOLD_AT_NIGHT, colours=colours(MONDAY, *WEEK))
    assert told(situation, "22:00", day - timedelta(days=1)) == Reason.RED_EVE
    assert told(situation, "05:59", day) == Reason.RED_EVE
    assert told(situation, "06:00", day) == Reason.RED_DAY
    assert told(situation, "21:59", day) == Reason.RED_DAY


def test_the_night_after_the_last_red_day_follows_the_schedule() -> None:
    situation = house(rules=HOLD_AT_NIGHT, colours=colours(MONDAY, *WEEK))
    assert told(situation, "22:00", MONDAY + timedelta(days=4)) == Reason.SCHEDULE


def test_nothing_is_charged_before_22() -> None:
    situation = house(colours=colours(TUESDAY, "blue", "red"))
    assert told(situation, "21:59") == Reason.NOTHING_SET
    decision = decide(situation, 1, at("22:00"))
    assert (decision.since, decision.until) == (at("22:00"), at("06:00", WEDNESDAY))


@pytest.mark.parametrize(
    ("word", "pays", "reason"),
    [
        ("maybe", True, Reason.RED_EVE_MAYBE),
        ("maybe", False, Reason.SCHEDULE),
        ("unknown", True, Reason.SCHEDULE),
        ("white", True, Reason.SCHEDULE),
        ("red", False, Reason.RED_EVE),
    ],
)
def test_a_colour_that_may_be_red_is_charged_for_when_it_pays(
    word: str, pays: bool, reason: Reason
) -> None:
    situation = house(
        rules=HOLD_AT_NIGHT, colours=colours(TUESDAY, "blue", word), charge_pays={WEDNESDAY: pays}
    )
    assert told(situation, "22:00") == reason


def test_one_source_that_names_red_is_enough_and_is_served_by_day() -> None:
    days = colours(TUESDAY, "blue", "white")
    days[WEDNESDAY] = DayColour(WEDNESDAY, days[WEDNESDAY].colour, may_be_red=True)
    situation = house(rules=HOLD_AT_NIGHT, colours=days, charge_pays={WEDNESDAY: True})
    assert told(situation, "23:00") == Reason.RED_EVE_MAYBE
    assert told(situation, "12:00", WEDNESDAY) == Reason.RED_DAY


def test_no_word_about_a_day_is_no_red() -> None:
    assert told(house(rules=HOLD_AT_NIGHT), "22:00") == Reason.SCHEDULE


def test_a_household_that_does_not_serve_red_days_keeps_its_schedules() -> None:
    situation = house(
        rules=HOLD_AT_NIGHT, colours=colours(TUESDAY, "blue", "red"), serves_red_days=False
    )
    assert told(situation, "22:00") == Reason.SCHEDULE


def test_a_full_battery_is_held_until_6() -> None:
    situation = house(battery(soc=95), colours=colours(TUESDAY, "blue", "red"))
    decision = decide(situation, 1, at("23:00"))
    assert decision.reason == Reason.RED_EVE_REACHED
    assert decision.goal is not None
    assert decision.goal.mode_type == TargetMode.HOLD


def test_a_ceiling_below_the_target_is_full() -> None:
    one = battery(soc=90, soc_ceiling=90)
    assert told(house(one, colours=colours(TUESDAY, "blue", "red")), "23:00") == Reason.FULL


@pytest.mark.parametrize(
    ("condition", "days", "counts"),
    [
        (Condition.BLUE, ("blue", "white"), True),
        (Condition.BLUE, ("unknown", "white"), False),
        (Condition.WHITE, ("blue", "white"), False),
        (Condition.RED, ("red", "blue"), True),
        (Condition.RED, ("maybe", "blue"), False),
        (Condition.RED_EVE, ("blue", "red"), True),
        (Condition.RED_EVE, ("blue", "maybe"), True),
        (Condition.RED_EVE, ("red", "blue"), False),
    ],
)
def test_a_condition_is_asked_of_the_day_of_the_windows_start(
    condition: Condition, days: tuple[str, str], counts: bool
) -> None:
    situation = house(
        rules=(rule(TargetMode.HOLD, "22:00", "08:00", condition=condition),),
        colours=colours(TUESDAY, *days),
        charge_pays={WEDNESDAY: True},
        serves_red_days=False,
    )
    expected = Reason.SCHEDULE if counts else Reason.NOTHING_SET
    assert told(situation, "22:00") == expected
    assert told(situation, "07:59", WEDNESDAY) == expected


def test_a_window_after_midnight_has_the_colour_of_the_date_before() -> None:
    rules = (rule(TargetMode.HOLD, "02:00", "03:00", condition=Condition.WHITE),)
    situation = house(rules=rules, colours=colours(TUESDAY, "white", "blue"))
    assert told(situation, "02:30") == Reason.NOTHING_SET
    assert told(situation, "02:30", WEDNESDAY) == Reason.SCHEDULE


def test_weekdays_are_those_of_the_start() -> None:
    rules = (rule(TargetMode.HOLD, "22:00", "06:00", week_days=1 << TUESDAY.weekday()),)
    situation = house(rules=rules)
    assert told(situation, "05:00") == Reason.NOTHING_SET
    assert told(situation, "05:00", WEDNESDAY) == Reason.SCHEDULE


def test_the_next_edges_are_those_that_may_change_something() -> None:
    situation = house(
        rules=(rule(TargetMode.HOLD, "23:00", "05:00", battery_ids=frozenset({2})),),
        wishes=(wish(TargetMode.HOLD, at("09:00"), at("13:00")),),
        colours=colours(TUESDAY, "blue", "red"),
    )
    assert next_edge(situation, at("12:00")) == at("13:00")
    assert next_schedule_edge(situation, 1, at("12:00")) == at("22:00")
    assert next_schedule_edge(situation, 2, at("22:00")) == at("23:00")
    assert next_edge(house(), at("12:00")) is None


def test_an_edge_within_the_week_is_found() -> None:
    yesterday = 1 << MONDAY.weekday()
    situation = house(rules=(rule(TargetMode.HOLD, "10:00", "11:00", week_days=yesterday),))
    assert next_edge(situation, at("12:00")) == at("10:00", MONDAY + timedelta(days=7))


@pytest.mark.parametrize(("night", "hours"), [(date(2026, 10, 25), 9), (date(2027, 3, 28), 7)])
def test_a_red_eve_has_the_hours_of_its_night(night: date, hours: int) -> None:
    """No red day follows a Saturday; the planner asks the calendar nothing."""
    situation = house(colours=colours(night, "red"))
    start = at("22:00", night - timedelta(days=1))
    decision = decide(situation, 1, start)
    assert decision.reason == Reason.RED_EVE
    assert decision.until - decision.since == timedelta(hours=hours)


RARELY_RED = {WEDNESDAY: ChargeCase(0.04, 11.4, in_vain_eur=0.6, missed_eur=5.88)}


def let_go(**values: Any) -> Situation:
    """Wednesday may be red, and charging for it does not pay."""
    known = colours(TUESDAY, "blue", "maybe")
    return house(colours=known, charge_pays={WEDNESDAY: False}, cases=RARELY_RED, **values)


def test_a_night_that_is_let_go_has_both_costs_and_their_weights() -> None:
    decision = decide(let_go(), 1, at("22:00"))
    assert decision.reason == Reason.NOTHING_SET
    assert (decision.since, decision.until) == (at("22:00"), at("06:00", WEDNESDAY))
    assert decision.params["let_go"] == {
        "day": WEDNESDAY.isoformat(),
        "p_red": 0.04,
        "in_vain_eur": 0.6,
        "missed_eur": 5.88,
        "weighed_in_vain_eur": 0.58,
        "weighed_missed_eur": 0.24,
    }


@pytest.mark.parametrize(
    ("clock", "day", "says"),
    [("21:59", 0, False), ("22:00", 0, True), ("05:59", 1, True), ("06:00", 1, False)],
)
def test_a_schedule_of_that_night_says_it_too(clock: str, day: int, says: bool) -> None:
    rules = (rule(TargetMode.HOLD, "20:00", "08:00"),)
    decision = decide(let_go(rules=rules), 1, at(clock, TUESDAY + timedelta(days=day)))
    assert decision.reason == Reason.SCHEDULE
    assert ("let_go" in decision.params) == says


def test_what_somebody_orders_says_nothing_of_it() -> None:
    wishes = (wish(TargetMode.HOLD, at("21:00"), at("23:00")),)
    assert "let_go" not in decide(let_go(wishes=wishes), 1, at("22:30")).params


def test_a_household_that_serves_no_red_days_lets_nothing_go() -> None:
    assert "let_go" not in decide(let_go(serves_red_days=False), 1, at("23:00")).params


def test_a_night_that_is_let_go_is_no_edge_of_a_schedule() -> None:
    assert next_edge(let_go(), at("12:00")) == at("22:00")
    assert next_schedule_edge(let_go(), 1, at("12:00")) is None


@pytest.mark.parametrize("rules", [(), (rule(TargetMode.HOLD, "20:00", "08:00"),)])
def test_a_plan_says_it_from_22_to_6(rules: tuple[Rule, ...]) -> None:
    segments = plan(let_go(rules=rules), at("21:00"), 24)[1]
    [told] = [one for one in segments if "let_go" in one.decision.params]
    assert (told.starts_at, told.ends_at) == (at("22:00"), at("06:00", WEDNESDAY))


def test_an_order_over_a_night_that_is_let_go_costs_nothing() -> None:
    assert red_cover(let_go(), TargetMode.HOLD, at("21:00"), at("08:00", WEDNESDAY)) is None
