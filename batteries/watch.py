"""What is remembered of one battery between polls, in memory of the process that polls.

It is seeded from the battery's row, so a restart forgets no last good value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from .marstek import meter_guard
from .marstek.gateway import Answer
from .marstek.meter_guard import MeterGuard, Observation
from .marstek.plausibility import Doubt, Plausibility
from .marstek.profiles import Fault, Profile
from .marstek.values import BatteryStatus, EnergyStatus, MeterStatus
from .models import Battery
from .profile import battery_profile
from .readings import MODE_TYPES

V = TypeVar("V")
REFUSALS_BELIEVED = 2  # "method not found" answers before a method is no longer asked
MODES = {int(number): mode for mode, number in MODE_TYPES.items()}


@dataclass(slots=True)
class Watch:
    """Doubtful values, the meter guard's state, and methods that were refused."""

    plausibility: Plausibility
    guard: MeterGuard
    doubts: dict[str, tuple[Doubt, ...]] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    silences_alone: int = 0  # polls in a row that it answered only among all

    @classmethod
    def of(cls, battery: Battery) -> Watch:
        """What the battery's row still tells."""
        plausibility = Plausibility(
            soc_percent=battery.soc,
            discharged_energy_wh=battery.discharged_energy,
            charged_energy_wh=battery.charged_energy,
            counters_at=battery.status_at,
        )
        guard = MeterGuard(
            pace=meter_guard.Pace(battery.pace),
            why=meter_guard.Why(battery.pace_reason or meter_guard.Why.UNDISTURBED),
            since=battery.pace_since,
            rest=_rest(battery),
            has_had_meter=battery.grid_power is not None,
        )
        return cls(plausibility, guard)

    def checked(
        self, value: EnergyStatus | BatteryStatus, profile: Profile, at: datetime
    ) -> EnergyStatus | BatteryStatus:
        """The value with doubtful fields left out; why is in `doubts`."""
        if isinstance(value, EnergyStatus):
            energy, self.doubts["energy"] = self.plausibility.check_energy(value, profile, at=at)
            return energy
        pack, self.doubts["pack"] = self.plausibility.check_battery(value)
        return pack

    def doubt_codes(self) -> list[str]:
        """Every doubt of the last readings, each once, in a stable order."""
        return sorted({doubt.value for doubts in self.doubts.values() for doubt in doubts})

    def is_missing(self, method: str) -> bool:
        """Count one more "method not found"; whether it is to be believed by now."""
        self.refusals[method] = self.refusals.get(method, 0) + 1
        return self.refusals[method] >= REFUSALS_BELIEVED

    def observe(self, battery: Battery, answers: Mapping[str, Answer]) -> bool:
        """Let the meter guard see one poll's state and meter; whether the pace changed."""
        state, meter = _first(answers, EnergyStatus), _first(answers, MeterStatus)
        if state is None:
            return False
        before = self.guard.pace
        status, at = state
        seen = Observation(
            at=at,
            ct_connected=None if meter is None else meter[0].ct_connected,
            mode=None if battery.mode is None else MODES.get(battery.mode),
            battery_power_w=status.battery_power_w,
            grid_power_w=None if meter is None else meter[0].grid_power_w,
            soc_percent=status.soc_percent,
            is_prone=Fault.METER_THEFT in battery_profile(battery).faults,
        )
        return self.guard.observe(seen) is not before


def guard_columns(guard: MeterGuard) -> dict[str, object]:
    """What the battery's row keeps of its guard, so that a rest goes on after a restart."""
    return {
        "pace": guard.pace.value,
        "pace_reason": guard.why.value,
        "pace_since": guard.since,
        "pace_rest_s": round(guard.rest.total_seconds()),
    }


def _rest(battery: Battery) -> timedelta:
    kept_s: int | None = battery.pace_rest_s
    return meter_guard.FIRST_REST if kept_s is None else timedelta(seconds=kept_s)


def _first(answers: Mapping[str, Answer], kind: type[V]) -> tuple[V, datetime] | None:
    """The first value of this kind among the answers, and when it came."""
    for answer in answers.values():
        if isinstance(answer.value, kind):
            return answer.value, answer.received_at
    return None
