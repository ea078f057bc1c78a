"""Orders one after the other to batteries that lose a quarter of all datagrams, each way: the share
that is proved within three rounds, and what the slow ones waited for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from random import Random
from typing import Any

from batteries.models import Battery
from batteries.simulator.demo import demo_load_w
from batteries.simulator.faults import Faults
from batteries.simulator.firmwares import firmware_named
from batteries.simulator.spec import DeviceSpec
from scheduling.intentions import ScheduleConfig
from scheduling.models import Order, Origin
from scheduling.orders import place_order
from scheduling.targets import Target, TargetMode
from tests.batteries.virtual_home import virtual_home
from tests.scheduling.schedules import automatic
from tests.scheduling.virtual_process import VirtualProcess

from .figures import is_slow, order_figures, story
from .judge import Judge
from .nights import EVE, paris

FIRMWARE, LOST, SOC = "venus-e3-150", 0.25, 55.0
TURNS, EACH_S = 120, 360.0  # a verdict comes within five minutes
KINDS = (TargetMode.CHARGE, TargetMode.DISCHARGE, TargetMode.HOLD, TargetMode.AUTO)


def run(turns: int = TURNS, seed: int = 1) -> dict[str, Any]:
    """Three batteries, `turns` orders each; their state of charge is kept in the middle."""
    started = time.monotonic()
    Battery.objects.all().delete()
    ScheduleConfig.objects.all().delete()
    automatic()
    specs = [DeviceSpec(firmware_named(FIRMWARE), soc_percent=SOC, seed=seed)] * 3
    with virtual_home(specs, load_w=demo_load_w(0), starts_at=paris(EVE, 7)) as home:
        judge = Judge(home)
        process = VirtualProcess(home, judge.look)
        process.live(minutes=5)
        for device in home.devices:
            device.faults = Faults(lose_request_rate=LOST, lose_reply_rate=LOST)
        _order_again_and_again(process, turns, Random(seed))
        orders = Order.objects.filter(override__isnull=False).order_by("id")
        document = _document(list(orders.prefetch_related("attempts")), judge)
        return document | {"took_s": round(time.monotonic() - started)}


def _order_again_and_again(process: VirtualProcess, turns: int, random: Random) -> None:
    for _turn in range(turns):
        for number, device in enumerate(process.home.devices):
            device.set_soc(SOC)
            battery, target = process.home.battery(number), _target(random)
            place_order(battery, target, by=None, origin=Origin.PAGE, now=process.now)
        process.wake()
        process.live(seconds=EACH_S)


def _target(random: Random) -> Target:
    kind, power_w = random.choice(KINDS), random.randrange(300, 1500, 50)
    target = Target.of(kind, power_w, 30)
    return target if target.minutes else Target(kind, minutes=30)


def _document(orders: Sequence[Order], judge: Judge) -> dict[str, Any]:
    until = judge.home.site.now
    wrong = [span for battery_id in judge.aims for span in judge.wrong(battery_id, until)]
    return {
        **order_figures(orders, judge.states),
        "verdicts_proved": len(judge.verdicts),
        "false": [one.about for one in judge.verdicts if not one.is_true],
        "wrong_s_an_order": round(sum(b - a for a, b, _why in wrong) / len(orders), 1),
        "slow": [story(order) for order in orders if is_slow(order)],
    }
