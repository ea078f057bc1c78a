"""A Venus E 2.0 or C in Auto: the energy that it serves while it is polled, and left in peace.

On virtual time through the real gateway, poller, meter guard and PostgreSQL, two days of a house
with load and sun: the measured household of SHARED_DIR where it is at hand, else the demo's. The
simulated firmware loses its CT where requests come in a steady row (protocol: about 55 s of
polling). How far apart requests may be and still count as a row is known of no unit, so units of
several kinds are measured.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from batteries.models import Battery
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.demo import demo_load_w, demo_panels_w
from batteries.simulator.firmwares import firmware_named
from batteries.simulator.house import House
from batteries.simulator.spec import DeviceSpec
from marstek_site.paths import BASE_DIR
from tests.batteries.virtual_home import NOON, virtual_home

SHARED_DATA = Path(os.environ.get("SHARED_DIR", BASE_DIR.parent / "shared")) / "data"
HOURS, HALF_HOUR_S = 48, 1800
LOAD_FROM, SUN_FROM = datetime(2024, 4, 14, 12, tzinfo=UTC), datetime(2018, 4, 14, 12, tzinfo=UTC)
Curve = Callable[[float], float]


@dataclass(frozen=True)
class Unit:
    """A firmware, how sensitive its CT is, and how often its owner has it polled."""

    firmware: str
    theft_gap_s: float = 75.0
    poll_interval_s: int | None = None
    soc_percent: float = 50.0

    @property
    def spec(self) -> DeviceSpec:
        firmware = firmware_named(self.firmware)
        return DeviceSpec(firmware, soc_percent=self.soc_percent, theft_gap_s=self.theft_gap_s)


UNITS = {
    "153": Unit("hmg50-153"),
    "155": Unit("hmg50-155"),
    "156": Unit("hmg50-156"),
    "156_asked_each_60_s": Unit("hmg50-156", poll_interval_s=60),
    "156_harmed_by_120_s": Unit("hmg50-156", theft_gap_s=150),
    "156_harmed_by_240_s": Unit("hmg50-156", theft_gap_s=300),
    "156_harmed_by_600_s": Unit("hmg50-156", theft_gap_s=700),
}


def household() -> tuple[str, Curve, Curve]:
    """What the house is, its load and its sun at a moment of the virtual clock [W]."""
    load, sun = SHARED_DATA / "household_load_fr_30min.csv", SHARED_DATA / "pv_fr_30min.csv"
    if load.is_file() and sun.is_file():
        return "measured", _measured(load, LOAD_FROM), _measured(sun, SUN_FROM)
    return "synthetic", demo_load_w(0), demo_panels_w(0)


def _measured(path: Path, from_: datetime) -> Curve:
    """Half hours of a file, from a moment on, laid over the virtual clock."""
    with path.open(encoding="utf-8", newline="") as file:
        values = list(_powers(csv.DictReader(file), from_, from_ + timedelta(hours=HOURS + 1)))
    return lambda at: values[int((at - NOON.timestamp()) // HALF_HOUR_S)]


def _powers(rows: Iterable[dict[str, str]], from_: datetime, until: datetime) -> Iterable[float]:
    """Powers from a moment up to another; a missing one is that before it."""
    power_w = 0.0
    for row in rows:
        if from_ <= datetime.fromisoformat(row["start_utc"]) < until:
            power_w = float(row["power_w"] or power_w)
            yield power_w


def served_in_peace_wh(unit: Unit, load_w: Curve, panels_w: Curve, minutes: int) -> float:
    """AC energy out of the battery where nobody asks it anything."""
    house = House(load_w=load_w, panels_w=panels_w, starts_at=NOON.timestamp())
    device = SimulatedDevice(unit.spec, house)
    until = NOON.timestamp() + 60 * minutes
    device.advance(until)
    return served_wh(device, until)


def measure(
    unit: Unit, load_w: Curve, panels_w: Curve, minutes: int = 60 * HOURS
) -> dict[str, Any]:
    """Both energies, their ratio, and how long the polled battery did not see its meter."""
    with virtual_home([unit.spec], load_w=load_w, panels_w=panels_w) as home:
        if unit.poll_interval_s:
            Battery.objects.update(scale_overrides={"poll_interval_s": unit.poll_interval_s})
        home.tick(minutes, every=1 if unit.poll_interval_s else 2)
        device, until = home.devices[0], NOON.timestamp() + 60 * minutes
        polled_wh, asked = served_wh(device, until), len(device.asked)
        states = list(device.trace.states_between(NOON.timestamp(), until))
        pace = str(home.battery().pace)
    peaceful_wh = served_in_peace_wh(unit, load_w, panels_w, minutes)
    blind_s = sum(b - a for a, b, state in states if state.reason == "no meter")
    return {
        "served_in_peace_wh": round(peaceful_wh),
        "served_while_polled_wh": round(polled_wh),
        "ratio_percent": round(100 * polled_wh / peaceful_wh, 1),
        "minutes_without_meter_a_day": round(blind_s / minutes * 24, 1),
        "requests_an_hour": round(asked / minutes * 60, 1),
        "pace_at_the_end": pace,
    }


def served_wh(device: SimulatedDevice, until: float) -> float:
    """AC energy out of the battery up to a moment."""
    spans = device.trace.power_between(NOON.timestamp(), until)
    return sum(max(0.0, -one.power_w) * (one.until - one.since) for one in spans) / 3600


def run() -> dict[str, Any]:
    """Each kind of unit in the same house."""
    name, load_w, panels_w = household()
    results: dict[str, Any] = {"house": name, "hours": HOURS}
    for kind, unit in UNITS.items():
        Battery.objects.all().delete()
        results[kind] = measure(unit, load_w, panels_w)
        print({kind: results[kind]}, flush=True)
    return results
