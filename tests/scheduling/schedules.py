"""Schedules and households for tests."""

from __future__ import annotations

from datetime import time
from typing import Any

from scheduling.intentions import Household, ScheduleConfig


def automatic(**values: Any) -> Household:
    """The household with automation on."""
    wanted = {"is_automatic": True, **values}
    return Household.objects.update_or_create(pk=1, defaults=wanted)[0]


def schedule(name: str, mode_type: str, starts: str, ends: str, **values: Any) -> ScheduleConfig:
    """One schedule, of every day and all batteries unless said otherwise."""
    if mode_type == "hold":
        values.setdefault("power_setpoint", 0)
    return ScheduleConfig.objects.create(
        name=name,
        mode_type=mode_type,
        start_time=time.fromisoformat(starts),
        end_time=time.fromisoformat(ends),
        **values,
    )


def classic_set() -> None:
    """Auto by day, hold at night."""
    schedule("Jour", "auto", "06:00", "22:00")
    schedule("Nuit", "hold", "22:00", "06:00")
