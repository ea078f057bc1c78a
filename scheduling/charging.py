"""How fast batteries charge: spread over the time there is, within the contract power. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from .losses import discharged_w, wall_to_charge_w
from .situation import BatteryState, HouseholdRules
from .targets import LEAST_W

LEAST_CHARGE_W = 250  # below, too little of it arrives
SPREAD_STEP_W = 50  # whole percents make needs swing: few steps, few orders
SHARE_STEP_W = 10
USUAL_SERVED_W = 500
AIM_BEFORE_END = timedelta(hours=1)


class Charge(NamedTuple):
    """One battery's demand. Smaller `turn` first; then who misses most (`missing_wh`)."""

    battery_id: int
    turn: int
    missing_wh: float
    wanted_w: int
    least_w: int


class Rooms(NamedTuple):
    """Powers at the wall [W] that wishes, and planned charges with them, keep below."""

    wishes_w: int
    all_w: int


def missing_cell_wh(battery: BatteryState, target_soc: int) -> float:
    """Energy that the cells lack; a battery that never told its charge stands at its floor."""
    soc = battery.soc_floor if battery.soc is None else battery.soc
    return max(0.0, (target_soc - soc) * battery.rated_wh / 100)


def deliverable_wh(battery: BatteryState, soc: float) -> float:
    """What reaches the house from this state of charge down to the floor, at a usual power."""
    cells_wh = max(0.0, soc - battery.soc_floor) * battery.rated_wh / 100
    return cells_wh * USUAL_SERVED_W / discharged_w(USUAL_SERVED_W)


def spread_w(cell_wh: float, now: datetime, end: datetime, limit_w: int) -> int:
    """The power that is done one hour before `end`; in that hour all that the battery may."""
    hours = (end - AIM_BEFORE_END - now).total_seconds() / 3600
    if hours <= 0:
        return limit_w
    needed_w = min(wall_to_charge_w(cell_wh / hours), limit_w)
    in_steps_w = -int(-needed_w // SPREAD_STEP_W) * SPREAD_STEP_W
    return min(max(LEAST_CHARGE_W, in_steps_w), limit_w)


def explicit_w(power_w: int, limit_w: int) -> int:
    """A magnitude that a person set, within a battery's limit."""
    return min(max(abs(power_w), LEAST_W), limit_w)


def rooms(household: HouseholdRules, house_load_w: int | None, left_alone_w: int) -> Rooms:
    """What batteries may charge with together: wishes, and everything.

    With a meter it is what the contract leaves over the house and batteries that nobody steers.
    Without one people's wishes may fill the contract; the planner keeps to the household's ceiling.
    """
    contract_w = household.contract_va * 9 // 10 - left_alone_w
    if house_load_w is not None:
        room_w = max(0, contract_w - house_load_w)
        return Rooms(room_w, room_w)
    planned_w = household.unmetered_charge_w - left_alone_w
    return Rooms(max(0, contract_w), max(0, min(planned_w, contract_w)))


def share(charges: Iterable[Charge], room: Rooms) -> dict[int, int]:
    """The power of each battery, 0 for those that wait for their turn or for room."""
    shares: dict[int, int] = {}
    ordered = sorted(charges, key=_neediest_first)
    for turn in sorted({charge.turn for charge in ordered}):
        limit_w = room.wishes_w if turn == 0 else room.all_w
        left_w = max(0, limit_w - sum(shares.values()))
        shares |= _share_one_turn([each for each in ordered if each.turn == turn], left_w)
    return shares


def _neediest_first(charge: Charge) -> tuple[int, float, int]:
    return charge.turn, -charge.missing_wh, charge.battery_id


def _share_one_turn(charges: Sequence[Charge], room_w: int) -> dict[int, int]:
    if sum(charge.wanted_w for charge in charges) <= room_w:
        return {charge.battery_id: charge.wanted_w for charge in charges}
    shares = dict.fromkeys((charge.battery_id for charge in charges), 0)
    served: list[Charge] = []
    for charge in charges:
        if charge.least_w <= room_w - sum(each.least_w for each in served):
            served.append(charge)
    return shares | _by_need(served, room_w)


def _by_need(charges: Sequence[Charge], room_w: int) -> dict[int, int]:
    """Each its least, the rest by missing energy, nobody more than wanted; in whole steps."""
    shares = {charge.battery_id: float(charge.least_w) for charge in charges}
    hungry = [charge for charge in charges if charge.wanted_w > charge.least_w]
    left_w = room_w - sum(shares.values())
    while hungry and left_w >= 1:
        unit = left_w / sum(charge.missing_wh + 1 for charge in hungry)
        for charge in hungry:
            more = unit * (charge.missing_wh + 1)
            shares[charge.battery_id] = min(shares[charge.battery_id] + more, charge.wanted_w)
        hungry = [each for each in hungry if shares[each.battery_id] < each.wanted_w]
        left_w = room_w - sum(shares.values())
    return {each.battery_id: _in_steps(each, shares[each.battery_id]) for each in charges}


def _in_steps(charge: Charge, power_w: float) -> int:
    """Down, so that the sum stays within its room; a whole demand stays as it is."""
    if power_w >= charge.wanted_w:
        return charge.wanted_w
    return max(charge.least_w, int(power_w // SHARE_STEP_W) * SHARE_STEP_W)
