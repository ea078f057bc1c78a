"""How hard a battery may be driven, and who says so: its owner, or its model."""

from __future__ import annotations

from dataclasses import dataclass

from .models import Battery
from .profile import battery_profile


@dataclass(frozen=True, slots=True)
class PowerLimit:
    """The most power in one direction; `is_own`: the owner asks for less than the model can."""

    watts: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class PowerLimits:
    """Both directions."""

    charge: PowerLimit
    discharge: PowerLimit


def power_limits(battery: Battery) -> PowerLimits:
    """The lower of what the owner allows and what the model can do."""
    profile = battery_profile(battery)
    return PowerLimits(
        charge=_least(battery.charge_limit_w, profile.max_charge_w),
        discharge=_least(battery.discharge_limit_w, profile.max_discharge_w),
    )


def _least(own_w: int | None, model_w: int) -> PowerLimit:
    if own_w is None or own_w >= model_w:
        return PowerLimit(model_w, is_own=False)
    return PowerLimit(own_w, is_own=True)
