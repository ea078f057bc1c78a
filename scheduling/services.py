"""Tending the batteries: read each that is due, and tell what people must know of them."""

from __future__ import annotations

from datetime import datetime

from batteries.models import Battery
from batteries.poller import Poller
from batteries.selectors import is_due, pollable_batteries

from .telling import tell_state


def tend(poller: Poller, now: datetime) -> int:
    """Poll every battery whose turn it is; the number that were polled."""
    due = [battery for battery in pollable_batteries() if is_due(battery, now)]
    polled = poller.sweep(due)
    if due:
        ids = [battery.pk for battery in due]
        tell_state(list(Battery.objects.active().filter(pk__in=ids)), poller.clock())
    return polled
