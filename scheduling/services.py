"""Tending the batteries: read each that is due, then bring it to what was decided.

The reconcile step comes with the orders: it takes each reading as it arrives.
"""

from __future__ import annotations

from datetime import datetime

from batteries.poller import Poller
from batteries.selectors import is_due, pollable_batteries


def tend(poller: Poller, now: datetime) -> int:
    """Poll every battery whose turn it is; the number that were polled."""
    due = [battery for battery in pollable_batteries() if is_due(battery, now)]
    return poller.sweep(due)
