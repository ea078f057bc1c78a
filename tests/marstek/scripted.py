"""A tiny world for the gateway: virtual time, a network in memory, devices that follow a script."""

import asyncio
import json
import selectors
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from batteries.marstek.errors import PortUnavailable
from batteries.marstek.gateway import Answer, Endpoint, Gateway, Priority
from batteries.marstek.profiles import Profile, profile_for
from batteries.marstek.sockets import Address, Link, OnDatagram
from batteries.marstek.wire import Request

T = TypeVar("T")
Said = list[tuple[float, bytes]]  # after how many seconds, what
Behaviour = Callable[["Device", dict[str, Any]], Said]

EPOCH = datetime(2026, 1, 15, 12, tzinfo=UTC)
MODERN = profile_for("VenusE 3.0", 150)  # gap 2.5 s, two retries
OLD = profile_for("VenusE 3.0", 144)  # gap 5 s, no retry
STATUS = Request.read("ES.GetStatus")
METER = Request.read("EM.GetStatus")
CHARGE = Request.set_passive(1000, 600)
RESULTS: dict[str, dict[str, Any]] = {
    "ES.GetStatus": {"id": 0, "bat_soc": 57, "ongrid_power": -984, "offgrid_power": 0},
    "EM.GetStatus": {"id": 0, "ct_state": 1, "total_power": 420},
    "ES.GetMode": {"id": 0, "mode": "Auto", "bat_soc": 57},
    "ES.SetMode": {"id": 0, "set_result": True},
    "Marstek.GetDevice": {"device": "VenusE 3.0", "ver": 150},
}


class JumpingSelector(selectors.SelectSelector):
    """Jumps to the next timer instead of waiting; waiting for nothing at all is a dead lock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everything waits for ever")
        self.now += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time."""

    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


def encoded(message: object) -> bytes:
    return json.dumps(message).encode()


@dataclass(slots=True)
class Asked:
    """One datagram that reached a device."""

    at: float
    method: str
    request_id: int


@dataclass
class Device:
    """Answers as `script` says, one behaviour a request, then always with `answers`."""

    ip: str
    port: int = 30000
    mac: str = "0123456789ab"
    latency_s: float = 0.1
    script: list[Behaviour] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    always: Behaviour | None = None

    def receive(self, payload: bytes, at: float) -> Said:
        request = json.loads(payload)
        self.asked.append(Asked(at, request["method"], request["id"]))
        behaviour = self.script.pop(0) if self.script else self.always or answers
        return behaviour(self, request)

    def reply(self, request: dict[str, Any], **changes: Any) -> bytes:
        result = dict(RESULTS[request["method"]])
        if "device" in result:
            result["ble_mac"] = self.mac
        message = {"id": request["id"], "src": f"VenusE 3.0-{self.mac}", "result": result}
        return encoded({key: value for key, value in (message | changes).items() if value != "-"})

    @property
    def methods(self) -> list[str]:
        return [asked.method for asked in self.asked]

    @property
    def moments(self) -> list[float]:
        return [round(asked.at, 3) for asked in self.asked]


def answers(device: Device, request: dict[str, Any]) -> Said:
    return [(device.latency_s, device.reply(request))]


def stays_silent(_device: Device, _request: dict[str, Any]) -> Said:
    return []


def answers_twice(device: Device, request: dict[str, Any]) -> Said:
    return [(0.1, device.reply(request)), (0.2, device.reply(request))]


def answers_after(delay_s: float) -> Behaviour:
    return lambda device, request: [(delay_s, device.reply(request))]


def says(payload: bytes, delay_s: float = 0.1) -> Behaviour:
    return lambda _device, _request: [(delay_s, payload)]


def replies_with(**changes: Any) -> Behaviour:
    """The usual reply with some members changed; "-" leaves one out."""
    return lambda device, request: [(0.1, device.reply(request, **changes))]


def parse_error(_device: Device, _request: dict[str, Any]) -> Said:
    error = {"code": -32700, "message": "Parse error", "data": 403}
    return [(0.1, encoded({"id": 0, "src": "VenusE 3.0-xxxxx", "error": error}))]


class Network:
    """Sockets and devices, in memory."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._bound: dict[int, OnDatagram] = {}
        self.devices: dict[str, list[Device]] = defaultdict(list)
        self.sent: list[tuple[float, bytes, Address]] = []
        self.unreachable: set[str] = set()

    async def open_socket(self, local_address: Address, on_datagram: OnDatagram) -> Link:
        await asyncio.sleep(0)
        if local_address[1] in self._bound:
            raise PortUnavailable(*local_address, "Address already in use")
        self._bound[local_address[1]] = on_datagram
        return MemoryLink(self, local_address[1])

    def occupy(self, port: int) -> None:
        self._bound[port] = lambda _payload, _source: None

    def free(self, port: int) -> None:
        self._bound.pop(port, None)

    @property
    def bound_ports(self) -> list[int]:
        return sorted(self._bound)

    def send(self, payload: bytes, destination: Address) -> None:
        if destination[0] in self.unreachable:
            raise OSError(101, "Network is unreachable")
        self.sent.append((self._loop.time(), payload, destination))
        for device in self._reached_by(destination):
            for delay_s, said in device.receive(payload, self._loop.time()):
                self.deliver(said, (device.ip, device.port), delay_s)

    def deliver(self, payload: bytes, source: Address, delay_s: float = 0.0) -> None:
        """A datagram arrives at the local port that has the source's number."""
        self._loop.call_later(delay_s, self._arrive, payload, source)

    def _arrive(self, payload: bytes, source: Address) -> None:
        if source[1] in self._bound:
            self._bound[source[1]](payload, source)

    def _reached_by(self, destination: Address) -> Iterator[Device]:
        is_broadcast = destination[0].endswith(".255")
        for devices in list(self.devices.values()) if is_broadcast else [self._at(destination)]:
            yield from (device for device in devices if device.port == destination[1])

    def _at(self, destination: Address) -> list[Device]:
        return self.devices.get(destination[0], [])


class MemoryLink:
    def __init__(self, network: Network, port: int) -> None:
        self._network, self._port = network, port

    def send(self, payload: bytes, destination: Address) -> None:
        self._network.send(payload, destination)

    def close(self) -> None:
        self._network.free(self._port)


class World:
    """A gateway and its devices in virtual time."""

    def __init__(self, **options: Any) -> None:
        self.loop = VirtualLoop()
        self.network = Network(self.loop)
        self.gateway = Gateway(
            bind_address="0.0.0.0",
            clock=lambda: EPOCH + timedelta(seconds=self.loop.time()),
            open_socket=self.network.open_socket,
            **options,
        )

    @property
    def now(self) -> float:
        return round(self.loop.time(), 3)

    def device(self, ip: str = "192.168.1.100", **options: Any) -> Device:
        device = Device(ip, **options)
        self.network.devices[ip].append(device)
        return device

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    async def ask(
        self,
        device: Device,
        request: Request = STATUS,
        *,
        profile: Profile = MODERN,
        deadline_s: float = 60.0,
        priority: Priority = Priority.READ,
        ble_mac: str | None = None,
        **changes: Any,
    ) -> Answer:
        endpoint = Endpoint(device.ip, device.port, replace(profile, **changes), ble_mac)
        return await self.gateway.ask(endpoint, request, priority=priority, deadline_s=deadline_s)

    async def order(self, device: Device, **options: Any) -> Answer:
        return await self.ask(device, CHARGE, priority=Priority.ORDER, **options)

    def close(self) -> None:
        self.run(self.gateway.close())
        assert asyncio.all_tasks(self.loop) == set()
        assert self.network.bound_ports == []
        self.loop.close()
