"""The house that simulated batteries share: load, sun, meter, and who carries what.

Power is in watts. Batteries: > 0 charges. The meter: > 0 imports. Time jumps from event to event
(a change of load, an expiry, a full battery): between two events nothing changes, so `advance`
costs nothing there. `speed` makes physics (load, sun, energy, warmth) run faster than the clocks
of the devices.
"""

import math
from typing import TYPE_CHECKING

from batteries.simulator.series import Power, Series, series

if TYPE_CHECKING:
    from batteries.simulator.core import SimulatedDevice

DEADBAND_W = 20.0  # Auto leaves a smaller flow at the meter alone
SMALLEST_STEP_S = 1e-3


class House:
    """One home: a load, panels on the roof, a meter, and the batteries that joined."""

    def __init__(
        self,
        *,
        load_w: Power = 0.0,
        panels_w: Power = 0.0,
        starts_at: float = 0.0,
        speed: float = 1.0,
        step_s: float = 60.0,
        has_meter: bool = True,
    ) -> None:
        """`load_w` and `panels_w`: a number, a list (one per `step_s`, repeating from `starts_at`)
        or a function of the physics moment. `starts_at`: seconds since 1970, UTC."""
        self._load = self._series(load_w, step_s, starts_at)
        self._panels = self._series(panels_w, step_s, starts_at)
        self.starts_at = self.now = self.next_event_at = starts_at
        self.speed, self.has_meter = speed, has_meter
        self.devices: list[SimulatedDevice] = []
        self.load_w = self.panels_w = self.grid_power_w = 0.0
        self.imported_wh = self.exported_wh = 0.0
        self._flow_changes_at = self._settled_at = starts_at
        self._is_meeting = False

    @staticmethod
    def _series(power: Power, step_s: float, starts_at: float) -> Series:
        return series(power, step_s=step_s, starts_at=starts_at)

    def join(self, device: "SimulatedDevice") -> None:
        self.devices.append(device)
        self.next_event_at = self.now

    def sun_time(self, at: float) -> float:
        """The moment of physics that belongs to a moment of the device clocks."""
        return self.starts_at + (at - self.starts_at) * self.speed

    def clock_time(self, sun_time: float) -> float:
        return self.starts_at + (sun_time - self.starts_at) / self.speed

    def hours(self, seconds: float) -> float:
        """Hours of physics in so many seconds of the device clocks."""
        return seconds * self.speed / 3600

    def advance(self, to: float) -> None:
        """Let time pass up to `to`; a moment in the past changes nothing."""
        while self.next_event_at <= to:
            self._meet_event(max(self.now, self.next_event_at))
        self.now = max(self.now, to)

    def stir(self) -> None:
        """Something changed now (an order, a fault): share the load anew at once."""
        if not self._is_meeting:
            self._meet_event(self.now)

    def settle_meter(self) -> None:
        """Bring the energy of the meter up to now."""
        hours = self.hours(self.now - self._settled_at)
        self._settled_at = self.now
        self.imported_wh += max(0.0, self.grid_power_w) * hours
        self.exported_wh += max(0.0, -self.grid_power_w) * hours

    def _meet_event(self, at: float) -> None:
        self.now, self._is_meeting = at, True
        self.settle_meter()
        self._read_flow(at)
        for device in self.devices:
            device.settle(at)
            device.meet(at)
        self._share_load(at)
        self._is_meeting = False
        nearest = min((device.next_event(at) for device in self.devices), default=math.inf)
        self.next_event_at = max(at + SMALLEST_STEP_S, min(nearest, self._flow_changes_at))

    def _read_flow(self, at: float) -> None:
        if at < self._flow_changes_at:
            return
        sun_time = self.sun_time(at) + SMALLEST_STEP_S / 10  # on a boundary: the new power
        self.load_w, load_until = self._load(sun_time)
        self.panels_w, panels_until = self._panels(sun_time)
        until = min(load_until, panels_until)
        self._flow_changes_at = math.inf if math.isinf(until) else self.clock_time(until)

    def _share_load(self, at: float) -> None:
        """Fixed set points first; what is left at the meter goes to those that follow it."""
        followers = []
        flow_w = self.load_w - self.panels_w
        for device in self.devices:
            wish = device.wish(at)
            if wish.power_w is None:
                followers.append(device)
            else:
                flow_w += device.run(wish.power_w, wish)
        self.grid_power_w = self._balance(flow_w, followers)

    def _balance(self, flow_w: float, followers: "list[SimulatedDevice]") -> float:
        """Equal parts, the rest of a limited one shared by the others: the same each time."""
        wanted_w = 0.0 if abs(flow_w) < DEADBAND_W else -flow_w
        limits = sorted(
            (abs(device.limit_w(wanted_w)), number) for number, device in enumerate(followers)
        )
        left_w = wanted_w
        for place, (_, number) in enumerate(limits):
            carried_w = followers[number].run(left_w / (len(limits) - place), None)
            left_w -= carried_w
            flow_w += carried_w
        return flow_w
