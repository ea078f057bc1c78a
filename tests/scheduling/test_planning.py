"""The plan is the planner asked ahead: nothing of its own."""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from scheduling.planner import decide_all
from scheduling.planning import expected_soc, plan, steps
from scheduling.situation import Decision, Reason, Situation
from scheduling.targets import TargetMode
from tests.scheduling.any_house import MOMENTS, SITUATIONS
from tests.scheduling.planned_house import TUESDAY, at, battery, colours, house, rule, wish

NOW = at("12:00")
CLASSIC = (rule(TargetMode.AUTO, "06:00", "22:00"), rule(TargetMode.HOLD, "22:00", "06:00", 2))


def kind(decision: Decision) -> tuple[object, ...]:
    mode = None if decision.goal is None else decision.goal.mode_type
    return mode, decision.reason, decision.rule_id, decision.wish_id, decision.writes


def told(situation: Situation, **values: Any) -> list[tuple[str, Reason]]:
    """Starts and reasons of battery 1."""
    return [
        (f"{each.starts_at.astimezone(NOW.tzinfo):%H:%M}", each.decision.reason)
        for each in plan(situation, NOW, **values)[1]
    ]


@given(situation=SITUATIONS, moment=MOMENTS)
def test_a_plan_covers_its_hours_without_gap_or_overlap(situation: Situation, moment: Any) -> None:
    for segments in plan(situation, moment, 30).values():
        edges = [each.starts_at for each in segments] + [segments[-1].ends_at]
        assert edges[0] == moment
        assert edges[-1] == moment.astimezone(UTC) + timedelta(hours=30)
        assert all(each.starts_at < each.ends_at for each in segments)
        assert [each.ends_at for each in segments] == edges[1:]
        kinds = [kind(each.decision) for each in segments]
        assert all(one != next_one for one, next_one in pairwise(kinds))


@settings(max_examples=20)  # each of 1,560 minutes
@given(situation=SITUATIONS, moment=MOMENTS)
def test_a_plan_agrees_with_a_decision_at_every_minute(situation: Situation, moment: Any) -> None:
    """With the states of charge that it expects, told in whole percent."""
    segments = plan(situation, moment, 26)
    for step in steps(situation, moment, 26):
        minute = step.starts_at
        while minute < step.ends_at:
            decided = decide_all(step.situation, minute)
            for battery_id, each in decided.items():
                planned = next(one for one in segments[battery_id] if minute < one.ends_at)
                assert kind(each) == kind(planned.decision)
            minute += timedelta(minutes=1)


@given(situation=SITUATIONS, moment=MOMENTS)
def test_a_plan_stays_within_what_batteries_hold(situation: Situation, moment: Any) -> None:
    known = {each.battery_id: each for each in situation.batteries}
    for battery_id, segments in plan(situation, moment, 24).items():
        one = known[battery_id]
        for each in segments:
            assert (each.soc_start is None) == (one.soc is None)
            if each.soc_end is not None and one.soc is not None:
                assert min(one.soc, one.soc_floor) <= each.soc_end <= max(one.soc, one.soc_ceiling)


def test_the_classic_set_is_two_lines_a_day() -> None:
    assert told(house(rules=CLASSIC)) == [
        ("12:00", Reason.SCHEDULE),
        ("22:00", Reason.SCHEDULE),
        ("06:00", Reason.SCHEDULE),
        ("22:00", Reason.SCHEDULE),
        ("06:00", Reason.SCHEDULE),
    ]


def test_nothing_set_is_one_line() -> None:
    assert told(house()) == [("12:00", Reason.NOTHING_SET)]


def test_a_red_day_in_the_plan() -> None:
    situation = house(rules=CLASSIC, colours=colours(TUESDAY, "blue", "red"))
    assert [reason for _, reason in told(situation)] == [
        Reason.SCHEDULE,
        Reason.RED_EVE,
        Reason.RED_EVE_REACHED,
        Reason.RED_DAY,
        Reason.SCHEDULE,
        Reason.SCHEDULE,
    ]


def test_a_wish_ends_in_the_plan() -> None:
    situation = house(rules=CLASSIC, wishes=(wish(TargetMode.HOLD, NOW, at("18:00")),))
    assert told(situation, hours=8) == [("12:00", Reason.WISH), ("18:00", Reason.SCHEDULE)]


def test_what_auto_usually_gives_is_expected() -> None:
    situation = house(battery(1), battery(2), usual_load_w=500)
    segments = plan(situation, NOW, 5)[1]
    assert segments[-1].soc_end == pytest.approx(50 - 292 * 5 / 51.2, abs=0.1)
    assert plan(house(), NOW, 5)[1][-1].soc_end == 50


def test_a_second_red_night_charges_what_the_day_took() -> None:
    days = colours(TUESDAY, "red", "red", "blue")
    situation = house(battery(soc=95), colours=days, usual_load_w=300)
    assert [reason for _, reason in told(situation, hours=20)] == [
        Reason.RED_DAY,
        Reason.RED_EVE,
        Reason.RED_EVE_REACHED,
        Reason.RED_DAY,
    ]


def test_the_charge_at_a_moment_is_read_from_a_plan() -> None:
    situation = house(colours=colours(TUESDAY, "blue", "red"))
    segments = plan(situation, NOW)[1]
    six = at("06:00", TUESDAY + timedelta(days=1))
    assert expected_soc(segments, six) == 95
    assert expected_soc(segments, NOW) == 50
    assert expected_soc(segments, NOW - timedelta(hours=1)) is None
