"""What each battery shall do at a moment, and why. Pure: no database, no clock, no network.

Precedence, highest first: hands off - a person's wish - red day - red eve - stepping back for
somebody else - schedules (priority, then the window that began last, then the oldest) - Auto.
Safety limits shape whatever wins. A wish acts while automation is off, too: off means that nothing
happens by itself, not that nobody may order.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from tempo.worth import ChargeCase

from . import charging
from .aims import Aim, aim_of
from .charging import Charge
from .claims import (
    Claim,
    Ruling,
    Tier,
    claims_around,
    colour_of,
    night_let_go,
    ruling,
)
from .situation import BatteryState, Decision, Goal, Reason, Situation
from .targets import LEASED, LEAST_W, TargetMode

EDGE_HORIZON_DAYS = 8  # each weekday once, and its window's end
AUTO = Goal(TargetMode.AUTO)
HOLD = Goal(TargetMode.HOLD, 0)


class Draft(NamedTuple):
    """A decision before power is shared. `charge` None: the goal is final."""

    battery: BatteryState
    ruled: Ruling
    aim: Aim
    reason: Reason
    goal: Goal | None
    charge: Charge | None = None
    limited_by: str | None = None


def decide_all(situation: Situation, now: datetime) -> dict[int, Decision]:
    """One decision for each battery: they share the contract power, so all are decided at once."""
    now = now.astimezone(UTC)
    claims = claims_around(situation, now)
    drafts = [
        _draft(situation, battery, ruling(claims, battery.battery_id, now), now)
        for battery in situation.batteries
    ]
    shares = _shares(situation, drafts)
    let_go = _let_go(situation, now)
    return {
        draft.battery.battery_id: _decision(
            situation, _granted(draft, draft.charge, shares) if draft.charge else draft, let_go
        )
        for draft in drafts
    }


def decide(situation: Situation, battery_id: int, now: datetime) -> Decision:
    """The decision for one battery of the house; KeyError where it has none of that id."""
    return decide_all(situation, now)[battery_id]


def next_edge(situation: Situation, now: datetime) -> datetime | None:
    """The next moment at which the clock alone may change what some battery does.

    A charge that spreads changes its power in between. None: nothing within a week.
    """
    return _first_edge(claims_around(situation, now, EDGE_HORIZON_DAYS), now)


def next_schedule_edge(situation: Situation, battery_id: int, now: datetime) -> datetime | None:
    """The next start or end of a schedule, red eve or red day of one battery, within a week."""
    claims = claims_around(situation, now, EDGE_HORIZON_DAYS)
    return _first_edge(
        [
            claim
            for claim in claims
            if claim.wish is None
            and claim.tier
            and (not claim.battery_ids or battery_id in claim.battery_ids)
        ],
        now,
    )


def _first_edge(claims: list[Claim], now: datetime) -> datetime | None:
    edges = (edge for claim in claims if claim.since < claim.until for edge in claim[1:3])
    return min((edge for edge in edges if edge > now.astimezone(UTC)), default=None)


def _draft(situation: Situation, battery: BatteryState, ruled: Ruling, now: datetime) -> Draft:
    aim = aim_of(situation, ruled.claim)
    if aim.mode_type is None:
        return Draft(battery, ruled, aim, aim.acts, None)
    if aim.mode_type in LEASED and not battery.takes_power:
        return Draft(battery, ruled, aim, Reason.NO_POWER, AUTO)
    if aim.mode_type == TargetMode.CHARGE:
        return _charging(battery, ruled, aim, now)
    if aim.mode_type == TargetMode.DISCHARGE:
        return _discharging(battery, ruled, aim)
    goal = HOLD if aim.mode_type == TargetMode.HOLD else Goal(aim.mode_type)
    return Draft(battery, ruled, aim, aim.acts, goal)


def _charging(battery: BatteryState, ruled: Ruling, aim: Aim, now: datetime) -> Draft:
    if battery.soc is not None:
        if aim.stop_soc is not None and battery.soc >= aim.stop_soc:
            return Draft(battery, ruled, aim, aim.reached, HOLD)
        if battery.soc >= battery.soc_ceiling:
            return Draft(battery, ruled, aim, Reason.FULL, HOLD)
    limit_w = battery.charge_limit_w
    if limit_w < LEAST_W:
        return Draft(battery, ruled, aim, aim.waits, HOLD, limited_by="battery")
    missing_wh = charging.missing_cell_wh(battery, target_soc(aim, battery))
    if aim.power_w is not None:
        wanted_w = charging.explicit_w(aim.power_w, limit_w)
    elif aim.is_spread:
        wanted_w = charging.spread_w(missing_wh, now, ruled.ends, limit_w)
    else:
        wanted_w = limit_w
    least_w = min(charging.LEAST_CHARGE_W, wanted_w)
    charge = Charge(battery.battery_id, aim.turn, missing_wh, wanted_w, least_w)
    return Draft(battery, ruled, aim, aim.acts, None, charge)


def target_soc(aim: Aim, battery: BatteryState) -> int:
    """The charge at which a battery's charging ends."""
    ceiling = battery.soc_ceiling
    return ceiling if aim.stop_soc is None else min(aim.stop_soc, ceiling)


def _discharging(battery: BatteryState, ruled: Ruling, aim: Aim) -> Draft:
    """Only people and their schedules discharge. A charge that is not known counts as empty, but
    for a person: then the battery itself stops at its floor."""
    if battery.soc is None:
        if ruled.claim is None or ruled.claim.wish is None:
            return Draft(battery, ruled, aim, Reason.EMPTY, HOLD)
    elif aim.stop_soc is not None and battery.soc <= aim.stop_soc:
        return Draft(battery, ruled, aim, aim.reached, HOLD)
    elif battery.soc <= battery.soc_floor:
        return Draft(battery, ruled, aim, Reason.EMPTY, HOLD)
    limit_w = battery.discharge_limit_w
    if limit_w < LEAST_W:
        return Draft(battery, ruled, aim, aim.waits, HOLD, limited_by="battery")
    power_w = limit_w if aim.power_w is None else charging.explicit_w(aim.power_w, limit_w)
    floor = max(battery.soc_floor, aim.stop_soc or 0)
    return Draft(battery, ruled, aim, aim.acts, Goal(TargetMode.DISCHARGE, -power_w, floor))


def _shares(situation: Situation, drafts: list[Draft]) -> dict[int, int]:
    charges = [draft.charge for draft in drafts if draft.charge]
    if not charges:
        return {}
    left_alone_w = sum(max(0, each.battery.power_w) for each in drafts if _is_left_alone(each))
    rooms = charging.rooms(situation.household, situation.house_load_w, left_alone_w)
    return charging.share(charges, rooms)


def _is_left_alone(draft: Draft) -> bool:
    """Whether somebody else decides what the battery takes from the grid."""
    if draft.charge:
        return False
    return draft.goal is None or draft.goal.mode_type == TargetMode.AI


def _granted(draft: Draft, charge: Charge, shares: dict[int, int]) -> Draft:
    """The draft of a charge with the power that it was given."""
    aim, battery = draft.aim, draft.battery
    power_w = shares[charge.battery_id]
    if power_w == 0:
        return draft._replace(reason=aim.waits, goal=HOLD, limited_by="contract")
    limited_by = "contract" if power_w < charge.wanted_w else _battery_limits(aim, battery, power_w)
    goal = Goal(TargetMode.CHARGE, power_w, target_soc(aim, battery))
    return draft._replace(goal=goal, limited_by=limited_by)


def _battery_limits(aim: Aim, battery: BatteryState, power_w: int) -> str | None:
    is_all = power_w == battery.charge_limit_w
    return "battery" if is_all and (aim.is_spread or abs(aim.power_w or 0) > power_w) else None


def _let_go(situation: Situation, now: datetime) -> dict[str, object]:
    """Why nothing is charged for a day that may be red, said with what is done instead."""
    day = night_let_go(situation, now)
    if day is None:
        return {}
    case = situation.cases[day]
    weighed = {
        "weighed_in_vain_eur": round(case.expected_in_vain_eur, 2),
        "weighed_missed_eur": round(case.expected_missed_eur, 2),
    }
    return {"let_go": {"day": day.isoformat(), **_odds(case), **weighed}}


def _decision(situation: Situation, draft: Draft, let_go: dict[str, object]) -> Decision:
    claim = draft.ruled.claim
    tier = Tier.NOTHING if claim is None else claim.tier
    by_itself = tier not in (Tier.TARGET, Tier.HANDS_OFF, Tier.YIELD)
    return Decision(
        battery_id=draft.battery.battery_id,
        goal=draft.goal,
        reason=draft.reason,
        since=draft.ruled.since,
        until=draft.ruled.until,
        writes=draft.goal is not None and (situation.household.is_automatic or not by_itself),
        rule_id=claim.rule.rule_id if claim and claim.rule else None,
        wish_id=claim.wish.wish_id if claim and claim.wish else None,
        params=_params(situation, draft) | (let_go if tier < Tier.YIELD else {}),
    )


def _params(situation: Situation, draft: Draft) -> dict[str, object]:
    """JSON values for the sentence of a decision."""
    claim, aim, goal = draft.ruled.claim, draft.aim, draft.goal
    params: dict[str, object] = {
        "soc": draft.battery.soc,
        "until": _written(draft.ruled.until),
    }
    if goal is not None and goal.power_w is not None:
        params["power_w"] = goal.power_w
    if aim.mode_type in LEASED:
        params |= _aim_params(aim, draft)
    if claim is None:
        return params
    if aim.is_spread:
        params["by"] = _written(draft.ruled.ends)
    if claim.rule:
        params["rule"] = claim.rule.name
    if claim.wish:
        params["wish_by"] = claim.wish.by
    if claim.red_day and claim.tier:
        params["day"] = claim.red_day.isoformat()
        params["colour"] = _colour_word(situation, claim.red_day)
        if aim.acts == Reason.RED_EVE_MAYBE and claim.red_day in situation.cases:
            params |= _odds(situation.cases[claim.red_day])
    return params


def _odds(case: ChargeCase) -> dict[str, object]:
    """What speaks for a charge before a day of unknown colour [EUR]."""
    return {
        "p_red": round(case.red_probability, 3),
        "in_vain_eur": round(case.in_vain_eur, 2),
        "missed_eur": round(case.missed_eur, 2),
    }


@lru_cache(maxsize=1024)
def _written(moment: datetime) -> str:
    return moment.isoformat()


def _colour_word(situation: Situation, day: date) -> str | None:
    colour = colour_of(situation, day)
    return None if colour is None else colour.value


def _aim_params(aim: Aim, draft: Draft) -> dict[str, object]:
    params: dict[str, object] = {"wanted": str(aim.mode_type)}
    if draft.limited_by:
        params["limited_by"] = draft.limited_by
    if aim.mode_type == TargetMode.CHARGE:
        params["target_soc"] = target_soc(aim, draft.battery)
    elif aim.mode_type == TargetMode.DISCHARGE:
        params["target_soc"] = max(draft.battery.soc_floor, aim.stop_soc or 0)
    return params
