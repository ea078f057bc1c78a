"""From rows to what the planner knows: the household as it is at a moment. A handful of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from batteries.models import Battery
from tempo.billing import current_grid
from tempo.days import DayColour
from tempo.prices import Grid
from tempo.selectors import colours_around
from tempo.worth import ChargeCase, charge_pays

from .charging import deliverable_wh
from .intentions import Household, Override, ScheduleConfig, household
from .refusals import can_hold_power, limit_w
from .selectors import writes_around
from .situation import BatteryState, Condition, HouseholdRules, Rule, Situation, Wish, WishKind
from .targets import TargetMode

METER_FRESH = timedelta(minutes=3)
SOC_OLD = timedelta(hours=1)
USUAL_RATED_WH = 5120


def situation_at(now: datetime, batteries: Sequence[Battery] | None = None) -> Situation:
    """Everything that decisions depend on. `batteries`: the active ones, where they were read."""
    active = list(Battery.objects.active().order_by("id")) if batteries is None else batteries
    states = tuple(battery_state(battery, now) for battery in active)
    house, colours = household_rules(household()), colours_around(now)
    cases = cases_of(colours, now, usable_kwh(states, house.target_soc))
    return Situation(
        batteries=states,
        rules=tuple(rules()),
        wishes=tuple(wishes(now)),
        household=house,
        colours=colours,
        charge_pays=pays(colours, cases),
        house_load_w=house_load_w(active, now),
        cases=cases,
    )


def is_soc_old(battery: Battery, now: datetime) -> bool:
    """Whether its state of charge was told so long ago that it says nothing any more."""
    return battery.soc_at is None or now - battery.soc_at >= SOC_OLD


def battery_state(battery: Battery, now: datetime) -> BatteryState:
    """A battery's last known state, and what it may do."""
    return BatteryState(
        battery_id=battery.pk,
        name=battery.name,
        soc=None if is_soc_old(battery, now) else battery.soc,
        rated_wh=battery.rated_capacity or USUAL_RATED_WH,
        soc_floor=battery.soc_floor,
        soc_ceiling=battery.soc_ceiling,
        charge_limit_w=limit_w(battery, TargetMode.CHARGE),
        discharge_limit_w=limit_w(battery, TargetMode.DISCHARGE),
        takes_power=can_hold_power(battery),
        power_w=battery.bat_power or 0,
    )


def rules() -> Iterable[Rule]:
    """The schedules that are switched on: two queries."""
    for row in ScheduleConfig.objects.filter(is_active=True).prefetch_related("batteries"):
        yield rule_of(row, frozenset(battery.pk for battery in row.batteries.all()))


def rule_of(row: ScheduleConfig, battery_ids: frozenset[int]) -> Rule:
    """One schedule as the planner has it."""
    return Rule(
        rule_id=row.pk or 0,
        name=row.name,
        mode_type=TargetMode(row.mode_type),
        starts=row.start_time,
        ends=row.end_time,
        week_days=row.week_days,
        power_w=row.power_setpoint,
        battery_ids=battery_ids,
        condition=Condition(row.condition),
        target_soc=row.target_soc,
        floor_soc=row.floor_soc,
        priority=row.priority,
    )


def wishes(now: datetime) -> Iterable[Wish]:
    """The overrides that run at `now` or begin later: one query."""
    for row in Override.objects.standing(now).select_related("asked_by"):
        yield wish_of(row)


def wish_of(row: Override) -> Wish:
    """One override as the planner has it."""
    return Wish(
        wish_id=row.pk,
        battery_id=row.battery_id,
        kind=WishKind(row.kind),
        starts_at=row.starts_at,
        until=row.until,
        mode_type=TargetMode(row.mode_type) if row.mode_type else None,
        power_w=row.power_w,
        target_soc=row.target_soc,
        by=row.asked_by.get_username() if row.asked_by else "",
    )


def household_rules(row: Household) -> HouseholdRules:
    """The household's row as the planner has it."""
    return HouseholdRules(
        is_automatic=row.is_automatic,
        serves_red_days=row.serves_red_days,
        contract_va=row.contract_kva * 1000,
        unmetered_charge_w=row.unmetered_charge_w,
        target_soc=row.target_soc,
    )


def usable_kwh(batteries: Iterable[BatteryState], target_soc: int) -> float:
    """What batteries give the house that a red day begins with at the target."""
    return sum(deliverable_wh(one, min(target_soc, one.soc_ceiling)) for one in batteries) / 1000


def cases_of(
    colours: Mapping[date, DayColour], now: datetime, kwh: float
) -> Mapping[date, ChargeCase]:
    """What a charge in vain and a missed red day cost, for each day whose colour is not sure and
    may be red. Empty without prices."""
    unsure = [one for one in colours.values() if one.may_be_red and not one.is_binding]
    grid = current_grid(now) if unsure else None
    return {} if grid is None else {one.day: _case(one, colours, grid, kwh) for one in unsure}


def pays(
    colours: Mapping[date, DayColour], cases: Mapping[date, ChargeCase]
) -> Mapping[date, bool]:
    """For each day whose colour is not sure and may be red: whether charging for it is the better
    bet. Without prices it is."""
    unsure = [day for day, one in colours.items() if one.may_be_red and not one.is_binding]
    return {day: day not in cases or cases[day].is_worth for day in unsure}


def _case(day: DayColour, colours: Mapping[date, DayColour], grid: Grid, kwh: float) -> ChargeCase:
    before = colours.get(day.day - timedelta(days=1))
    return charge_pays(day, before.colour if before else None, grid, delivered_kwh=kwh or 1.0)


def house_load_w(batteries: Iterable[Battery], now: datetime) -> int | None:
    """What the house takes without its batteries [W]: the freshest connected meter, never summed
    over batteries, and what the batteries add to it. None without a meter of the last 3 minutes."""
    fresh = [one for one in batteries if one.status_at and now - one.status_at <= METER_FRESH]
    metered = [
        one
        for one in batteries
        if one.ct_connected and one.meter_at and now - one.meter_at <= METER_FRESH
    ]
    read = [one for one in metered if one.grid_power is not None]
    if not read:
        return None
    meter = max(read, key=lambda one: one.meter_at or now)
    meter_at = meter.meter_at or now
    written = writes_around(now)
    added_w = sum(_added_w(one, written.get(one.pk, ()), meter_at) for one in fresh)
    return int(meter.grid_power or 0) + added_w


def _added_w(battery: Battery, writes: Sequence[tuple[datetime, int]], meter_at: datetime) -> int:
    """What a battery gave the house when the meter was read [W]: as it was read itself, but where
    it was told another power between both readings, what it was told by then. Mixing the two would
    take our own change for one of the house, and answer it with another."""
    read_at = battery.status_at or meter_at
    first, last = min(read_at, meter_at), max(read_at, meter_at)
    has_changed = any(first < acts_at <= last for acts_at, _power_w in writes)
    told_w = [power_w for acts_at, power_w in writes if acts_at <= meter_at]
    return -told_w[-1] if has_changed and told_w else battery.ongrid_power or 0
