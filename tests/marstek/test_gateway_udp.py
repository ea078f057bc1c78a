"""The gateway on real UDP, on loopback."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from batteries.marstek.discovery import Answered, discover
from batteries.marstek.errors import DeviceUnreachable, PortUnavailable
from batteries.marstek.front import GatewayThread
from batteries.marstek.gateway import Endpoint, Gateway
from batteries.marstek.sockets import open_udp_socket
from batteries.marstek.values import EnergyStatus

from .scripted import MODERN, STATUS

QUICK = replace(MODERN, quiet_gap_s=0.01, read_timeout_s=0.15)
ANSWERS = {
    "ES.GetStatus": {"bat_soc": 57, "ongrid_power": -984, "offgrid_power": 0},
    "Marstek.GetDevice": {"device": "VenusE 3.0", "ver": 150, "ble_mac": "0123456789ab"},
}
Say = Callable[[bytes], list[bytes]]


def usual(request: bytes) -> list[bytes]:
    message = json.loads(request)
    return [json.dumps({"id": message["id"], "result": ANSWERS[message["method"]]}).encode()]


class UdpDevice:
    """Answers on its own socket until closed."""

    def __init__(self, ip: str, port: int, say: Say = usual) -> None:
        self.ip, self.port, self.say = ip, port, say
        self.sources: list[tuple[str, int]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.bind((ip, port))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.ip, self.port, QUICK)

    def close(self) -> None:
        self._socket.sendto(b"", (self.ip, self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            payload, source = self._socket.recvfrom(9000)
            if not payload:
                return
            self.sources.append(source)
            for said in self.say(payload):
                self._socket.sendto(said, source)


@pytest.fixture
def device() -> Iterator[UdpDevice]:
    device = UdpDevice("127.0.0.11", 0)
    yield device
    device.close()


@pytest.fixture
def thread() -> Iterator[GatewayThread]:
    thread = GatewayThread(bind_address="127.0.0.1", clock=lambda: datetime.now(UTC))
    thread.start()
    yield thread
    thread.stop()


def test_an_exchange_over_udp(thread: GatewayThread, device: UdpDevice) -> None:
    answer = thread.call(thread.gateway.ask(device.endpoint, STATUS, deadline_s=5), 10)
    assert isinstance(answer.value, EnergyStatus)
    assert (answer.value.soc_percent, answer.value.battery_power_w) == (57, 984)
    assert answer.source_ip == "127.0.0.11"
    assert 0 < answer.latency_s < 5


def test_rule_9_the_local_port_has_the_devices_number(
    thread: GatewayThread, device: UdpDevice
) -> None:
    thread.call(thread.gateway.ask(device.endpoint, STATUS, deadline_s=5), 10)
    assert device.sources == [("127.0.0.1", device.port)]


def test_rule_9_a_port_that_is_taken_is_said(thread: GatewayThread, device: UdpDevice) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", device.port))
        with pytest.raises(PortUnavailable, match=rf"127\.0\.0\.1:{device.port} cannot be bound"):
            thread.call(thread.gateway.ask(device.endpoint, STATUS, deadline_s=5), 10)
    thread.call(thread.gateway.ask(device.endpoint, STATUS, deadline_s=5), 10)


def test_garbage_before_the_answer_changes_nothing(
    thread: GatewayThread, device: UdpDevice
) -> None:
    junk = [b"\x00", b"x" * 9000, b'{"id":', json.dumps({"id": 1, "result": {}}).encode()]
    device.say = lambda request: [*junk, *usual(request), *usual(request)]
    answer = thread.call(thread.gateway.ask(device.endpoint, STATUS, deadline_s=5), 10)
    assert len(answer.attempts) == 1
    assert thread.gateway.stats.malformed == 3


def test_an_empty_datagram_changes_nothing(thread: GatewayThread, device: UdpDevice) -> None:
    device.say = lambda request: [b"", *usual(request)]
    answer = thread.call(thread.gateway.ask(device.endpoint, STATUS, deadline_s=5), 10)
    assert len(answer.attempts) == 1


def test_a_dead_address_is_unreachable(thread: GatewayThread, device: UdpDevice) -> None:
    endpoint = Endpoint("127.0.0.99", device.port, QUICK)
    with pytest.raises(DeviceUnreachable, match="3 attempts"):
        thread.call(thread.gateway.ask(endpoint, STATUS, deadline_s=5), 10)


def test_discovery_by_broadcast_on_loopback(thread: GatewayThread) -> None:
    ear = UdpDevice("127.255.255.255", 0)  # hears the broadcast, as each real device does
    device = UdpDevice("127.0.0.11", ear.port)
    ear.say = lambda request: _from(device, usual(request))
    try:
        (found,) = thread.call(discover(thread.gateway, [ear.port], window_s=0.2, repeats=1), 10)
    finally:
        ear.close()
        device.close()
    assert (found.ip, found.port) == ("127.0.0.11", ear.port)
    assert (found.device.ble_mac, found.answered) == ("0123456789ab", Answered.BROADCAST)


def test_discovery_by_address(thread: GatewayThread, device: UdpDevice) -> None:
    search = discover(thread.gateway, [device.port], ["127.0.0.11"], window_s=0.2, repeats=1)
    (found,) = thread.call(search, 10)
    assert found.answered is Answered.UNICAST


def _from(device: UdpDevice, replies: list[bytes]) -> list[bytes]:
    for reply in replies:
        device._socket.sendto(reply, ("127.0.0.1", device.port))
    return []


def test_ephemeral_ports_by_setting(device: UdpDevice) -> None:
    async def ask() -> None:
        gateway = Gateway(
            bind_address="127.0.0.1", clock=lambda: datetime.now(UTC), ephemeral_ports=True
        )
        await gateway.ask(device.endpoint, STATUS, deadline_s=5)
        await gateway.close()

    asyncio.run(ask())
    assert device.sources[0][1] != device.port


def test_a_closed_link_gives_its_port_back_and_may_be_closed_again() -> None:
    async def open_twice() -> bytes:
        first = await open_udp_socket(("127.0.0.1", 0), _ignore)
        address = first.local_address  # type: ignore[attr-defined]
        with pytest.raises(PortUnavailable):
            await open_udp_socket(address, _ignore)
        first.close()
        first.close()
        arrived: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        second = await open_udp_socket(address, lambda payload, _: arrived.set_result(payload))
        second.send(b"to itself", address)
        async with asyncio.timeout(5):
            received = await arrived
        second.close()
        return received

    assert asyncio.run(open_twice()) == b"to itself"


def _ignore(_payload: bytes, _source: tuple[str, int]) -> None:
    """Nobody listens."""
