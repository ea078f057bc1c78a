"""A simulated battery, without input or output: datagrams and moments in, datagrams out.

`receive(payload, at, source)` and `advance(to)` are all that an adapter needs. `at` is in seconds
since 1970 (UTC); nothing here reads a clock, and every random choice follows from the seed.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from batteries.simulator import answering
from batteries.simulator.cells import Cells
from batteries.simulator.events import EVENTS
from batteries.simulator.faults import NO_FAULTS, Faults, with_changes
from batteries.simulator.house import House
from batteries.simulator.modes import AUTO, MANUAL, Orders, Wish
from batteries.simulator.series import series
from batteries.simulator.slots import DeviceClock, Slot
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.trace import State, Trace

DEFAULT_DISCHARGE_CLASS_W = 800.0  # after a reset
DEFAULT_DEPTH_PERCENT = 88
Source = tuple[str, int]


class SimulatedDevice:
    """One battery that answers as real ones do. Devices of one `House` pass time together."""

    def __init__(
        self,
        spec: DeviceSpec | None = None,
        house: House | None = None,
        *,
        faults: Faults = NO_FAULTS,
        max_states: int | None = 100_000,
        max_requests: int | None = 10_000,
    ) -> None:
        self.spec = spec or DeviceSpec()
        self.firmware = self.spec.firmware
        self.house = house or House()
        self.faults = faults
        self.random = Random(f"{self.spec.seed}/{self.spec.ble_mac}")
        self.trace = Trace(lambda: self.house.now, max_states=max_states, max_requests=max_requests)
        self.cells = self._new_cells()
        self.orders = Orders(
            DeviceClock(self.spec.time_zone, self.spec.clock_offset_s), self.spec.mode
        )
        self.discharge_class_w = self.spec.discharge_class_w or self.firmware.max_discharge_w
        self.wifi_name = self.spec.wifi_name
        self.counters_before_wh = {
            "charged": self.spec.charged_wh,
            "discharged": self.spec.discharged_wh,
            "panels": self.spec.panels_wh,
        }
        self.link = answering.LinkState()
        self._start()

    def _new_cells(self) -> Cells:
        return Cells(
            self.spec.capacity_wh or self.firmware.capacity_wh,
            self.spec.soc_percent,
            full_percent=self.spec.full_percent,
            bms_floor_percent=self.spec.bms_floor_percent,
            ambient_c=self.spec.ambient_c,
        )

    def _start(self) -> None:
        self._panels = series(self.spec.panels_w)
        self._panels_w, self._panels_until = 0.0, -math.inf
        self._settled_at = self.house.now
        self._acts_at = self.meter_lost_until = self._boots_until = -math.inf
        self._held_power_w = 0.0
        self._numbers = count()
        self._timetable: list[tuple[float, int, Callable[[], None]]] = []
        self._overlays: list[tuple[float, float, Mapping[str, Any]]] = []
        self._drop_number = -1
        if self.orders.mode == AUTO:
            self.orders.start_phase_test(self.soc_percent, self.house.now)
        self.house.join(self)

    # --- what the outside calls -------------------------------------------------------------

    def receive(
        self, payload: bytes, at: float, source: Source = ("", 0), *, is_broadcast: bool = False
    ) -> list[tuple[float, bytes]]:
        """Take one datagram; what the device sends back and how much later, in seconds.

        A device answers everybody alike: `source` is kept in the trace only."""
        outgoing = self.respond(payload, at, source, is_broadcast=is_broadcast)
        return [(item.delay_s, item.payload) for item in outgoing]

    def respond(
        self, payload: bytes, at: float, source: Source = ("", 0), *, is_broadcast: bool = False
    ) -> list[answering.Outgoing]:
        """As `receive`, with the port and the address that each answer uses, for adapters."""
        self.advance(at)
        return answering.respond(self, payload, source, is_broadcast=is_broadcast)

    def advance(self, to: float) -> None:
        """Let time pass, for every battery of the house."""
        self.house.advance(to)

    @property
    def asked(self) -> list[str]:
        """Methods of the requests that reached this device's address, lost ones included."""
        return self.trace.asked

    def lose_next(self, datagrams: int, way: str = "request") -> None:
        """The next requests (or, `way="reply"`, answers) get lost in the air."""
        if way == "reply":
            self.link.lose_replies = datagrams
        else:
            self.link.lose_requests = datagrams

    # --- what is true now -------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self.house.now

    @property
    def soc_percent(self) -> float:
        self.settle(self.house.now)
        return self.cells.soc_percent

    @property
    def power_w(self) -> float:
        """At the wall; > 0 charges."""
        return self.cells.ac_power_w

    @property
    def sees_meter(self) -> bool:
        return self.house.has_meter and self.now >= self.meter_lost_until

    @property
    def is_booting(self) -> bool:
        return self.now < self._boots_until

    def faults_now(self) -> Faults:
        """The faults in force, with the changes of the timetable."""
        faults = self.faults
        for since, until, change in self._overlays:
            if since <= self.now < until:
                faults = with_changes(faults, change)
        return faults

    def happens(self, rate: float) -> bool:
        """Draw once; nothing is drawn for a rate of 0."""
        return rate > 0 and self.random.random() < rate

    # --- what the house calls ---------------------------------------------------------------

    def settle(self, at: float) -> None:
        """Let the powers act up to a moment."""
        if at > self._settled_at:
            self.cells.settle(self.house.hours(at - self._settled_at))
            self._settled_at = at

    def meet(self, at: float) -> None:
        """Do what is due."""
        while self._timetable and self._timetable[0][0] <= at:
            heappop(self._timetable)[2]()
        if at >= self._panels_until:
            self._panels_w, until = self._panels(self.house.sun_time(at))
            self._panels_until = until if math.isinf(until) else self.house.clock_time(until)
        self.cells.refresh()

    def wish(self, at: float) -> Wish:
        if at < self._boots_until:
            return Wish(0.0, "booting")
        if at < self._acts_at:
            return Wish(self._held_power_w, "responding")
        return self.orders.wish(at, sees_meter=self.sees_meter)

    def limit_w(self, wanted_w: float) -> float:
        """The most that the battery takes or gives in the direction of `wanted_w`, now."""
        if wanted_w >= 0:
            return self.firmware.max_charge_w * self.cells.taper()
        return -min(self.discharge_class_w, self.cells.can_give_w(self._panels_w))

    def run(self, power_w: float, wish: Wish | None) -> float:
        """Run at a power as far as the battery can; `wish` None: it follows the meter."""
        wanted_w = power_w
        if wish and wish.reason != "responding":
            wanted_w *= 1 - self.spec.power_error
        limit_w = self.limit_w(wanted_w)
        true_w = min(wanted_w, limit_w) if wanted_w >= 0 else max(wanted_w, limit_w)
        self.cells.run(true_w + 0.0, self._panels_w)
        reason = self._reason(wanted_w, true_w, wish)
        set_point_w = None if wish is None else power_w
        self.trace.note_state(
            State(self.now, self.orders.mode, set_point_w, true_w, self.cells.soc_percent, reason)
        )
        return true_w

    def _reason(self, wanted_w: float, true_w: float, wish: Wish | None) -> str:
        if true_w == wanted_w:
            return wish.reason if wish else "meter"
        if true_w > 0:
            return "taper" if self.cells.taper() < 1 else "limit"
        if true_w < 0:
            return "limit"
        return "full" if wanted_w > 0 else "empty"

    def next_event(self, at: float) -> float:
        """A moment up to which nothing changes in this device by itself."""
        moments = (self._acts_at, self._boots_until, self.meter_lost_until, self._panels_until)
        nearest = min((moment for moment in moments if moment > at), default=math.inf)
        if self._timetable:
            nearest = min(nearest, self._timetable[0][0])
        boundary_s = self.cells.hours_to_boundary() * 3600 / self.house.speed
        return min(nearest, self.orders.next_change(at), at + boundary_s)

    # --- orders that were accepted ----------------------------------------------------------

    def enter(self, mode: str) -> None:
        """Change the mode, as a write or the device itself does; power follows a little later."""
        was = self.orders.mode
        self.respond_later()
        self.orders.enter(mode, is_ups_sticky=self.firmware.is_ups_sticky)
        if mode == AUTO and was != AUTO:
            self.orders.start_phase_test(self.soc_percent, self._acts_at)
        self.house.stir()

    def write_slot(self, slot: Slot) -> None:
        self.orders.put_slot(slot)
        self.enter(MANUAL)

    def set_depth(self, depth_percent: int) -> None:
        """DOD.SET: 88 leaves a floor of 12 %."""
        self.cells.floor_percent = 100.0 - depth_percent
        self.house.stir()

    def set_discharge_class(self, power_w: float) -> None:
        self.discharge_class_w = min(power_w, self.firmware.max_discharge_w)
        self.house.stir()

    def join_wifi(self, name: str) -> None:
        self.wifi_name = name

    def clear_counters(self) -> None:
        self.settle(self.now)
        self.counters_before_wh = {"charged": 0.0, "discharged": 0.0, "panels": 0.0}
        self.cells.charged_wh = self.cells.discharged_wh = self.cells.panels_wh = 0.0

    def respond_later(self) -> None:
        """Hold the present power until the inverter follows the order."""
        self._held_power_w = self.cells.ac_power_w
        self._acts_at = self.now + self.spec.response_s

    # --- things that happen (see events.py) -------------------------------------------------

    def schedule(self, at: float, event: str, options: Mapping[str, Any] | None = None) -> None:
        """Let an event of events.EVENTS happen at a moment."""
        self._schedule_call(at, partial(EVENTS[event][0], self, options or {}))

    def overlay(self, change: Mapping[str, Any], *, since: float, until: float | None) -> None:
        """Change the faults for a while; keys as in a faults file, checked at once."""
        with_changes(NO_FAULTS, change)
        self._overlays.append((since, math.inf if until is None else until, change))

    def heal(self) -> None:
        """End what was scheduled, overlaid or under way; an API that froze needs its reboot."""
        self._timetable.clear()
        self._overlays.clear()
        self._drop_number = -1
        self.meter_lost_until = -math.inf
        self.link = answering.LinkState(
            is_frozen=self.link.is_frozen, last_reply_at=self.link.last_reply_at
        )
        self.house.stir()

    def _schedule_call(self, at: float, call: Callable[[], None]) -> int:
        number = next(self._numbers)
        heappush(self._timetable, (at, number, call))
        self.house.next_event_at = min(self.house.next_event_at, max(at, self.now))
        return number

    def drop_mode_later(self, after_s: float) -> None:
        """Fall silently to Auto after so many seconds; a drop that is waiting stays as it is."""
        if all(number != self._drop_number for _, number, _ in self._timetable):
            self._drop_number = self._schedule_call(self.now + after_s, self.drop_mode)

    def drop_mode(self) -> None:
        if self.orders.mode != AUTO:
            self.enter(AUTO)

    def reboot(self) -> None:
        """Modes, slots, depth and counters survive; a running Passive and a frozen API do not."""
        self._boots_until = self.now + self.spec.boot_s
        self.orders.passive_until = -math.inf
        self.link = answering.LinkState()
        if self.orders.mode == AUTO:
            self.orders.start_phase_test(self.soc_percent, self._boots_until)
        self.house.stir()

    def reset_to_defaults(self) -> None:
        """As out of the factory: Manual without slots, DOD 88, 800 W class."""
        self.orders.slots = None
        self.discharge_class_w = DEFAULT_DISCHARGE_CLASS_W
        self.cells.floor_percent = 100.0 - DEFAULT_DEPTH_PERCENT
        self.enter(MANUAL)

    def switch_api_off(self, for_s: float) -> None:
        self.link.off_until = self.now + for_s

    def lose_meter(self, for_s: float) -> None:
        """The CT is not heard: `ct_state` 0, and what follows the meter stands at 0 W."""
        was_seen = self.sees_meter
        self.meter_lost_until = max(self.meter_lost_until, self.now + for_s)
        if was_seen:
            self.house.stir()

    def show_zero_soc(self, answers: int) -> None:
        self.link.zero_soc_answers = answers

    def set_soc(self, soc_percent: float) -> None:
        self.settle(self.now)
        self.cells.energy_wh = self.cells.capacity_wh * min(100.0, max(0.0, soc_percent)) / 100
        self.house.stir()

    def set_clock_offset(self, offset_s: float) -> None:
        self.orders.clock.offset_s = float(offset_s)
        self.house.stir()
