"""What a battery shall do: a mode of its own, or a power until a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

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
    all that is allowed. Ends at `until`, else after `minutes`, else at the next schedule edge."""

    mode_type: TargetMode
    power_w: int | None = None
    minutes: int | None = None
    until_soc: int | None = None
    until: datetime | None = None

    @classmethod
    def of(
        cls,
        mode_type: TargetMode,
        magnitude_w: int | None = None,
        minutes: int | None = None,
        *,
        until: datetime | None = None,
        until_soc: int | None = None,
    ) -> Target:
        """From a power without sign, as forms and commands have it. A charge up to a state of
        charge needs neither power nor end; other powers last an hour unless something is said."""
        if mode_type not in LEASED:
            return cls(mode_type, minutes=minutes, until=until)
        power_w = _signed(mode_type, magnitude_w, until_soc)
        if minutes is None and until is None and until_soc is None:
            minutes = MINUTES
        return cls(mode_type, power_w, minutes, until_soc, until)

    def ends_at(self, now: datetime) -> datetime | None:
        """When it ends by its own words; None where it leaves that to the schedules."""
        if self.until is not None or self.minutes is None:
            return self.until
        return now + timedelta(minutes=self.minutes)


def _signed(mode_type: TargetMode, magnitude_w: int | None, until_soc: int | None) -> int | None:
    if mode_type == TargetMode.HOLD:
        return 0
    if mode_type == TargetMode.CHARGE and magnitude_w is None and until_soc is not None:
        return None
    return (magnitude_w or 0) * (-1 if mode_type == TargetMode.DISCHARGE else 1)


@dataclass(frozen=True, slots=True)
class HandsOff:
    """Nothing shall be written, whatever happens: until then, else until the next schedule edge."""

    until: datetime | None = None

    def ends_at(self, now: datetime) -> datetime | None:  # noqa: ARG002  as a target
        """When it ends by its own words."""
        return self.until


Wanted = Target | HandsOff
