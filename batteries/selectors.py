"""What pages, commands and the poller read about batteries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from .marstek.meter_guard import SPARSE_INTERVAL_S
from .models import Battery, Pace, Polling
from .profile import battery_profile

STALE_AFTER_INTERVALS = 2.5
MISSED_POLLS_LOST = 3


def dashboard_batteries() -> list[Battery]:
    """Every battery that is not retired, by name: one query."""
    return list(Battery.objects.active().order_by("name"))


def pollable_batteries(ids: Iterable[int] | None = None) -> list[Battery]:
    """Active batteries that may be polled, in a stable order; `ids` narrows them."""
    batteries = Battery.objects.active().filter(polling=Polling.NORMAL).order_by("id")
    return list(batteries if ids is None else batteries.filter(id__in=list(ids)))


def poll_interval_s(battery: Battery) -> float:
    """How long to wait between two polls of this battery [s]: its firmware's, times its pace."""
    if battery.pace == Pace.SPARSE:
        return SPARSE_INTERVAL_S
    return battery_profile(battery).poll_interval_s * (2 if battery.pace == Pace.HALVED else 1)


def is_due(battery: Battery, now: datetime, *, tolerance_s: float = 5) -> bool:
    """Whether a sweep at `now` shall poll this battery."""
    if battery.polled_at is None or battery.polled_at > now:
        return True  # never polled, or the clock went back
    waited_s: float = (now - battery.polled_at).total_seconds()
    return waited_s >= poll_interval_s(battery) - tolerance_s


def stale_after(battery: Battery) -> timedelta:
    """The age at which a reading of this battery is no longer shown as live."""
    return timedelta(seconds=STALE_AFTER_INTERVALS * poll_interval_s(battery))


def lost_batteries() -> list[Battery]:
    """Active batteries that missed three polls, or where another one answers."""
    polled = Battery.objects.active().filter(polling=Polling.NORMAL)
    return list(polled.filter(Q(missed_polls__gte=MISSED_POLLS_LOST) | Q(fault="wrong_device")))
