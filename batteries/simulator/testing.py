"""Simulated batteries for tests: on loopback UDP in a thread, or asked by hand.

with running(specs=[DeviceSpec()]) as server:
    device = server.devices[0]
    device.lose_next(2)
    ...                       # talk to server.address(device)
    assert device.asked == ["ES.GetStatus"] * 3
"""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.demo import addresses_from
from batteries.simulator.house import House
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.udp import BROADCAST_ADDRESS, UdpServer, steady_clock

T = TypeVar("T")
FIRST_ADDRESS = "127.0.0.11"
START_TIMEOUT_S = 10.0
AT_ONCE_S = (0.001, 0.002)


class ThreadedServer:
    """A UDP server in a thread of its own; `do` runs a function where the devices live."""

    def __init__(self, devices: Sequence[SimulatedDevice], clock: Callable[[], float]) -> None:
        self.devices, self.clock = list(devices), clock
        self._loop = asyncio.new_event_loop()
        self._server = UdpServer(self.devices, clock)
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="simulator", daemon=True
        )

    @property
    def device(self) -> SimulatedDevice:
        """The first device."""
        return self.devices[0]

    @staticmethod
    def address(device: SimulatedDevice) -> tuple[str, int]:
        return device.spec.ip_address, device.spec.port

    def start(self) -> None:
        """Raises what UdpServer.start raises; then no thread is left."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result(
                START_TIMEOUT_S
            )
        except BaseException:
            self._end()
            raise

    def do(self, action: Callable[[], T]) -> T:
        """Run a function in the thread of the devices, after time was brought up to now."""

        async def act() -> T:
            for device in self.devices:
                device.advance(self.clock())
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(START_TIMEOUT_S)

    def stop(self) -> None:
        """Free the ports and end the thread. Harmless when repeated."""
        if self._thread.is_alive():
            self.do(self._server.close)
            self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_TIMEOUT_S)
        self._loop.close()


@contextmanager
def running(
    specs: Sequence[DeviceSpec] | None = None,
    *,
    house: House | None = None,
    same_port: bool = False,
    port: int | None = None,
) -> Iterator[ThreadedServer]:
    """Devices on 127.0.0.11, .12, ... with ports that are free on all of them.

    Address and port of the specs are replaced. They start in Auto unless their spec says otherwise,
    in a house with a constant load of 400 W, and answer within 2 ms; a latency that a spec sets
    stays. `port`: the first port, where a test needs to know it."""
    clock = steady_clock()
    specs = specs or [DeviceSpec()]
    house = house or House(load_w=400.0, starts_at=clock())
    placed = placed_specs(specs, port or free_port(len(specs)), same_port=same_port)
    server = ThreadedServer([SimulatedDevice(spec, house) for spec in placed], clock)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def placed_specs(
    specs: Sequence[DeviceSpec], port: int, *, same_port: bool = False
) -> list[DeviceSpec]:
    """The specs with addresses and MACs of their own, and a quick answer."""
    addresses = addresses_from(FIRST_ADDRESS, port, len(specs), same_port=same_port)
    usual = DeviceSpec()
    return [
        replace(
            spec,
            ip_address=ip_address,
            port=device_port,
            ble_mac=f"bc2a33{number:06x}" if spec.ble_mac == usual.ble_mac else spec.ble_mac,
            latency_s=AT_ONCE_S if spec.latency_s == usual.latency_s else spec.latency_s,
        )
        for number, (spec, (ip_address, device_port)) in enumerate(
            zip(specs, addresses, strict=True), start=1
        )
    ]


def free_port(count: int = 1) -> int:
    """The first of `count` ports that nobody holds on any IPv4 address now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            port: int = sock.getsockname()[1]
        if all(_is_free(port + offset) for offset in range(count)):
            return port


def _is_free(port: int) -> bool:
    if port > 65_535:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("0.0.0.0", port))  # noqa: S104 - only to see that no address holds it
        except OSError:
            return False
    return True


def request(
    method: str, params: Mapping[str, Any] | None = None, request_id: int | str = 7
) -> bytes:
    """The bytes of a request; usual parameters where none are given."""
    usual = {"ble_mac": "0"} if method == "Marstek.GetDevice" else {"id": 0}
    body = {"id": request_id, "method": method, "params": usual if params is None else params}
    return json.dumps(body).encode()


def set_mode(mode: str, **settings: object) -> bytes:
    """The bytes of an ES.SetMode; `settings` fill the mode's own object."""
    config = {"mode": mode, f"{mode.lower()}_cfg": settings or {"enable": 1}}
    return request("ES.SetMode", {"id": 0, "config": config})


__all__ = [
    "BROADCAST_ADDRESS",
    "ThreadedServer",
    "free_port",
    "placed_specs",
    "request",
    "running",
    "set_mode",
]
