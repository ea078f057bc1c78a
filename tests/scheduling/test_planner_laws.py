"""What holds for every house at every moment."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scheduling.planner import decide, decide_all, next_edge
from scheduling.situation import Decision, Reason, Situation
from scheduling.targets import TargetMode
from tempo.days import PARIS
from tests.scheduling.any_house import MOMENTS, SITUATIONS

HOUSES = {"situation": SITUATIONS, "moment": MOMENTS}


def charge_w(decision: Decision) -> int:
    return max(0, decision.goal.power_w or 0) if decision.goal else 0


@given(**HOUSES)
def test_every_battery_has_one_decision_in_force(situation: Situation, moment: datetime) -> None:
    decisions = decide_all(situation, moment)
    assert set(decisions) == {each.battery_id for each in situation.batteries}
    for battery_id, each in decisions.items():
        assert each.battery_id == battery_id
        assert each.since <= moment < each.until
        assert json.loads(json.dumps(each.params)) == each.params


@given(**HOUSES, order=st.randoms())
def test_the_same_house_gives_the_same_decision(
    situation: Situation, moment: datetime, order: Any
) -> None:
    """Whatever the order of rows, the zone of the clock, and what was asked before."""
    rules, wishes = list(situation.rules), list(situation.wishes)
    order.shuffle(rules)
    order.shuffle(wishes)
    shuffled = replace(situation, rules=tuple(rules), wishes=tuple(wishes))
    expected = decide_all(situation, moment)
    assert decide_all(shuffled, moment.astimezone(PARIS)) == expected
    for each in situation.batteries:
        assert decide(situation, each.battery_id, moment) == expected[each.battery_id]


@given(**HOUSES)
def test_limits_hold_for_every_battery(situation: Situation, moment: datetime) -> None:
    decisions = decide_all(situation, moment)
    for each in situation.batteries:
        goal = decisions[each.battery_id].goal
        if goal is None or goal.power_w is None:
            continue
        assert each.takes_power
        assert -each.discharge_limit_w <= goal.power_w <= each.charge_limit_w
        if goal.power_w > 0:
            assert goal.mode_type == TargetMode.CHARGE
            assert each.soc is None or each.soc < min(goal.until_soc or 0, each.soc_ceiling)
        if goal.power_w < 0:
            assert goal.mode_type == TargetMode.DISCHARGE
            assert each.soc is not None
            assert each.soc > max(goal.until_soc or 0, each.soc_floor - 1)


@given(**HOUSES)
def test_charging_stays_below_the_contract(situation: Situation, moment: datetime) -> None:
    decisions = decide_all(situation, moment)
    contract_w = situation.household.contract_va * 9 // 10
    total_w = sum(map(charge_w, decisions.values()))
    assert total_w <= max(0, contract_w - (situation.house_load_w or 0))
    planned = [each for each in decisions.values() if each.reason != Reason.WISH]
    if situation.house_load_w is None:
        assert sum(map(charge_w, planned)) <= situation.household.unmetered_charge_w


@given(**HOUSES)
def test_the_planner_never_charges_a_trickle(situation: Situation, moment: datetime) -> None:
    limits = {each.battery_id: each.charge_limit_w for each in situation.batteries}
    for each in decide_all(situation, moment).values():
        if each.reason in (Reason.RED_EVE, Reason.RED_EVE_MAYBE):
            assert charge_w(each) >= min(250, limits[each.battery_id])


@given(**HOUSES)
def test_only_people_discharge(situation: Situation, moment: datetime) -> None:
    for each in decide_all(situation, moment).values():
        if each.goal is not None and (each.goal.power_w or 0) < 0:
            assert each.reason in (Reason.WISH, Reason.SCHEDULE)


@given(**HOUSES)
def test_automation_that_is_off_writes_only_what_people_asked(
    situation: Situation, moment: datetime
) -> None:
    off = replace(situation, household=replace(situation.household, is_automatic=False))
    for each in decide_all(off, moment).values():
        by_hand = each.wish_id is not None and each.goal is not None
        assert each.writes == by_hand


@given(**HOUSES, share=st.floats(0, 1, exclude_max=True))
def test_the_clock_changes_nothing_but_power_before_the_next_edge(
    situation: Situation, moment: datetime, share: float
) -> None:
    """So a schedule that is saved at any second of its window gives the same."""
    edge = next_edge(situation, moment) or moment + timedelta(days=7)
    now = decide_all(situation, moment)
    later = min(moment + (edge - moment) * share, edge - timedelta(microseconds=1))
    for battery_id, each in decide_all(situation, later).items():
        assert _but_power(each) == _but_power(now[battery_id])


def _but_power(decision: Decision) -> tuple[object, ...]:
    mode = None if decision.goal is None else decision.goal.mode_type
    return mode, decision.reason, decision.rule_id, decision.wish_id, decision.writes


@given(**HOUSES)
def test_a_decision_lasts_until_it_says(situation: Situation, moment: datetime) -> None:
    for battery_id, each in decide_all(situation, moment).items():
        last = each.until - timedelta(microseconds=1)
        assert _but_power(decide(situation, battery_id, last)) == _but_power(each)
        assert each.until.tzinfo == UTC
