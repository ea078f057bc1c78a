"""A household on virtual time with a desk: orders from the ledger to the devices' own trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.series import Power
from batteries.simulator.spec import DeviceSpec
from batteries.writing import Writer
from scheduling.desk import Desk
from scheduling.models import Order, Origin
from scheduling.orders import place_order
from scheduling.targets import Target, TargetMode
from tests.batteries.virtual_home import NOON, VirtualHome, virtual_home

CHARGE, DISCHARGE = TargetMode.CHARGE, TargetMode.DISCHARGE
AUTO, HOLD = TargetMode.AUTO, TargetMode.HOLD
MINUTE = timedelta(minutes=1)
LOOK_S = 300.0  # a sweep wakes it each minute, and what is due is known beforehand


@dataclass
class OrderHome:
    """Devices, their poller, and the desk that a process would run."""

    home: VirtualHome
    desk: Desk
    next_sweep: datetime = field(default=NOON)
    sweeps_every: timedelta = MINUTE
    _next_look: datetime = field(default=NOON)

    @property
    def device(self) -> SimulatedDevice:
        return self.home.devices[0]

    @property
    def now(self) -> datetime:
        return self.home.now

    def order(
        self, mode: TargetMode, power_w: int | None = None, minutes: int | None = None
    ) -> Order:
        """Somebody orders the first battery now."""
        target = Target.of(mode, power_w, minutes)
        battery, now = self.home.battery(), self.home.now
        return place_order(battery, target, by=None, origin=Origin.PAGE, now=now)

    def pass_time(self, *, seconds: float = 0, minutes: float = 0) -> None:
        """The desk looks when something is due; nothing is polled."""
        self.pass_until(self.home.now + timedelta(seconds=seconds, minutes=minutes), polls=False)

    def live(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """As `pass_time`, with a sweep each minute."""
        self.pass_until(self.home.now + timedelta(seconds=seconds, minutes=minutes, hours=hours))

    def live_sparely(self, *, minutes: float, every: float = 5) -> None:
        """As `live`, with a sweep each `every` minutes: for long times in which nothing happens."""
        self.sweeps_every = timedelta(minutes=every)
        self.live(minutes=minutes)
        self.sweeps_every = MINUTE

    def pass_until(self, ends_at: datetime, *, polls: bool = True) -> None:
        """Desk and polls as in their process, up to a moment."""
        while self.home.now < ends_at:
            if polls and self.home.now >= self.next_sweep:
                self.sweep()
            wait_s = self.look()
            until = min(ends_at, self.next_sweep) if polls else ends_at
            left_s = (until - self.home.now).total_seconds()
            self.home.site.advance(max(0.0, min(wait_s, left_s)))

    def sweep(self) -> None:
        """What the beat wakes; the desk goes on looking beside it."""
        started = self.home.now
        self.home.front.beside = self._look_if_due
        self.home.sweep()
        self.home.front.beside = None
        self.next_sweep = started + self.sweeps_every

    def _look_if_due(self) -> None:
        if self.home.now >= self._next_look:
            self.look()

    def look(self) -> float:
        """The desk's look; how long until the next [s]."""
        wait_s = self.desk.look()
        self._next_look = self.home.now + timedelta(seconds=wait_s)
        return wait_s

    def new_process(self) -> None:
        """The devices process was killed: another one begins, knowing only the database."""
        writer = Writer(self.home.front, self.home.gateway)
        self.desk = Desk(writer, self.home.poller, self.home.site.clock, look_every_s=LOOK_S)

    def writes(self, number: int = 0) -> int:
        """How many orders reached a device."""
        return self.home.devices[number].asked.count("ES.SetMode")

    def held_w(self, power_w: float, *, since_s: float, tolerance_w: float = 30) -> bool:
        """Whether the device truly kept this power for the last `since_s`."""
        now = self.home.site.now
        spans = self.device.trace.power_between(now - since_s, now)
        return bool(spans) and all(abs(span.power_w - power_w) <= tolerance_w for span in spans)


@contextmanager
def order_home(
    specs: Sequence[DeviceSpec] = (DeviceSpec(),),
    *,
    load_w: Power = 400.0,
    starts_at: datetime = NOON,
) -> Iterator[OrderHome]:
    """Devices whose batteries were polled once: model and firmware are known."""
    with virtual_home(specs, load_w=load_w, starts_at=starts_at) as home:
        home.tick(1)
        writer = Writer(home.front, home.gateway)
        desk = Desk(writer, home.poller, home.site.clock, look_every_s=LOOK_S)
        yield OrderHome(home, desk, home.now)
