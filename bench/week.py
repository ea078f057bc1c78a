"""Days of a household with every fault of the simulator: verdicts against the devices' own trace.

Virtual time, the real gateway, poller, planner, ledger and PostgreSQL; each house has three
batteries, the classic set (Auto 06-22, hold 22-06) and four orders of a person a day and battery.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from batteries.models import Battery
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.demo import demo_load_w
from batteries.simulator.faults import Faults
from batteries.simulator.firmwares import firmware_named
from batteries.simulator.spec import DeviceSpec
from scheduling.intentions import ScheduleConfig
from scheduling.models import Order, Origin
from scheduling.orders import place_order
from scheduling.refusals import OrderRefused
from scheduling.targets import Target, TargetMode
from tempo.days import PARIS, Colour
from tests.batteries.virtual_home import virtual_home
from tests.scheduling.red_days import is_told
from tests.scheduling.schedules import automatic, classic_set
from tests.scheduling.virtual_process import VirtualProcess

from .figures import is_slow, order_figures, story
from .judge import GRACE_S, Judge, is_at_dawn

STARTS = datetime(2026, 1, 12, 4, 30, tzinfo=UTC)  # a Monday, 05:30 in Paris
DAY = timedelta(days=1)
HOUR_S = 3600.0
WISHES_A_DAY = 4
OUT_OF_REACH = ("off", "frozen", "booting", "unheard")
RED_IN = 3  # this day of the run is red


@dataclass(frozen=True)
class Unit:
    """One battery of a house: its firmware, its faults, and what happens to it each day."""

    firmware: str = "venus-e3-150"
    faults: Faults = field(default_factory=Faults)
    events: tuple[tuple[float, str, Mapping[str, Any]], ...] = ()  # hour of Paris, event, options
    overlays: tuple[tuple[float, float, Mapping[str, Any]], ...] = ()  # hours from, to, faults

    @property
    def spec(self) -> DeviceSpec:
        return DeviceSpec(firmware_named(self.firmware), soc_percent=55.0)


LOSS = Faults(lose_request_rate=0.25, lose_reply_rate=0.25)
OFF_FOR_S = {"for_s": 1500}
NOISE = Faults(duplicate_rate=0.1, parse_error_rate=0.05, zero_soc_rate=0.01, counter_dip_rate=0.01)
HOUSES: dict[str, tuple[int, dict[str, Unit]]] = {
    "healthy": (7, {"e3-150": Unit(), "e3-150 (2)": Unit(), "e3-150 (3)": Unit()}),
    "loss": (
        2,
        {f"25 % loss{n}": Unit(faults=LOSS) for n in ("", " (2)", " (3)")},
    ),
    "firmwares": (
        2,
        {
            "e3-148": Unit("venus-e3-148"),
            "HMG-50 156": Unit("hmg50-156"),
            "Venus D 150": Unit("venus-d-150"),
        },
    ),
    "writes": (
        2,
        {
            "first write refused": Unit(faults=Faults(refuse_first_write=True)),
            "first Passive ignored": Unit(faults=Faults(ignore_first_passive=True)),
            "20 % acknowledged and ignored": Unit(faults=Faults(ignore_write_rate=0.2)),
        },
    ),
    "states": (
        2,
        {
            "silent mode drops": Unit(faults=Faults(mode_drop_after_s=(1800, 7200))),
            "API off 3 x 25 min": Unit(
                events=tuple((hour, "api_off", OFF_FOR_S) for hour in (5.8, 14.0, 21.9))
            ),
            "two resets a day": Unit(
                events=tuple((hour, "reset_to_defaults", {}) for hour in (2.0, 15.3))
            ),
        },
    ),
    "noise": (
        2,
        {
            "doubles, -32700, SOC 0, dips": Unit(faults=NOISE),
            "unicast unheard 2 h": Unit(overlays=((21.5, 23.5, {"unicast_unanswered": True}),)),
            "e3-148, 25 % loss": Unit("venus-e3-148", LOSS),
        },
    ),
}


@dataclass(frozen=True)
class Stay:
    """How long a house is watched, and how many orders a person gives in its hours awake."""

    starts_at: datetime
    days: float
    wishes: int
    awake_h: tuple[tuple[float, float], ...]  # after the start

    @classmethod
    def of_days(cls, days: int) -> Stay:
        """From a Monday's dawn on; orders from 07:00 to 21:00."""
        awake = tuple((24 * day + 1.5, 24 * day + 15.5) for day in range(days))
        return cls(STARTS, days, WISHES_A_DAY, awake)

    @classmethod
    def of_a_night(cls) -> Stay:
        """20:00 to 07:00: both edges and the night between them; orders before and after."""
        return cls(STARTS + timedelta(hours=14.5), 11 / 24, 2, ((0.2, 1.6), (10.3, 10.7)))

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(days=self.days)


def run(
    houses: Sequence[str] = (), days: int | None = None, *, is_night: bool = False
) -> dict[str, Any]:
    """The figures of each house, and of each battery in it."""
    results: dict[str, Any] = {}
    for name in houses or HOUSES:
        usual_days, units = HOUSES[name]
        started = time.monotonic()
        stay = Stay.of_a_night() if is_night else Stay.of_days(days or usual_days)
        results[name] = run_house(units, stay)
        results[name]["took_s"] = round(time.monotonic() - started)
        print({name: results[name]}, flush=True)
    return results


def run_house(units: Mapping[str, Unit], stay: Stay) -> dict[str, Any]:
    """A stay in one house."""
    Battery.objects.all().delete()
    ScheduleConfig.objects.all().delete()
    automatic()
    _say_colours(stay)
    specs = [unit.spec for unit in units.values()]
    with virtual_home(specs, load_w=demo_load_w(0), starts_at=stay.starts_at) as home:
        for device, unit in zip(home.devices, units.values(), strict=True):
            _prepare(device, unit, stay)
        judge = Judge(home)
        process = VirtualProcess(home, judge.look)
        refused = _live(process, stay)
        until = home.site.now
        return {"days": round(stay.days, 2), "refused_at_once": refused} | {
            name: _battery_figures(judge, home.battery(number), stay.days, until)
            for number, name in enumerate(units)
        }


def _dates(stay: Stay) -> list[date]:
    first, last = (at.astimezone(PARIS).date() for at in (stay.starts_at, stay.ends_at))
    return [first + number * DAY for number in range(-1, (last - first).days + 3)]


def _say_colours(stay: Stay) -> None:
    for number, day in enumerate(_dates(stay)):
        is_told(day, Colour.RED if number == 1 + RED_IN and stay.days > RED_IN else Colour.BLUE)


def _prepare(device: SimulatedDevice, unit: Unit, stay: Stay) -> None:
    device.faults = unit.faults
    for day in _dates(stay):
        midnight_s = datetime(day.year, day.month, day.day, tzinfo=PARIS).timestamp()
        for hour, event, options in unit.events:
            at = midnight_s + hour * HOUR_S
            if at > device.now:
                device.schedule(at, event, options)
        for from_h, to_h, change in unit.overlays:
            since, until = midnight_s + from_h * HOUR_S, midnight_s + to_h * HOUR_S
            device.overlay(change, since=since, until=until)


def _live(process: VirtualProcess, stay: Stay) -> int:
    """The days, with what a person orders; how many orders were refused at once."""
    process.live(minutes=5)
    classic_set()
    refused = 0
    for moment, number, target in _wishes(stay):
        process.pass_until(moment)
        battery = process.home.battery(number)
        try:
            place_order(battery, target, by=None, origin=Origin.PAGE, now=process.now)
        except OrderRefused:
            refused += 1
        process.wake()
    process.pass_until(stay.ends_at)
    return refused


def _wishes(stay: Stay) -> list[tuple[datetime, int, Target]]:
    """What a person orders of which battery, and when."""
    random, wishes = Random(4), []
    for since_h, until_h in stay.awake_h:
        for number in range(3 * stay.wishes):
            moment = stay.starts_at + timedelta(hours=random.uniform(since_h, until_h))
            wishes.append((moment, number % 3, _target(random)))
    return sorted(wishes, key=lambda wish: wish[0])


def _target(random: Random) -> Target:
    kinds = (TargetMode.CHARGE, TargetMode.DISCHARGE, TargetMode.HOLD, TargetMode.AUTO)
    power_w, minutes = random.randrange(300, 1500, 50), random.randrange(15, 60)
    kind = random.choice(kinds)
    target = Target.of(kind, power_w, minutes)
    return target if target.minutes else Target(kind, minutes=minutes)


def _battery_figures(judge: Judge, battery: Battery, days: float, until: float) -> dict[str, Any]:
    orders = Order.objects.filter(battery=battery).order_by("id").prefetch_related("attempts")
    mine = {order.pk for order in orders}
    verdicts = [verdict for verdict in judge.verdicts if verdict.order_id in mine]
    wrong = list(judge.wrong(battery.pk, until))
    answering = [_while_it_answers(judge.device(battery.pk), span) for span in wrong]
    dawn_s = sum(b - a for a, b, _why in answering if is_at_dawn(a))
    return {
        **order_figures(list(orders), judge.states),
        "verdicts_proved": len(verdicts),
        "false_verdicts": sum(not verdict.is_true for verdict in verdicts),
        "false": [f"{one.at:%H:%M:%S} {one.about}" for one in verdicts if not one.is_true],
        "wrong_min_a_day": round(sum(b - a for a, b, _why in wrong) / 60 / days, 2),
        "wrong_min_a_day_while_it_answers": round(
            sum(b - a for a, b, _why in answering) / 60 / days, 2
        ),
        "longest_wrong_min": round(max((b - a for a, b, _why in wrong), default=0) / 60, 2),
        "wrong_s_at_05_55_to_06_10": round(dawn_s),
        "longest": [f"{b - a:.0f} s {why}" for a, b, why in sorted(wrong, key=_lasted)[:4]],
        "slow": [story(order) for order in orders if order.proved_at and is_slow(order)],
        "writes_a_day": round(judge.device(battery.pk).asked.count("ES.SetMode") / days, 1),
    }


def _lasted(span: tuple[float, float, str]) -> float:
    return span[0] - span[1]


def _while_it_answers(
    device: SimulatedDevice, span: tuple[float, float, str]
) -> tuple[float, float, str]:
    """The part of a stretch in which the battery could be reached, as far as anybody could know:
    all of it, or from 15 s after its first answer on where it was out of reach when it began."""
    since, until, why = span
    requests = device.trace.requests
    begun = bisect_right(requests, since, key=lambda one: one.at)
    if not begun or requests[begun - 1].outcome not in OUT_OF_REACH:
        return span
    answered = (one.at for one in requests[begun:] if one.outcome not in OUT_OF_REACH)
    return min(until, next(answered, until) + GRACE_S), until, why
