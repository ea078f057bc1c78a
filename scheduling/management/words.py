"""What several commands read from their arguments."""

from __future__ import annotations

from datetime import datetime

from django.core.management.base import CommandError

from batteries.models import Battery
from scheduling.ends import instant_of


def named(name: str) -> Battery:
    """The battery of this name. Raises `CommandError` with the names that there are."""
    battery = Battery.objects.filter(name=name).first()
    if battery is None:
        known = ", ".join(Battery.objects.active().values_list("name", flat=True)) or "none"
        raise CommandError(f"no battery is named {name!r}; there are: {known}")
    return battery


def instant(text: str) -> datetime:
    """A moment of --at. Raises `CommandError`."""
    try:
        return instant_of(text)
    except (ValueError, OverflowError) as error:
        raise CommandError(f"{text!r} is no moment: write it as 2026-11-25T22:00") from error
