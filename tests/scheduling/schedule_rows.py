"""Schedules for tests, in words."""

from __future__ import annotations

from datetime import time
from typing import Any

from scheduling.intentions import ScheduleConfig


def schedule(
    name: str = "Night", mode: str = "hold", window: str = "22:00-06:00", **changes: Any
) -> ScheduleConfig:
    """An unsaved schedule; standing still unless said otherwise."""
    starts, _dash, ends = window.partition("-")
    values: dict[str, Any] = {"power_setpoint": 0 if mode == "hold" else None}
    values |= {"start_time": time.fromisoformat(starts), "end_time": time.fromisoformat(ends)}
    return ScheduleConfig(name=name, mode_type=mode, **(values | changes))


def typed(**changes: Any) -> dict[str, Any]:
    """What a person sends with the form."""
    return {
        "name": "Night",
        "mode_type": "hold",
        "start_time": "22:00",
        "end_time": "06:00",
        "days": ["0", "1", "2", "3", "4", "5", "6"],
        "power_w": "",
        "target_soc": "",
        "floor_soc": "",
        "condition": "",
        "priority": "0",
        "is_active": "on",
    } | changes
