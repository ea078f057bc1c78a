"""What the answers of one poll change: fields of the battery, and columns of its log row.

What was not said is left out: a missing value stays missing in the row, and the last good one
stays on the battery with its own moment. Each moment belongs to one shown value: `soc_at` to the
state of charge, `status_at` to the powers, `bat_at` to the temperature, `meter_at` to the meter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatch
from typing import Any

from django.db.models import F

from .marstek.errors import MarstekError
from .marstek.values import (
    BatteryStatus,
    Device,
    EnergyStatus,
    MeterStatus,
    Mode,
    ModeStatus,
    WifiStatus,
    battery_power_w,
)
from .models import ModeType

SMALLEST, LARGEST = -32768, 32767
MODE_TYPES = {
    Mode.AUTO: ModeType.AUTO,
    Mode.AI: ModeType.AI,
    Mode.MANUAL: ModeType.MANUAL,
    Mode.PASSIVE: ModeType.PASSIVE,
    Mode.UPS: ModeType.UPS,
}


@dataclass(slots=True)
class Reading:
    """Changes of the battery (`state`) and of its log row (`row`, dated `row_at`)."""

    state: dict[str, Any] = field(default_factory=dict)
    row: dict[str, Any] = field(default_factory=dict)
    row_at: datetime | None = None


@singledispatch
def take(value: object, _reading: Reading, _at: datetime) -> None:
    """Add what `value` says, heard at `at`, to the reading; one overload for each kind."""
    raise TypeError(type(value).__name__)


@take.register
def _(value: EnergyStatus, reading: Reading, at: datetime) -> None:
    said = _known(
        soc=value.soc_percent,
        bat_power=small(value.battery_power_w),
        pv_power=small(value.pv_power_w),
        ongrid_power=small(value.ongrid_power_w),
        offgrid_power=small(value.offgrid_power_w),
    )
    counters = _known(
        rated_capacity=value.rated_capacity_wh,
        charged_energy=value.charged_energy_wh,
        discharged_energy=value.discharged_energy_wh,
    )
    reading.row |= said
    reading.state |= said | counters
    if "soc" in said:
        reading.state["soc_at"] = at
    if "bat_power" in said:
        reading.state["status_at"] = at


@take.register
def _(value: MeterStatus, reading: Reading, at: datetime) -> None:
    reading.row |= _known(grid_power=small(value.grid_power_w))
    if value.ct_connected is not None:
        reading.state |= {"ct_connected": value.ct_connected, "meter_at": at}
        reading.state |= _known(grid_power=value.grid_power_w)


@take.register
def _(value: ModeStatus, reading: Reading, at: datetime) -> None:
    if value.mode is not None:
        reading.row["mode"] = MODE_TYPES[value.mode]
        reading.state |= {"mode": MODE_TYPES[value.mode], "mode_at": at}


@take.register
def _(value: BatteryStatus, reading: Reading, at: datetime) -> None:
    said = _known(bat_temp=value.temperature_c, bat_capacity=small(value.remaining_wh))
    reading.row |= said
    reading.state |= said | _known(rated_capacity=value.rated_capacity_wh)
    if "bat_temp" in said:
        reading.state["bat_at"] = at


@take.register
def _(value: WifiStatus, reading: Reading, at: datetime) -> None:
    reading.state |= {"rssi_dbm": small(value.rssi_dbm), "wifi_at": at}  # None: it is wired


@take.register
def _(value: Device, reading: Reading, at: datetime) -> None:
    said = _known(model=value.model, firmware=small(value.firmware), wifi_mac=value.wifi_mac)
    reading.state |= said | {"device_at": at}


def energy_of_mode(value: ModeStatus, *, has_pv: bool | None) -> EnergyStatus:
    """The state as ES.GetMode tells it, for firmware that never answers ES.GetStatus.

    The battery's own power follows only where no sun can take part in it.
    """
    solar_w = 0 if has_pv is False else None
    return EnergyStatus(
        soc_percent=value.soc_percent,
        ongrid_power_w=value.ongrid_power_w,
        offgrid_power_w=value.offgrid_power_w,
        battery_power_w=battery_power_w(solar_w, value.ongrid_power_w, value.offgrid_power_w),
    )


def take_silence(reading: Reading, error: MarstekError) -> None:
    """A poll whose state was not told: counted, and its reason kept for the page."""
    reading.state |= {
        "missed_polls": F("missed_polls") + 1,
        "fault": fault_code(error),
        "fault_detail": str(error)[:300],
    }


def fault_code(error: MarstekError) -> str:
    """The error's name as pages and tests know it: DeviceUnreachable -> device_unreachable."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def small(value: float | None) -> int | None:
    """A whole number that fits two bytes, else missing: a wrong number is worse than none."""
    whole = None if value is None else round(value)
    return whole if whole is not None and SMALLEST <= whole <= LARGEST else None


def _known(**values: Any) -> dict[str, Any]:
    """Only what was said."""
    return {name: value for name, value in values.items() if value is not None}
