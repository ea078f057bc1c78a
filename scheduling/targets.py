"""What a battery shall do: a mode of its own, or a power until a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

LEAST_W = 100  # below, a device neither holds a power well nor uses it well
MINUTES, LONGEST_MINUTES = 60, 1440
LONGEST_OVERRIDE = timedelta(days=7)


class TargetMode(TextChoices):
    """The kinds of orders. Stored: never rename one."""

    AUTO = "auto", pgettext_lazy("target", "Auto")
    AI = "ai", pgettext_lazy("target", "AI")
    HOLD = "hold", pgettext_lazy("target", "Hold")
    CHARGE = "charge", pgettext_lazy("target", "Charge")
    DISCHARGE = "discharge", pgettext_lazy("target", "Discharge")


LEASED = (TargetMode.HOLD, TargetMode.CHARGE, TargetMode.DISCHARGE)  # they end by themselves


@dataclass(frozen=True, slots=True)
class Target:
    """A wish as a person has it. `power_w` > 0 charges; None for auto and ai, and for a charge with
    all that is allowed. `minutes` None: until the next schedule edge."""

    mode_type: TargetMode
    power_w: int | None = None
    minutes: int | None = None
    until_soc: int | None = None

    @classmethod
    def of(
        cls, mode_type: TargetMode, magnitude_w: int | None = None, minutes: int | None = None
    ) -> Target:
        """From a power without sign, as forms and commands have it."""
        if mode_type not in LEASED:
            return cls(mode_type)
        magnitude = 0 if mode_type == TargetMode.HOLD else magnitude_w or 0
        power_w = -magnitude if mode_type == TargetMode.DISCHARGE else magnitude
        return cls(mode_type, power_w, MINUTES if minutes is None else minutes)
