"""Situations for the planner's tests: three batteries, schedules, wishes and colours, in words."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from scheduling.situation import (
    BatteryState,
    HouseholdRules,
    Rule,
    Situation,
    Wish,
    WishKind,
)
from scheduling.targets import TargetMode
from tempo.days import PARIS, Colour, DayColour

TUESDAY = date(2026, 12, 1)
DAYS = {
    "blue": (Colour.BLUE, False),
    "white": (Colour.WHITE, False),
    "red": (Colour.RED, True),
    "maybe": (None, True),
    "unknown": (None, False),
}


def at(clock: str, day: date = TUESDAY) -> datetime:
    """A moment of the household's clock."""
    return datetime.combine(day, time.fromisoformat(clock), PARIS)


def battery(battery_id: int = 1, soc: int | None = 50, **changed: Any) -> BatteryState:
    return BatteryState(battery_id, f"Battery {battery_id}", soc, **changed)


def rule(mode: TargetMode, starts: str, ends: str, rule_id: int = 1, **changed: Any) -> Rule:
    words = {"name": f"Schedule {rule_id}", **changed}
    return Rule(
        rule_id=rule_id,
        mode_type=mode,
        starts=time.fromisoformat(starts),
        ends=time.fromisoformat(ends),
        **words,
    )


def wish(
    mode: TargetMode | WishKind, starts: datetime, until: datetime, wish_id: int = 1, **changed: Any
) -> Wish:
    kind = mode if isinstance(mode, WishKind) else WishKind.TARGET
    mode_type = None if isinstance(mode, WishKind) else mode
    values = {"battery_id": 1, "by": "Anna", **changed}
    return Wish(
        wish_id=wish_id, kind=kind, starts_at=starts, until=until, mode_type=mode_type, **values
    )


def colours(first: date, *words: str) -> dict[date, DayColour]:
    """Colours of days in a row, from `first` on."""
    days = (first + timedelta(days=step) for step in range(len(words)))
    return {
        day: DayColour(day, DAYS[word][0], may_be_red=DAYS[word][1])
        for day, word in zip(days, words, strict=True)
    }


def house(*batteries: BatteryState, is_automatic: bool = True, **values: Any) -> Situation:
    """Automation is on; household's own values by their names."""
    names = ("serves_red_days", "contract_va", "unmetered_charge_w", "target_soc")
    household = {name: values.pop(name) for name in names if name in values}
    return Situation(
        batteries=batteries or (battery(),),
        household=HouseholdRules(is_automatic=is_automatic, **household),
        **values,
    )
