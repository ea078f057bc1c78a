"""Tending the batteries: read each that is due, and tell what people must know of them."""

from __future__ import annotations

from datetime import datetime

from batteries.models import Battery
from batteries.poller import Poller
from batteries.selectors import is_due, pollable_batteries

from .restarting import note_tended, sudden_stop, tell_restart
from .telling import tell_state


def tend(poller: Poller, now: datetime) -> int:
    """Poll every battery whose turn it is; the number that were polled."""
    due = [battery for battery in pollable_batteries() if is_due(battery, now)]
    stopped_at = sudden_stop(now)
    polled = poller.sweep(due)
    if due:
        ids = [battery.pk for battery in due]
        tell_state(list(Battery.objects.active().filter(pk__in=ids)), poller.clock())
    if stopped_at is not None:
        tell_restart(stopped_at, poller.clock())
    note_tended(poller.clock())
    return polled
