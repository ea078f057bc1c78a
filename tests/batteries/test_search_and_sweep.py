"""A search in the middle of a sweep: it costs the batteries time, and no poll."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from batteries.marstek.discovery import discover
from batteries.marstek.errors import MarstekError
from batteries.polling import PollPlan, PollStep, stagger, sweep
from batteries.profile import battery_endpoint
from batteries.searching import BEGIN_WITHIN_S, REPEATS, WINDOW_S
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.spec import DeviceSpec

from .virtual_home import VirtualHome, virtual_home

pytestmark = pytest.mark.django_db
ASKED = ("ES.GetStatus", "EM.GetStatus")
NEW, OLD = DeviceSpec(), DeviceSpec(firmware=FIRMWARES["venus-e3-144"])


def plans(home: VirtualHome) -> list[PollPlan]:
    numbers = range(len(home.devices))
    return [
        PollPlan(number, battery_endpoint(home.battery(number)), ASKED, start_after_s=start_s)
        for number, start_s in zip(numbers, stagger(len(numbers)), strict=True)
    ]


async def sweep_with_search(
    home: VirtualHome, wanted: list[PollPlan], search_at_s: float, addresses: list[str]
) -> list[PollStep]:
    async def search() -> None:
        await asyncio.sleep(search_at_s)
        ports = {device.spec.port for device in home.devices}
        await discover(
            home.gateway,
            ports,
            addresses,
            window_s=WINDOW_S,
            repeats=REPEATS,
            begin_within_s=BEGIN_WITHIN_S,
        )

    searching = asyncio.ensure_future(search())
    steps = [step async for step in sweep(home.gateway, wanted)]
    await searching
    return steps


@pytest.mark.parametrize("search_at_s", [0.0, 1.0, 4.0, 8.0, 12.0])
@pytest.mark.parametrize(("spec", "port"), [(NEW, None), (OLD, None), (NEW, 30000), (OLD, 30000)])
def test_every_battery_tells_its_state_within_the_minute(
    spec: DeviceSpec, port: int | None, search_at_s: float
) -> None:
    with virtual_home([spec] * 3, port=port) as home:
        home.tick(2)
        started = home.now
        addresses = ["127.0.0.99"]  # silent: each round asks it by itself, too
        wanted = plans(home)
        steps = home.site.call(sweep_with_search(home, wanted, search_at_s, addresses))
        lasted = home.now - started
    failed = [e.result for s in steps for e in s.exchanges if isinstance(e.result, MarstekError)]
    assert failed == []
    assert sum(len(step.exchanges) for step in steps) == 6
    assert lasted < timedelta(seconds=60)
