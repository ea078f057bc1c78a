"""A household on virtual time: simulated devices, the real gateway, poller and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from batteries.marstek.gateway import Gateway
from batteries.models import Battery
from batteries.poller import Poller
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.house import House
from batteries.simulator.series import Power
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.virtual import VirtualSite
from scheduling.services import tend

T = TypeVar("T")
NOON = datetime(2026, 1, 14, 12, 0, tzinfo=UTC)
NAMES = ("Garage", "Cave", "Atelier")


@dataclass
class Interrupting:
    """The site's front, with something done by somebody else after the first item of a stream,
    and something after each (`beside`), as other threads would."""

    site: VirtualSite
    action: Callable[[], object] | None = None
    beside: Callable[[], object] | None = None

    def call(self, coroutine: Coroutine[Any, Any, T], timeout_s: float) -> T:
        return self.site.call(coroutine, timeout_s)

    def stream(self, items: AsyncIterator[T]) -> Iterator[T]:
        for item in self.site.stream(items):
            yield item
            action, self.action = self.action, None
            if action is not None:
                action()
            if self.beside is not None:
                self.beside()


@dataclass
class VirtualHome:
    """Devices, and a poller that a beat would wake each minute."""

    site: VirtualSite
    front: Interrupting
    poller: Poller
    devices: list[SimulatedDevice]
    gateway: Gateway

    @property
    def now(self) -> datetime:
        return self.site.clock()

    def battery(self, number: int = 0) -> Battery:
        """The battery of device `number` as the database has it now."""
        spec = self.devices[number].spec
        return Battery.objects.get(udp_port=spec.port, name=NAMES[number])

    def sweep(self) -> int:
        """One tick of the beat."""
        return tend(self.poller, self.now)

    def tick(self, minutes: int, *, every: int = 1) -> None:
        """Sweeps at each full minute, or every so many where none is polled more often."""
        for _ in range(0, minutes, every):
            started = self.now
            self.sweep()
            self.site.advance_to(started + timedelta(minutes=every))


@contextmanager
def virtual_home(
    specs: Sequence[DeviceSpec] = (DeviceSpec(),),
    *,
    load_w: Power = 400.0,
    panels_w: Power = 0.0,
    starts_at: datetime = NOON,
    port: int | None = None,
) -> Iterator[VirtualHome]:
    """Devices at 127.0.0.11 and so on, on ports of their own or all on `port`; their batteries
    know address and port only."""
    house = House(load_w=load_w, panels_w=panels_w, starts_at=starts_at.timestamp())
    placed = [
        replace(
            spec,
            ip_address=f"127.0.0.{11 + n}",
            port=port or 30001 + n,
            ble_mac=f"bc2a3300000{n + 1}",
        )
        for n, spec in enumerate(specs)
    ]
    devices = [SimulatedDevice(spec, house) for spec in placed]
    for name, spec in zip(NAMES, placed, strict=False):
        Battery.objects.create(name=name, ip_address=spec.ip_address, udp_port=spec.port)
    with VirtualSite(devices, starts_at=starts_at) as site:
        gateway = Gateway(bind_address="127.0.0.1", clock=site.clock, open_socket=site.open_socket)
        front = Interrupting(site)
        poller = Poller(front, gateway, site.clock)
        yield VirtualHome(site, front, poller, devices, gateway)
        site.call(gateway.close())
