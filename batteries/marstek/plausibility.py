"""Readings that cannot be true are held back until they repeat, and marked.

One `Plausibility` a device; no clock, no I/O. A held field is None in what comes back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .profiles import Profile
from .values import BatteryStatus, EnergyStatus


class Doubt(StrEnum):
    """Why a field was held or marked. Stable codes: never rename one."""

    SOC_ZERO = "soc_zero"
    COUNTER_BACK = "counter_back"
    COUNTER_JUMPED = "counter_jumped"
    TEMPERATURE_OUT_OF_RANGE = "temperature_out_of_range"
    POWER_WRAPPED = "power_wrapped"
    POWER_BEYOND_MODEL = "power_beyond_model"
    REMAINING_CONTRADICTS_SOC = "remaining_contradicts_soc"


SOC_AGREE = 3  # a false 0 lasts a few polls
SOC_ZERO_FROM = 10  # below, an empty battery may truly reach 0
COUNTER_AGREE = 2
TEMPERATURE_AGREE = 3
POWER_AGREE = 3
WRAP_AGREE = 2
TEMPERATURE_RANGE_C = (-20.0, 60.0)
TEMPERATURE_POSSIBLE_C = (-40.0, 90.0)  # outside, no repetition makes it true
POWER_MARGIN = 1.25
SOLAR_LIMIT_W = 6000
COUNTER_SLACK_WH = 1000
COUNTER_MARGIN = 1.5
LONGEST_GAP = timedelta(days=30)  # then any counter is as good as new
REMAINING_RATIO = 4.0  # a wrong scale is off by 10 or 100
COUNTERS = ("pv_energy_wh", "discharged_energy_wh", "charged_energy_wh")
POWERS = ("ongrid_power_w", "offgrid_power_w", "battery_power_w")


@dataclass(slots=True)
class Plausibility:
    """What one device said before. Seed it from the last stored reading; all may stay None.

    `counters_at`: the moment of the last accepted counters, for how far they can have moved.
    """

    soc_percent: int | None = None
    pv_energy_wh: int | None = None
    discharged_energy_wh: int | None = None
    charged_energy_wh: int | None = None
    counters_at: datetime | None = None
    _repeats: dict[str, int] = field(default_factory=dict)
    _candidates: dict[str, int] = field(default_factory=dict)

    def check_energy(
        self, status: EnergyStatus, profile: Profile, *, at: datetime
    ) -> tuple[EnergyStatus, tuple[Doubt, ...]]:
        """The status with doubtful fields None, and why."""
        doubts: list[Doubt] = []
        changed: dict[str, Any] = {
            name: self._counter(name, status, profile, at, doubts) for name in COUNTERS
        }
        soc_percent = self._soc("ES", status.soc_percent, doubts)
        checked = replace(status, soc_percent=soc_percent, **changed)
        checked = self._powers(checked, profile, doubts)
        self.counters_at = at
        return checked, _once(doubts)

    def check_battery(self, status: BatteryStatus) -> tuple[BatteryStatus, tuple[Doubt, ...]]:
        """The status with doubtful fields None, and why."""
        doubts: list[Doubt] = []
        soc_percent = self._soc("Bat", status.soc_percent, doubts)
        checked = replace(
            status,
            soc_percent=soc_percent,
            temperature_c=self._temperature(status.temperature_c, doubts),
            remaining_wh=_remaining(status, soc_percent, doubts),
        )
        return checked, _once(doubts)

    def _soc(self, source: str, soc_percent: int | None, doubts: list[Doubt]) -> int | None:
        if soc_percent is None:
            return None
        before = self.soc_percent
        is_doubtful = soc_percent == 0 and (before is None or before >= SOC_ZERO_FROM)
        if self._is_held(f"soc {source}", is_doubtful, SOC_AGREE):
            doubts.append(Doubt.SOC_ZERO)
            return None
        self.soc_percent = soc_percent
        return soc_percent

    def _temperature(self, value: float | None, doubts: list[Doubt]) -> float | None:
        """Shown after it repeated: a truly hot battery must be seen. Marked in any case."""
        if value is None:
            return None
        is_doubtful = not _within(value, TEMPERATURE_RANGE_C)
        is_held = self._is_held("temperature", is_doubtful, TEMPERATURE_AGREE)
        if is_doubtful:
            doubts.append(Doubt.TEMPERATURE_OUT_OF_RANGE)
        return value if not is_held and _within(value, TEMPERATURE_POSSIBLE_C) else None

    def _counter(
        self, name: str, status: EnergyStatus, profile: Profile, at: datetime, doubts: list[Doubt]
    ) -> int | None:
        value: int | None = getattr(status, name)
        before: int | None = getattr(self, name)
        if value is None:
            return None
        doubt = self._counter_doubt(value, before, profile, at)
        if doubt is not None and not self._is_confirmed(name, value, profile, at):
            self._candidates[name] = value
            doubts.append(doubt)
            return None
        self._candidates.pop(name, None)
        setattr(self, name, value)
        return value

    def _counter_doubt(
        self, value: int, before: int | None, profile: Profile, at: datetime
    ) -> Doubt | None:
        if before is None:
            return None
        if value < before:
            return Doubt.COUNTER_BACK
        return Doubt.COUNTER_JUMPED if value - before > self._most_wh(profile, at) else None

    def _is_confirmed(self, name: str, value: int, profile: Profile, at: datetime) -> bool:
        """Whether the reading goes on from the held one, as a counter does."""
        candidate = self._candidates.get(name)
        return candidate is not None and 0 <= value - candidate <= self._most_wh(profile, at)

    def _most_wh(self, profile: Profile, at: datetime) -> float:
        """How far a counter can have moved since the last reading."""
        gap = LONGEST_GAP if self.counters_at is None else at - self.counters_at
        if gap >= LONGEST_GAP:
            return float("inf")
        power_w = max(profile.max_charge_w, profile.max_discharge_w, SOLAR_LIMIT_W)
        hours = max(gap.total_seconds(), 0.0) / 3600
        return COUNTER_SLACK_WH + COUNTER_MARGIN * power_w * hours

    def _powers(self, status: EnergyStatus, profile: Profile, doubts: list[Doubt]) -> EnergyStatus:
        held: dict[str, Any] = {}
        for name in POWERS:
            if self._is_power_held(name, status, profile, doubts):
                held[name] = None
        if "ongrid_power_w" in held or "offgrid_power_w" in held:
            held["battery_power_w"] = None  # mostly derived from them
        return replace(status, **held) if held else status

    def _is_power_held(
        self, name: str, status: EnergyStatus, profile: Profile, doubts: list[Doubt]
    ) -> bool:
        value: int | None = getattr(status, name)
        if value is None:
            return False
        is_wrapped = name in status.unwrapped
        is_beyond = abs(value) > _most_w(name, profile)
        doubts += [Doubt.POWER_WRAPPED] * is_wrapped + [Doubt.POWER_BEYOND_MODEL] * is_beyond
        wrap_held = self._is_held(f"{name} wrapped", is_wrapped, WRAP_AGREE)
        return self._is_held(name, is_beyond, POWER_AGREE) or wrap_held

    def _is_held(self, name: str, is_doubtful: bool, agree: int) -> bool:
        """Count doubtful readings in a row; from the `agree`-th on they are believed."""
        self._repeats[name] = self._repeats.get(name, 0) + 1 if is_doubtful else 0
        return is_doubtful and self._repeats[name] < agree


def _remaining(status: BatteryStatus, soc_percent: int | None, doubts: list[Doubt]) -> int | None:
    """Energy left that is off by a power of ten is a wrong scale: never right by repetition."""
    remaining, rated = status.remaining_wh, status.rated_capacity_wh
    if remaining is None or rated is None or soc_percent is None or soc_percent < SOC_ZERO_FROM:
        return remaining
    expected = rated * soc_percent / 100
    if expected / REMAINING_RATIO <= remaining <= expected * REMAINING_RATIO:
        return remaining
    doubts.append(Doubt.REMAINING_CONTRADICTS_SOC)
    return None


def _most_w(name: str, profile: Profile) -> float:
    limit_w = max(profile.max_charge_w, profile.max_discharge_w)
    if name == "battery_power_w" and profile.has_pv is not False:
        limit_w += SOLAR_LIMIT_W
    return POWER_MARGIN * limit_w


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _once(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    return tuple(dict.fromkeys(doubts))
