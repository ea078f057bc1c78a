"""Three nights on virtual time: an API that is off over the edge, a house at the limit of its
contract, and everything of ours dead around a red day."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from batteries.models import Battery, BatteryStatusLog, ControlMethod
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.demo import demo_load_w
from batteries.simulator.series import Power, stepped
from batteries.simulator.spec import DeviceSpec
from scheduling.intentions import Decision, ScheduleConfig
from scheduling.models import OrderAttempt
from scheduling.slotbook import SlotBook
from tempo.days import PARIS, Colour
from tests.batteries.virtual_home import VirtualHome, virtual_home
from tests.scheduling.red_days import is_told, red_day
from tests.scheduling.schedules import automatic, classic_set, schedule
from tests.scheduling.virtual_process import VirtualProcess

EVE = date(2026, 1, 14)
RED = EVE + timedelta(days=1)
CONTRACT_W = 9000
KILLED_AT = {"21:00": (EVE, 21, 0), "22:05": (EVE, 22, 5), "03:00": (RED, 3, 0)} | {
    "05:59": (RED, 5, 59),
    "12:00": (RED, 12, 0),
}


def paris(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of the household's clock."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS)


@contextmanager
def house(
    specs: list[DeviceSpec], load_w: Power, starts_at: datetime, *, is_red: bool = False
) -> Iterator[tuple[VirtualHome, VirtualProcess]]:
    """A house without a past, automation on; blue days, or a red one tomorrow."""
    Battery.objects.all().delete()
    ScheduleConfig.objects.all().delete()
    automatic()
    for number in range(-1, 3):
        is_told(EVE + timedelta(days=number), Colour.BLUE)
    if is_red:
        red_day(RED)
    with virtual_home(specs, load_w=load_w, starts_at=starts_at) as home:
        yield home, VirtualProcess(home)


def outage() -> dict[str, Any]:
    """The API of the first of three batteries is off from 21:30 to 01:00; 80 % by 06:00."""
    specs = [DeviceSpec(soc_percent=soc) for soc in (30.0, 45.0, 60.0)]
    with house(specs, 500.0, paris(EVE, 21, 20)) as (home, process):
        schedule("Nuit", "charge", "22:00", "06:00", target_soc=80)
        device = home.devices[0]
        off, back = paris(EVE, 21, 30).timestamp(), paris(RED, 1).timestamp()
        device.overlay({"api_off": True}, since=off, until=back)
        process.pass_until(paris(RED, 6))
        lines = Decision.objects.filter(battery=home.battery(), at__gt=paris(EVE, 21, 30))
        return {
            "answered_to_right_order_s": _seconds_to_charge(device, back),
            "soc_at_06_00": round(device.soc_percent, 1),
            "target_soc": 80,
            "journal_lines": lines.filter(at__lt=paris(RED, 6)).count(),
            "socs_of_the_others": [round(one.soc_percent, 1) for one in home.devices[1:]],
        }


def _seconds_to_charge(device: SimulatedDevice, back: float) -> float | None:
    """From the first answered poll after an outage to the first datagram that charges."""
    since = [one for one in device.trace.requests if one.at >= back]
    answered = next((one.at for one in since if one.outcome == "answered"), None)
    written = next((one.at for one in since if _charges(one.payload)), None)
    return None if answered is None or written is None else round(written - answered, 1)


def _charges(payload: bytes) -> bool:
    config = json.loads(payload)["params"].get("config", {})
    return bool(config.get("passive_cfg", {}).get("power", 0) < 0)  # the wire's sign


def contract() -> dict[str, Any]:
    """2.4 kW of water heater from 22:10, a car of 3.7 kW from 23:00, 9 kVA, 95 % by 06:00."""
    specs = [DeviceSpec(soc_percent=soc) for soc in (14.0, 18.0, 22.0)]
    changes = {(EVE, 21, 0): 1000.0, (EVE, 22, 10): 3400.0, (EVE, 23, 0): 7100.0}
    changes |= {(RED, 0, 30): 4100.0, (RED, 3, 0): 400.0}
    load_w = stepped([(paris(*when).timestamp(), watts) for when, watts in changes.items()])
    with house(specs, load_w, paris(EVE, 21, 50)) as (home, process):
        schedule("Nuit", "charge", "22:00", "06:00", target_soc=95)
        process.pass_until(paris(RED, 6))
        rows = BatteryStatusLog.objects.order_by("timestamp")
        columns = rows.values_list("timestamp", "grid_power")
        readings = [(at, watts) for at, watts in columns if watts is not None]
        after = {
            name: _max_after(readings, at)
            for name, at in {"heater": paris(EVE, 22, 10), "car": paris(EVE, 23)}.items()
        }
        causes = OrderAttempt.objects.values_list("cause", flat=True)
        return {
            "most_read_w": max(watts for _at, watts in readings),
            "most_read_after_the_first_poll_that_saw_it_w": after,
            "is_within_9_kva": all(watts <= CONTRACT_W for watts in after.values()),
            "socs_at_06_00": [round(one.soc_percent, 1) for one in home.devices],
            "target_soc": 95,
            "writes": [one.asked.count("ES.SetMode") for one in home.devices],
            "writes_by_cause": {cause: list(causes).count(cause) for cause in set(causes)},
        }


def _max_after(readings: list[tuple[datetime, int]], at: datetime) -> int:
    """The highest reading after the first one that saw a load begin at `at`."""
    later = [watts for moment, watts in readings if moment >= at]
    return max(later[1:])


def die() -> dict[str, Any]:
    """Energy served on a red day 06:00-22:00, whenever everything of ours died, by method."""
    return {"a_slots_of_ours": _deaths(_slots_are_ours), "b_leases": _deaths(lambda _home: None)}


def _deaths(prepare: Callable[[VirtualHome], None]) -> dict[str, Any]:
    """One run that nobody kills; at each moment a copy of the house goes on alone."""
    until = paris(RED, 22)
    load_w = demo_load_w(0)
    with house([DeviceSpec(soc_percent=50.0)], load_w, paris(EVE, 17, 50), is_red=True) as living:
        home, process = living
        classic_set()
        prepare(home)
        served: dict[str, float] = {}
        for name, when in KILLED_AT.items():
            process.pass_until(paris(*when))
            served[name] = served_wh(_alone(home.devices[0], until), until)
        process.pass_until(until)
        whole = served_wh(home.devices[0], until)
    percent = {name: round(100 * wh / whole, 1) for name, wh in served.items()}
    return {"without_a_kill_wh": round(whole), "killed_at_percent_of_it": percent}


def _slots_are_ours(home: VirtualHome) -> None:
    """As after the step that takes them over, with its proof."""
    Battery.objects.update(control_method=ControlMethod.MANUAL)
    moments = {"taken_at": home.now, "follows_house_at": home.now}
    SlotBook.objects.create(battery=home.battery(), **moments)


def _alone(device: SimulatedDevice, until: datetime) -> SimulatedDevice:
    """What becomes of a device that nobody asks or tells anything any more."""
    twin = copy.deepcopy(device)
    twin.trace._clock = lambda: twin.house.now
    twin.advance(until.timestamp())
    return twin


def served_wh(device: SimulatedDevice, until: datetime) -> float:
    """AC energy out of the battery from 06:00 of the red day on."""
    spans = device.trace.power_between(paris(RED, 6).timestamp(), until.timestamp())
    return sum(max(0.0, -one.power_w) * (one.until - one.since) for one in spans) / 3600
