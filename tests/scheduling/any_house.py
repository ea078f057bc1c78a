"""Any house: hypothesis strategies for situations, and moments with both clock-change nights."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from scheduling.situation import (
    BatteryState,
    Condition,
    HouseholdRules,
    Rule,
    Situation,
    Wish,
    WishKind,
)
from scheduling.targets import TargetMode
from tempo.days import Colour, DayColour

NIGHTS = (date(2026, 10, 25), date(2027, 3, 28), date(2026, 12, 2))
NOON = time(12, tzinfo=UTC)
CLOCKS = st.sampled_from([0, 1, 2, 3, 5, 6, 12, 21, 22, 23]).flatmap(
    lambda hour: st.sampled_from([0, 15, 30, 59]).map(lambda minute: time(hour, minute))
)
POWERS = st.none() | st.integers(100, 2600)
SOCS = st.none() | st.integers(5, 100)


def around(night: date) -> st.SearchStrategy[datetime]:
    """Moments within 30 hours of a night, to the second."""
    start = datetime.combine(night, NOON) - timedelta(hours=36)
    return st.integers(0, 60 * 3600).map(lambda second: start + timedelta(seconds=second))


MOMENTS = st.sampled_from(NIGHTS).flatmap(around)

BATTERIES = st.lists(
    st.builds(
        BatteryState,
        battery_id=st.integers(1, 3),
        name=st.just("battery"),
        soc=SOCS,
        soc_floor=st.sampled_from([11, 12, 30]),
        soc_ceiling=st.sampled_from([80, 100]),
        charge_limit_w=st.sampled_from([0, 200, 800, 2500]),
        discharge_limit_w=st.sampled_from([0, 800, 2500]),
        takes_power=st.sampled_from([True, True, True, False]),
        power_w=st.sampled_from([0, 1500]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.battery_id,
).map(tuple)

RULES = st.lists(
    st.builds(
        Rule,
        rule_id=st.integers(1, 9),
        name=st.just("schedule"),
        mode_type=st.sampled_from(TargetMode),
        starts=CLOCKS,
        ends=CLOCKS,
        week_days=st.sampled_from([127, 127, 31, 64]),
        power_w=POWERS,
        battery_ids=st.sampled_from([frozenset(), frozenset({1}), frozenset({2, 3})]),
        condition=st.sampled_from(Condition),
        target_soc=SOCS,
        floor_soc=SOCS,
        priority=st.integers(0, 2),
    ),
    max_size=5,
    unique_by=lambda one: one.rule_id,
).map(tuple)


@st.composite
def _wishes(draw: st.DrawFn) -> tuple[Wish, ...]:
    found = []
    for wish_id in range(draw(st.integers(0, 3))):
        starts = draw(MOMENTS)
        kind = draw(st.sampled_from(WishKind))
        mode = draw(st.sampled_from(TargetMode)) if kind == WishKind.TARGET else None
        until = starts + timedelta(minutes=draw(st.integers(1, 2000)))
        power_w, target_soc = draw(POWERS), draw(SOCS)
        battery_id = draw(st.integers(1, 3))
        found.append(Wish(wish_id, battery_id, kind, starts, until, mode, power_w, target_soc))
    return tuple(found)


@st.composite
def _colours(draw: st.DrawFn) -> dict[date, DayColour]:
    days = [night + timedelta(days=step) for night in NIGHTS for step in range(-2, 3)]
    known = st.none() | st.sampled_from(Colour)
    return {day: DayColour(day, draw(known), may_be_red=draw(st.booleans())) for day in days}


SITUATIONS = st.builds(
    Situation,
    batteries=BATTERIES,
    rules=RULES,
    wishes=_wishes(),
    household=st.builds(
        HouseholdRules,
        is_automatic=st.booleans(),
        serves_red_days=st.booleans(),
        contract_va=st.sampled_from([3000, 6000, 9000]),
        unmetered_charge_w=st.sampled_from([0, 900, 3000]),
        target_soc=st.sampled_from([50, 95]),
    ),
    colours=_colours(),
    house_load_w=st.none() | st.integers(-3000, 12000),
    charge_pays=st.sampled_from([True, False]).map(
        lambda pays: {night: pays for night in NIGHTS}  # noqa: C420
    ),
    usual_load_w=st.none() | st.integers(0, 3000),
)
