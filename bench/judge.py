"""The judge of a virtual home: what was decided and proved, against what the devices truly did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.trace import State
from scheduling.intentions import Decision
from scheduling.models import Order
from scheduling.proof import EMPTY_TO_PERCENT, FULL_FROM_PERCENT, STILL_W, TOLERANCE, TOLERANCE_W
from scheduling.targets import LEASED
from tempo.days import PARIS
from tests.batteries.virtual_home import VirtualHome

HELD_S = 5.0
GRACE_S = 15.0
PROVED = ("proved", "armed")


class Aim(NamedTuple):
    """What a battery shall do from `at` on. `mode` None: it is left alone."""

    at: float
    mode: str | None
    power_w: int


class Verdict(NamedTuple):
    """An order that was called proved, and whether its device had done it."""

    order_id: int
    at: datetime
    is_true: bool
    about: str


@dataclass
class Judge:
    """Looks at the ledger whenever something may have changed there; two queries."""

    home: VirtualHome
    aims: dict[int, list[Aim]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)  # of each order while it was open
    _unproved_at: dict[int, float] = field(default_factory=dict)
    _devices: dict[int, SimulatedDevice] = field(default_factory=dict)

    def look(self) -> None:
        """Note what stands now."""
        powers = self._note_orders()
        standing = Decision.objects.filter(ended_at=None)
        columns = standing.values_list("battery_id", "mode_type", "power_w", "is_written")
        for battery_id, mode, power_w, is_written in columns:
            order_mode, order_w = powers.get(battery_id, (None, None))
            wanted_w = order_w if order_mode == mode else power_w
            self._note_aim(battery_id, mode if mode and is_written else None, wanted_w or 0)

    def _note_orders(self) -> dict[int, tuple[str, int | None]]:
        columns = "pk", "battery_id", "state", "mode_type", "power_w", "written_at", "verdict_at"
        powers = {}
        for row in Order.objects.filter(closed_at=None).values_list(*columns):
            pk, battery_id, state, mode, power_w, written_at, verdict_at = row
            powers[battery_id] = (mode, power_w)
            if state not in PROVED:
                self._unproved_at.setdefault(pk, self.home.site.now)
            elif self.states.get(pk) not in PROVED or pk in self._unproved_at:
                since = max(written_at.timestamp(), self._unproved_at.pop(pk, 0.0))
                self._check(pk, battery_id, mode, power_w or 0, since)
            if verdict_at is not None or pk not in self.states:
                self.states[pk] = state
        return powers

    def _note_aim(self, battery_id: int, mode: str | None, power_w: int) -> None:
        noted = self.aims.setdefault(battery_id, [])
        if not noted or noted[-1][1:] != (mode, power_w):
            noted.append(Aim(self.home.site.now, mode, power_w))

    def _check(self, pk: int, battery_id: int, mode: str, power_w: int, since: float) -> None:
        """Between the write (or the moment at which it was called undone) and this one it must have
        done so for 5 s without a break; where nothing had to be written, in the last 5 s."""
        now = self.home.site.now
        since = min(since, now - HELD_S)
        lasted_s = longest_s = 0.0
        device = self.device(battery_id)
        device.advance(now)  # its trace ends where it was last asked
        for start, end, state in device.trace.states_between(since, now):
            lasted_s = lasted_s + end - start if does(state, mode, power_w) else 0.0
            longest_s = max(longest_s, lasted_s)
        about = f"{mode} {power_w} W, {now - since:.1f} s, held {longest_s:.1f} s"
        is_true = longest_s >= HELD_S - 0.01
        self.verdicts.append(Verdict(pk, self.home.now, is_true, about))

    def device(self, battery_id: int) -> SimulatedDevice:
        """The device of a battery."""
        if not self._devices:
            for number, device in enumerate(self.home.devices):
                self._devices[self.home.battery(number).pk] = device
        return self._devices[battery_id]

    def wrong(self, battery_id: int, until: float) -> Iterator[tuple[float, float, str]]:
        """(from, to, why) of each stretch in which the device did not do what was decided, the
        first 15 s after a change of mind aside."""
        noted = self.aims.get(battery_id, [])
        for aim, later in zip(noted, [*noted[1:], None], strict=True):
            if aim.mode is None:
                continue
            ends = until if later is None else later.at
            trace = self.device(battery_id).trace
            for start, end, state in trace.states_between(aim.at + GRACE_S, ends):
                if not does(state, aim.mode, aim.power_w):
                    why = f"{aim.mode} {aim.power_w}: {state.mode} {state.power_w:.0f}"
                    yield start, end, why


def does(state: State, mode: str, power_w: int) -> bool:
    """Whether a device's true state is what an order asks for. Full, empty and tapering
    batteries may do less, never the opposite."""
    if mode not in LEASED:
        follows_by_slot = state.mode == "Manual" and state.set_point_w is None
        return state.mode.casefold() == mode or (mode == "auto" and follows_by_slot)
    if mode == "hold":
        return abs(state.power_w) <= STILL_W and state.mode in ("Passive", "Manual")
    if abs(state.power_w - power_w) <= max(TOLERANCE_W, TOLERANCE * abs(power_w)):
        return True
    is_near = (
        state.soc_percent >= FULL_FROM_PERCENT - 0.5
        if power_w > 0
        else state.soc_percent <= EMPTY_TO_PERCENT + 0.5
    )
    is_limited = state.reason in ("taper", "full", "empty", "limit")
    return (is_near or is_limited) and state.power_w * power_w >= 0 and state.mode != "Auto"


def is_at_dawn(at: float) -> bool:
    """Whether a moment lies in 05:55-06:10 in Paris."""
    local = datetime.fromtimestamp(at, PARIS)
    return (5, 55) <= (local.hour, local.minute) < (6, 10)
