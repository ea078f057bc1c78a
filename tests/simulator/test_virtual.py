import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.demo import demo_load_w, demo_panels_w
from batteries.simulator.faults import NO_FAULTS, with_changes
from batteries.simulator.firmwares import firmware_named
from batteries.simulator.house import House
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.testing import placed_specs, request, set_mode
from batteries.simulator.virtual import VirtualLink, VirtualSite
from batteries.simulator.virtual_loop import TimeStandsStill

START = datetime(2026, 1, 14, 11, 0, tzinfo=UTC)
OWN_PORT = ("127.0.0.1", 30001)


def make_site(count: int = 1, **spec: Any) -> VirtualSite:
    house = House(load_w=400.0, starts_at=START.timestamp())
    specs = placed_specs([DeviceSpec(soc_percent=60, **spec)] * count, 30001)
    return VirtualSite([SimulatedDevice(spec, house) for spec in specs], starts_at=START)


@pytest.fixture
def site() -> Iterator[VirtualSite]:
    with make_site() as made:
        yield made


class Client:
    """The smallest client there can be: one question at a time, no retry."""

    def __init__(self, site: VirtualSite) -> None:
        self.site = site
        self.heard: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    async def open(self, local: tuple[str, int] = OWN_PORT) -> VirtualLink:
        return await self.site.open_socket(local, lambda *datagram: self.heard.put_nowait(datagram))

    async def ask(
        self, link: VirtualLink, payload: bytes, to: tuple[str, int], timeout_s: float = 2.5
    ) -> Any:
        link.send(payload, to)
        try:
            answer, _ = await asyncio.wait_for(self.heard.get(), timeout_s)
        except TimeoutError:
            return None
        return json.loads(answer)["result"]


def test_an_answer_comes_after_its_latency(site: VirtualSite) -> None:
    client = Client(site)

    async def ask() -> Any:
        link = await client.open()
        return await client.ask(link, request("ES.GetStatus"), ("127.0.0.11", 30001))

    assert site.call(ask())["bat_soc"] == 60
    assert timedelta(0) < site.clock() - START < timedelta(milliseconds=3)


def test_silence_lasts_as_long_as_the_asker_waits(site: VirtualSite) -> None:
    client = Client(site)

    async def ask() -> Any:
        link = await client.open()
        return await client.ask(link, request("ES.GetStatus"), ("127.0.0.99", 30001))

    assert site.call(ask()) is None
    assert site.clock() == START + timedelta(seconds=2.5)


def test_a_day_passes_in_a_moment_with_every_poll_answered() -> None:
    house = House(load_w=demo_load_w(0), panels_w=demo_panels_w(0), starts_at=START.timestamp())
    specs = placed_specs([DeviceSpec(soc_percent=60)] * 3, 30001)
    with VirtualSite([SimulatedDevice(s, house) for s in specs], starts_at=START) as site:
        socs = site.call(poll_for(site, timedelta(days=1), each_s=60))
    assert len(socs) == 3 * 1440
    known = [soc for soc in socs if soc is not None]
    assert len(known) == len(socs)
    assert max(known) - min(known) > 20


async def poll_for(site: VirtualSite, duration: timedelta, each_s: float) -> list[int | None]:
    """SOC of every device, one after the other, over and over."""
    client, socs = Client(site), []
    link, ends = await client.open(), site.clock() + duration
    while site.clock() < ends:
        started = site.loop.time()
        for device in site.devices:
            to = (device.spec.ip_address, device.spec.port)
            answer = await client.ask(link, request("ES.GetStatus"), to)
            socs.append(answer and answer["bat_soc"])
        await asyncio.sleep(each_s - (site.loop.time() - started))
    return socs


def test_the_same_day_twice_is_the_same_day() -> None:
    def day() -> list[int | None]:
        with make_site(2) as site:
            faults = with_changes(NO_FAULTS, {"lose_request_rate": 0.2, "lose_reply_rate": 0.2})
            for device in site.devices:
                device.faults = faults
            return site.call(poll_for(site, timedelta(hours=6), each_s=30))

    first = day()
    assert first == day()
    assert None in first


def test_a_broadcast_reaches_every_device_of_its_port() -> None:
    house = House(starts_at=START.timestamp())
    specs = placed_specs([DeviceSpec()] * 3, 30001, same_port=True)
    with VirtualSite([SimulatedDevice(s, house) for s in specs], starts_at=START) as site:
        client = Client(site)

        async def discover() -> set[str]:
            link = await client.open()
            link.send(request("Marstek.GetDevice", request_id=0), ("255.255.255.255", 30001))
            return {(await client.heard.get())[1][0] for _ in range(3)}

        assert site.call(discover(), 5) == {"127.0.0.11", "127.0.0.12", "127.0.0.13"}


def test_an_hmg50_answers_to_its_own_port_only() -> None:
    with make_site(firmware=firmware_named("hmg50-156")) as site:
        client = Client(site)

        async def ask(local: tuple[str, int]) -> Any:
            link = await client.open(local)
            answer = await client.ask(link, request("ES.GetMode"), ("127.0.0.11", 30001))
            link.close()
            await asyncio.sleep(10)
            return answer

        assert site.call(ask(("127.0.0.1", 0))) is None
        assert site.call(ask(OWN_PORT))["mode"] == "Auto"


def test_an_answer_from_elsewhere_shows_where(site: VirtualSite) -> None:
    site.devices[0].faults = with_changes(NO_FAULTS, {"foreign_address_rate": 1})
    client = Client(site)

    async def ask() -> tuple[str, int]:
        link = await client.open()
        link.send(request("ES.GetMode"), ("127.0.0.11", 30001))
        return (await client.heard.get())[1]

    assert site.call(ask(), 5) == ("127.99.99.99", 30001)


def test_an_address_is_bound_once(site: VirtualSite) -> None:
    client = Client(site)
    first = site.call(client.open(OWN_PORT))
    with pytest.raises(OSError, match="in use"):
        site.call(client.open(OWN_PORT))
    first.close()
    assert site.call(client.open(OWN_PORT)).local_address == OWN_PORT


def test_a_closed_link_sends_and_hears_nothing(site: VirtualSite) -> None:
    client = Client(site)
    link = site.call(client.open())
    link.send(request("ES.GetMode"), ("127.0.0.11", 30001))
    link.close()
    site.advance(5)
    assert client.heard.empty()
    with pytest.raises(OSError, match="closed"):
        link.send(request("ES.GetMode"), ("127.0.0.11", 30001))


def test_a_call_ends_at_its_time_limit(site: VirtualSite) -> None:
    with pytest.raises(TimeoutError):
        site.call(asyncio.sleep(60), timeout_s=10)
    assert site.clock() == START + timedelta(seconds=10)


def test_waiting_for_nothing_is_said_and_not_waited_for(site: VirtualSite) -> None:
    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeStandsStill):
        site.call(wait_for_ever())


async def ticks(count: int, ended: list[str]) -> AsyncIterator[int]:
    try:
        for number in range(count):
            await asyncio.sleep(10)
            yield number
    finally:
        ended.append("ended")


def test_a_stream_gives_items_as_they_come(site: VirtualSite) -> None:
    ended: list[str] = []
    seen = [(item, (site.clock() - START).seconds) for item in site.stream(ticks(3, ended))]
    assert seen == [(0, 10), (1, 20), (2, 30)]
    assert ended == ["ended"]


def test_a_stream_closed_early_ends_its_other_side(site: VirtualSite) -> None:
    ended: list[str] = []
    stream = site.stream(ticks(3, ended))
    assert next(stream) == 0
    assert ended == []
    stream.close()  # type: ignore[attr-defined]
    assert ended == ["ended"]


def test_an_error_in_a_stream_comes_out(site: VirtualSite) -> None:
    async def failing() -> AsyncIterator[int]:
        yield 1
        raise ValueError("as it happened")

    stream = site.stream(failing())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="as it happened"):
        next(stream)


def test_time_passes_for_devices_and_tasks_alike(site: VirtualSite) -> None:
    woken: list[datetime] = []
    site.loop.call_later(1800, lambda: woken.append(site.clock()))
    site.advance_to(START + timedelta(hours=1))
    assert woken == [START + timedelta(minutes=30)]
    assert site.clock() == START + timedelta(hours=1)
    assert site.devices[0].now == site.now
    assert site.devices[0].soc_percent < 60


def test_closing_cancels_what_is_left() -> None:
    site, ended = make_site(), list[str]()

    async def linger() -> None:
        try:
            await asyncio.sleep(1e6)
        finally:
            ended.append("cancelled")

    async def start() -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(linger())
        await asyncio.sleep(1)
        return task

    assert not site.call(start()).done()
    site.close()
    site.close()
    assert ended == ["cancelled"]


def test_a_lease_ends_on_virtual_time(site: VirtualSite) -> None:
    client, device = Client(site), site.devices[0]
    link = site.call(client.open())
    site.advance(60)
    order = set_mode("Passive", power=-1000, cd_time=300)
    assert site.call(client.ask(link, order, ("127.0.0.11", 30001)))["set_result"] is True
    ordered_at = site.now
    site.advance(400)
    assert device.trace.held(996, 1, 290, since=ordered_at, until=ordered_at + 400)
    assert device.trace.power_between(ordered_at + 310, site.now)[-1].power_w == 0
