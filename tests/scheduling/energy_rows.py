"""Readings and slots of energy, for tests of the roll-up and of the account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from batteries.energy_slots import SLOT, EnergySlot, HouseSlot
from batteries.models import Battery, BatteryStatusLog

MINUTE = timedelta(minutes=1)


def readings(
    of: Battery,
    at: datetime,
    ongrid_w: Iterable[int],
    *,
    grid_w: int | None = 300,
    pv_w: int | None = None,
) -> None:
    """One reading a minute from `at` on; `ongrid_w > 0` feeds the house."""
    BatteryStatusLog.objects.bulk_create(
        BatteryStatusLog(
            battery=of,
            timestamp=at + number * MINUTE,
            soc=50,
            ongrid_power=power_w,
            grid_power=grid_w,
            pv_power=pv_w,
        )
        for number, power_w in enumerate(ongrid_w)
    )


def quarters(start: datetime, end: datetime) -> Iterable[datetime]:
    """Every slot's start in [start, end)."""
    first = start.astimezone(UTC)  # clocks jump, instants do not
    return (first + n * SLOT for n in range((end.astimezone(UTC) - first) // SLOT))


def slot(of: Battery, at: datetime, **values: float | None) -> EnergySlot:
    """One slot of a battery, whole and still unless said otherwise."""
    still = {"charged_wh": 0, "discharged_wh": 0, "covered_s": 900, "soc": 60}
    return EnergySlot(battery=of, starts_at=at, **(still | values))


def house_slot(at: datetime, imported_wh: float, exported_wh: float = 0) -> HouseSlot:
    """One slot of the house, whole."""
    return HouseSlot(starts_at=at, imported_wh=imported_wh, exported_wh=exported_wh, covered_s=900)
