"""A red night and day that is written into a battery's own slots the evening before.

Only where the slots are ours and one was seen to follow the house on this very unit. From 18:00 on
the battery then does what is planned whether this machine lives or not: it follows the house until
22:00, charges, and serves the house from 06:00. Who lives sees to it that it still does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from batteries.models import ControlMethod
from tempo.days import NIGHT_STARTS, PARIS

from . import ledger, mirror
from .charging import LEAST_CHARGE_W, missing_cell_wh, spread_w
from .claims import counts_as_red
from .models import Cause, Order, OrderState
from .situation import BatteryState, Situation
from .targets import TargetMode
from .windows import eve

ARMED_FROM = time(18)
EXPECTED_SOC = 20  # what an evening leaves, at least


def red_day_ahead(situation: Situation, now: datetime) -> date | None:
    """The red day whose eve it is, between 18:00 and 22:00; None at other times."""
    local = now.astimezone(PARIS)
    day = local.date() + timedelta(days=1)
    is_time = ARMED_FROM <= local.time() < NIGHT_STARTS
    serves = situation.household.serves_red_days
    return day if is_time and serves and counts_as_red(situation, day) else None


def arm(order: Order, state: BatteryState, situation: Situation, now: datetime) -> None:
    """Write the red night into the slots of a battery that follows the house, once; take it back
    where the day is red no more."""
    day = red_day_ahead(situation, now)
    is_able = order.mode_type == TargetMode.AUTO and order.state in ledger.PROVED
    if order.program is not None and day is None and now.astimezone(PARIS).time() < NIGHT_STARTS:
        _rewrite(order, None, now)
    elif order.program is None and day is not None and is_able and _may(order):
        power_w = night_power_w(state, situation, day)
        _rewrite(order, {"day": day.isoformat(), "power_w": power_w}, now)


def night_power_w(state: BatteryState, situation: Situation, day: date) -> int:
    """What reaches the target in one night from a battery that the evening has emptied, within its
    limit and its part of what may be charged unmetered [W]."""
    night = eve(day)
    missing_wh = missing_cell_wh(replace(state, soc=EXPECTED_SOC), situation.household.target_soc)
    part_w = situation.household.unmetered_charge_w // max(1, len(situation.batteries))
    wanted_w = spread_w(missing_wh, night.since, night.until, state.charge_limit_w)
    return min(wanted_w, max(LEAST_CHARGE_W, part_w))


def _may(order: Order) -> bool:
    method = order.battery.control_method
    return method == ControlMethod.MANUAL and mirror.follows_house(order.battery)


def _rewrite(order: Order, program: dict[str, object] | None, now: datetime) -> None:
    Order.objects.open().filter(pk=order.pk).update(
        program=program, next_at=now, next_cause=Cause.ADJUST, state=OrderState.ACKNOWLEDGED
    )
