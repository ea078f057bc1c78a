"""What a device is ordered to do, and what power that asks for at a moment.

Power is in watts, > 0 charges (the wire has it the other way round: `writes.py` turns it).
AI is approximated by Auto: both follow the meter here; the vendor's cloud optimiser is unknown.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from batteries.simulator.slots import SELF_CONSUMPTION, DeviceClock, Slot, next_edge, slot_in_force

AUTO, AI, MANUAL, PASSIVE, UPS = "Auto", "AI", "Manual", "Passive", "UPS"
MODES = (AUTO, AI, MANUAL, PASSIVE, UPS)  # in the order of the integers on the wire

PHASE_TEST_S = 20.0
PHASE_TEST_W = 800.0
PHASE_TEST_DISCHARGES_ABOVE_PERCENT = 50.0
FULL_POWER_W = 2500.0


class Wish(NamedTuple):
    """What the mode asks for. `power_w` None: follow the meter."""

    power_w: float | None
    reason: str


IDLE_OUTSIDE_SLOTS = Wish(0.0, "no slot")
FOLLOW = Wish(None, "meter")
BLIND = Wish(0.0, "no meter")


@dataclass(slots=True)
class Orders:
    """The mode of a device with everything that belongs to it. Slots outlive modes and reboots."""

    clock: DeviceClock
    mode: str = AUTO
    slots: dict[int, Slot] | None = None
    passive_power_w: float = 0.0
    passive_until: float = -math.inf
    test_power_w: float = 0.0
    test_until: float = -math.inf
    ups_shows: bool = False  # a firmware that keeps saying UPS in a later Manual

    @property
    def shown_mode(self) -> str:
        return UPS if self.ups_shows else self.mode

    def enter(self, mode: str, *, is_ups_sticky: bool = False) -> None:
        self.ups_shows = is_ups_sticky and mode == MANUAL and self.shown_mode == UPS
        self.mode = mode
        self.test_until = -math.inf

    def start_phase_test(self, soc_percent: float, from_at: float) -> None:
        """Auto finds its phase: 20 s of 800 W, out of a fuller battery, into an emptier one."""
        is_discharging = soc_percent > PHASE_TEST_DISCHARGES_ABOVE_PERCENT
        self.test_power_w = -PHASE_TEST_W if is_discharging else PHASE_TEST_W
        self.test_until = from_at + PHASE_TEST_S

    def start_passive(self, power_w: float, until: float) -> None:
        self.passive_power_w, self.passive_until = power_w, until

    def put_slot(self, slot: Slot) -> None:
        self.slots = {**(self.slots or {}), slot.number: slot}

    def wish(self, at: float, *, sees_meter: bool) -> Wish:
        """What the device tries to do at this moment."""
        if self.mode == MANUAL:
            return self._manual(at, sees_meter)
        if self.mode == PASSIVE:
            is_running = at < self.passive_until
            return (
                Wish(self.passive_power_w, "passive") if is_running else Wish(0.0, "passive ended")
            )
        if self.mode == UPS:
            return Wish(FULL_POWER_W, "ups")
        if at < self.test_until:
            return Wish(self.test_power_w, "phase test")
        return FOLLOW if sees_meter else BLIND

    def _manual(self, at: float, sees_meter: bool) -> Wish:
        slot = slot_in_force((self.slots or {}).values(), self.clock, at)
        if slot is None:
            return IDLE_OUTSIDE_SLOTS
        if slot.power == SELF_CONSUMPTION:
            return FOLLOW if sees_meter else BLIND
        return Wish(-float(slot.power), f"slot {slot.number}")

    def next_change(self, at: float) -> float:
        """A moment up to which `wish` stays the same."""
        if self.mode == MANUAL:
            slots = self.slots or {}
            return next_edge(slots.values(), self.clock, at) if slots else math.inf
        if self.mode == PASSIVE:
            return self.passive_until if self.passive_until > at else math.inf
        return self.test_until if self.test_until > at else math.inf
