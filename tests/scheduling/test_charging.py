"""How fast batteries charge: spread, late, short of room, and in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from batteries.simulator.efficiency import cell_power_w
from scheduling.charging import Charge, Rooms, share, spread_w
from scheduling.losses import charged_w, discharged_w, wall_to_charge_w
from scheduling.planner import decide_all
from scheduling.planning import plan
from scheduling.situation import BatteryState, Reason, Situation, WishKind
from scheduling.targets import TargetMode
from tests.scheduling.planned_house import TUESDAY, at, battery, colours, house, rule, wish

RED_WEDNESDAY = colours(TUESDAY, "blue", "red")
TEN = at("22:00")
SIX = at("06:00", TUESDAY + timedelta(days=1))
THREE = (battery(1, 61), battery(2, 40), battery(3, 12))


def powers(situation: Situation, clock: str = "22:10") -> dict[int, int | None]:
    decisions = decide_all(situation, at(clock))
    return {key: each.goal.power_w if each.goal else None for key, each in decisions.items()}


def reasons(situation: Situation, clock: str = "22:10") -> list[Reason]:
    return [each.reason for each in decide_all(situation, at(clock)).values()]


def red_eve(*batteries: BatteryState, **values: Any) -> Situation:
    return house(*(batteries or THREE), colours=RED_WEDNESDAY, **values)


@pytest.mark.parametrize(
    ("wall_w", "into_w"), [(63, 37.8), (250, 221.25), (375, 345), (1000, 955), (2500, 2360)]
)
def test_what_arrives_of_a_charge(wall_w: float, into_w: float) -> None:
    assert charged_w(wall_w) == pytest.approx(into_w, rel=0.01)
    assert wall_to_charge_w(into_w) == pytest.approx(wall_w, rel=0.01)
    assert discharged_w(wall_w) > wall_w


def test_a_charge_is_spread_until_one_hour_before_its_end() -> None:
    cell_wh = 5120 * 0.36
    power_w = spread_w(cell_wh, at("22:00"), SIX, 2500)
    assert 0 <= charged_w(power_w) * 7 - cell_wh < 50 * 7
    assert power_w % 50 == 0


def test_it_is_stable_while_a_battery_tells_one_percent() -> None:
    wanted = [spread_w(5120 * 0.36, at(f"22:0{minute}"), SIX, 2500) for minute in range(10)]
    assert set(wanted) == {300}


def test_it_speeds_up_when_behind_and_gives_all_in_the_last_hour() -> None:
    at_three = spread_w(2000, at("03:00", SIX.date()), SIX, 2500)
    assert spread_w(2000, at("22:00"), SIX, 2500) < at_three < 2500
    assert spread_w(100, at("05:00", SIX.date()), SIX, 2200) == 2200


def test_little_is_charged_at_250_w() -> None:
    assert spread_w(10, at("22:00"), SIX, 2500) == 250
    assert spread_w(10, at("22:00"), SIX, 200) == 200


def test_a_battery_that_never_told_its_charge_is_planned_from_its_floor() -> None:
    unknown, empty = battery(1, None), battery(2, 12)
    given = powers(red_eve(unknown, empty))
    assert given[1] == given[2]


def test_a_water_heater_and_a_car_are_met_at_once() -> None:
    """9 kVA leave 8,100 W."""
    assert sum(filter(None, powers(red_eve(house_load_w=400)).values())) < 2100
    given = powers(red_eve(house_load_w=400 + 2400 + 3700), "23:30")
    assert 1500 < sum(filter(None, given.values())) <= 8100 - 6500
    assert given[3] > given[2] > given[1] >= 250  # type: ignore[operator]


def a_night(load_w: Callable[[datetime], int], **household: Any) -> tuple[list[float], list[int]]:
    """Minute by minute with the simulator's losses: charges at 06:00, and each minute's import."""
    socs, imports, moment = {each.battery_id: float(each.soc or 0) for each in THREE}, [], TEN
    while moment < SIX:
        told = (replace(each, soc=int(socs[each.battery_id])) for each in THREE)
        decisions = decide_all(red_eve(*told, house_load_w=load_w(moment), **household), moment)
        goals = {key: each.goal.power_w or 0 for key, each in decisions.items() if each.goal}
        imports.append(load_w(moment) + sum(goals.values()))
        for key, power_w in goals.items():
            socs[key] += cell_power_w(power_w) / 60 / 51.2
        moment += timedelta(minutes=1)
    return list(socs.values()), imports


def heater_and_car(moment: datetime) -> int:
    """2.4 kW from 22:10, 3.7 kW from 23:00, both into the small hours."""
    heater_w = 2400 if at("22:10") <= moment < at("03:00", SIX.date()) else 0
    car_w = 3700 if at("23:00") <= moment < at("05:00", SIX.date()) else 0
    return 400 + heater_w + car_w


def test_the_target_is_met_although_both_run_for_hours() -> None:
    socs, imports = a_night(heater_and_car)
    assert max(imports) <= 8100
    assert min(socs) >= 95


def test_a_calm_night_needs_few_powers() -> None:
    """An order costs a datagram: about four an hour and battery."""
    socs, imports = a_night(lambda _: 400)
    changes = sum(one != later for one, later in pairwise(imports))
    assert min(socs) >= 95
    assert changes <= 100
    assert max(imports) < 2500


@pytest.mark.parametrize(
    ("load_w", "charging"),
    [(8100, []), (7851, []), (7850, [3]), (7601, [3]), (7600, [2, 3]), (7350, [1, 2, 3])],
)
def test_who_charges_when_there_is_little_room(load_w: int, charging: list[int]) -> None:
    given = powers(red_eve(house_load_w=load_w))
    assert [key for key, power_w in given.items() if power_w] == charging
    assert all(not power_w or power_w >= 250 for power_w in given.values())


def test_those_without_room_wait_and_say_so() -> None:
    decisions = decide_all(red_eve(house_load_w=7800), at("22:10"))
    assert [each.reason for each in decisions.values()] == [
        Reason.RED_EVE_WAITS,
        Reason.RED_EVE_WAITS,
        Reason.RED_EVE,
    ]
    assert decisions[1].params["limited_by"] == "contract"
    assert decisions[3].params["limited_by"] == "contract"


def test_without_a_meter_the_households_ceiling_holds() -> None:
    given = powers(red_eve(unmetered_charge_w=1000))
    assert 950 < sum(filter(None, given.values())) <= 1000


def test_a_wish_may_fill_the_contract_where_no_meter_lives() -> None:
    wishes = tuple(wish(TargetMode.CHARGE, at("22:00"), SIX, key, battery_id=key) for key in (1, 2))
    given = powers(red_eve(wishes=wishes, unmetered_charge_w=1000))
    assert (given[1], given[2], given[3]) == (2500, 2500, 0)
    assert sum(filter(None, powers(red_eve(wishes=wishes, contract_va=3000)).values())) <= 2700


def test_wishes_come_before_red_eves_and_schedules() -> None:
    situation = house(
        *THREE,
        colours=RED_WEDNESDAY,
        rules=(rule(TargetMode.CHARGE, "20:00", "22:00", power_w=2000),),
        wishes=(wish(TargetMode.CHARGE, at("20:00"), SIX, power_w=2000),),
        house_load_w=8100 - 2400,
    )
    assert powers(situation, "21:00") == {1: 2000, 2: 0, 3: 400}
    assert powers(situation, "22:30") == {1: 2000, 2: 0, 3: 400}
    assert reasons(situation, "21:00") == [
        Reason.WISH,
        Reason.SCHEDULE_WAITS,
        Reason.SCHEDULE,
    ]


def test_a_battery_that_others_charge_counts_against_the_contract() -> None:
    hands_off = (wish(WishKind.HANDS_OFF, at("20:00"), SIX),)
    calm = red_eve(battery(1, 61), *THREE[1:], wishes=hands_off, house_load_w=6000)
    busy = red_eve(battery(1, 61, power_w=2000), *THREE[1:], wishes=hands_off, house_load_w=6000)
    assert sum(filter(None, powers(calm).values())) > 250
    assert powers(busy) == {1: None, 2: 0, 3: 0}


def test_powers_keep_the_batterys_limits() -> None:
    one = battery(1, 20, charge_limit_w=800, discharge_limit_w=600)
    rules = (
        rule(TargetMode.CHARGE, "10:00", "12:00", power_w=2000),
        rule(TargetMode.DISCHARGE, "14:00", "16:00", 2),
    )
    decisions = decide_all(house(one, rules=rules), at("11:00"))
    assert decisions[1].goal is not None
    assert decisions[1].goal.power_w == 800
    assert decisions[1].params["limited_by"] == "battery"
    assert powers(house(one, rules=rules), "15:00") == {1: -600}


def test_a_battery_that_may_not_charge_waits() -> None:
    assert reasons(red_eve(battery(charge_limit_w=0))) == [Reason.RED_EVE_WAITS]


@pytest.mark.parametrize(
    ("soc", "floor_soc", "reason", "power_w"),
    [
        (50, 30, Reason.SCHEDULE, -400),
        (30, 30, Reason.SCHEDULE_REACHED, 0),
        (12, None, Reason.EMPTY, 0),
        (13, None, Reason.SCHEDULE, -400),
        (None, None, Reason.EMPTY, 0),
    ],
)
def test_a_schedule_discharges_to_its_floor(
    soc: int | None, floor_soc: int | None, reason: Reason, power_w: int
) -> None:
    rules = (rule(TargetMode.DISCHARGE, "19:00", "21:00", power_w=-400, floor_soc=floor_soc),)
    situation = house(battery(soc=soc), rules=rules)
    assert reasons(situation, "20:00") == [reason]
    assert powers(situation, "20:00") == {1: power_w}


@pytest.mark.parametrize("mode", [TargetMode.CHARGE, TargetMode.DISCHARGE])
def test_a_wish_that_is_reached_is_held_until_its_end(mode: TargetMode) -> None:
    wishes = (wish(mode, at("20:00"), at("23:00"), target_soc=50),)
    assert reasons(house(wishes=wishes)) == [Reason.WISH_REACHED]
    assert powers(house(wishes=wishes)) == {1: 0}


def test_room_is_shared_by_need_within_demands() -> None:
    charges = [
        Charge(1, 1, 3000, 900, 250),
        Charge(2, 1, 1000, 900, 250),
        Charge(3, 1, 10, 250, 250),
    ]
    shares = share(charges, Rooms(1500, 1500))
    assert shares[3] == 250
    assert shares[1] > shares[2] > 250
    assert 1480 <= sum(shares.values()) <= 1500


def test_the_plan_of_a_red_eve_reaches_its_target_an_hour_early() -> None:
    segments = plan(red_eve(house_load_w=400), at("22:00"), 8)
    for battery_id in (1, 2, 3):
        charge, held = segments[battery_id]
        assert charge.decision.reason == Reason.RED_EVE
        assert charge.soc_end == pytest.approx(95, abs=0.1)
        assert held.decision.reason == Reason.RED_EVE_REACHED
        assert timedelta(minutes=55) <= SIX - held.starts_at <= timedelta(minutes=90)
