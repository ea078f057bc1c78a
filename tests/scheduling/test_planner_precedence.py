"""Who wins when several have a say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduling.planner import decide
from scheduling.situation import Reason, Situation, WishKind
from scheduling.targets import TargetMode
from tests.scheduling.planned_house import TUESDAY, at, battery, colours, house, rule, wish

EVE = at("23:00")
DAY = at("12:00")
RED_TUESDAY = colours(TUESDAY, "red", "blue")
RED_WEDNESDAY = colours(TUESDAY, "blue", "red")
EARLIER, LATER = at("11:00"), at("23:30")


def everything(*leave_out: str, **values: Any) -> Situation:
    """A house in which everybody has a say at noon, some left out."""
    wishes = {
        "hands_off": wish(WishKind.HANDS_OFF, EARLIER, LATER, 1),
        "target": wish(TargetMode.DISCHARGE, EARLIER, LATER, 2, power_w=300),
        "yield": wish(WishKind.YIELD, EARLIER, LATER, 3),
    }
    return house(
        rules=() if "rule" in leave_out else (rule(TargetMode.HOLD, "10:00", "23:45"),),
        wishes=tuple(each for name, each in wishes.items() if name not in leave_out),
        serves_red_days="red" not in leave_out,
        **values,
    )


ORDER = ("hands_off", "target", "red", "yield", "rule")


@pytest.mark.parametrize(
    ("left_out", "by_day", "at_eve", "mode", "writes"),
    [
        (0, Reason.HANDS_OFF, Reason.HANDS_OFF, None, False),
        (1, Reason.WISH, Reason.WISH, TargetMode.DISCHARGE, True),
        (2, Reason.RED_DAY, Reason.RED_EVE, TargetMode.AUTO, True),
        (3, Reason.YIELD, Reason.YIELD, None, False),
        (4, Reason.SCHEDULE, Reason.SCHEDULE, TargetMode.HOLD, True),
        (5, Reason.NOTHING_SET, Reason.NOTHING_SET, TargetMode.AUTO, True),
    ],
)
def test_each_wins_when_those_above_are_silent(
    left_out: int, by_day: Reason, at_eve: Reason, mode: TargetMode | None, writes: bool
) -> None:
    silent = ORDER[:left_out]
    decision = decide(everything(*silent, colours=RED_TUESDAY), 1, DAY)
    assert decision.reason == by_day
    assert (decision.goal and decision.goal.mode_type) == mode
    assert decision.writes == writes
    assert decide(everything(*silent, colours=RED_WEDNESDAY), 1, EVE).reason == at_eve


@pytest.mark.parametrize("left_out", range(6))
def test_automation_off_changes_only_whether_it_is_written(left_out: int) -> None:
    silent = ORDER[:left_out]
    on = decide(everything(*silent, colours=RED_TUESDAY), 1, DAY)
    off = decide(everything(*silent, colours=RED_TUESDAY, is_automatic=False), 1, DAY)
    assert (off.goal, off.reason, off.params) == (on.goal, on.reason, on.params)
    assert off.writes == (off.reason == Reason.WISH)


def test_the_latest_wish_wins_and_the_earlier_comes_back() -> None:
    situation = house(
        wishes=(
            wish(TargetMode.HOLD, at("10:00"), at("20:00"), 1),
            wish(TargetMode.AI, at("12:00"), at("14:00"), 2),
        )
    )
    assert [decide(situation, 1, at(clock)).wish_id for clock in ("11:59", "12:00", "14:00")] == [
        1,
        2,
        1,
    ]


def test_hands_off_beats_a_later_wish() -> None:
    hands_off = wish(WishKind.HANDS_OFF, at("10:00"), at("20:00"), 1)
    later = wish(TargetMode.AUTO, at("11:00"), at("20:00"), 2)
    assert decide(house(wishes=(hands_off, later)), 1, DAY).reason == Reason.HANDS_OFF


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        ({"priority": 1}, {}, 1),
        ({}, {"priority": 1}, 2),
        ({}, {"starts": "11:00"}, 2),
        ({"starts": "11:00"}, {}, 1),
        ({}, {}, 1),
    ],
)
def test_schedules_by_priority_then_later_start_then_age(
    first: dict[str, object], second: dict[str, object], winner: int
) -> None:
    rules = tuple(
        rule(TargetMode.HOLD, rule_id=number, **{"starts": "10:00", "ends": "14:00"} | changed)  # type: ignore[arg-type]
        for number, changed in ((1, first), (2, second))
    )
    assert decide(house(rules=rules), 1, DAY).rule_id == winner
    assert decide(house(rules=rules[::-1]), 1, DAY).rule_id == winner


def test_a_schedule_counts_for_its_batteries_only() -> None:
    rules = (rule(TargetMode.HOLD, "10:00", "14:00", battery_ids=frozenset({2})),)
    situation = house(battery(1), battery(2), rules=rules)
    assert decide(situation, 1, DAY).reason == Reason.NOTHING_SET
    assert decide(situation, 2, DAY).reason == Reason.SCHEDULE


def test_a_wish_is_of_one_battery() -> None:
    situation = house(battery(1), battery(2), wishes=(wish(TargetMode.HOLD, EARLIER, LATER),))
    assert decide(situation, 2, DAY).reason == Reason.NOTHING_SET


def test_a_decision_says_until_when_the_clock_leaves_it_alone() -> None:
    rules = (rule(TargetMode.HOLD, "10:00", "18:00"), rule(TargetMode.AI, "13:00", "14:00", 2))
    decision = decide(house(rules=rules), 1, DAY)
    assert (decision.since, decision.until) == (at("10:00"), at("13:00"))
    assert decide(house(rules=rules), 1, at("15:00")).until == at("18:00")


def test_silence_lasts_from_edge_to_edge_within_a_tempo_day() -> None:
    rules = (rule(TargetMode.HOLD, "08:00", "09:00"), rule(TargetMode.AI, "13:00", "14:00", 2))
    assert decide(house(), 1, DAY).since == at("06:00")
    assert decide(house(), 1, DAY).until == at("06:00") + timedelta(days=1)
    decision = decide(house(rules=rules), 1, DAY)
    assert (decision.since, decision.until) == (at("09:00"), at("13:00"))


@pytest.mark.parametrize("mode", [TargetMode.HOLD, TargetMode.CHARGE, TargetMode.DISCHARGE])
def test_a_battery_that_takes_no_power_follows_the_house(mode: TargetMode) -> None:
    situation = house(battery(takes_power=False), rules=(rule(mode, "10:00", "14:00"),))
    decision = decide(situation, 1, DAY)
    assert (decision.reason, decision.rule_id) == (Reason.NO_POWER, 1)
    assert decision.goal is not None
    assert decision.goal.mode_type == TargetMode.AUTO
