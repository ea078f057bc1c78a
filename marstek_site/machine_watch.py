"""What people must hear of this machine: its disk fills, nothing keeps its clock right."""

from __future__ import annotations

import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from notifications.events import Event
from notifications.notices import notify, recover

from .checkup.machine import DISK_LOW_MB, MB, existing, is_synchronised

SUBJECT = "machine"
ROOM_AGAIN = 1.2  # times the limit: a disk at the limit is told once
CLOCK_SETTLES = timedelta(minutes=15)  # after the machine started


def watch_machine(now: datetime) -> None:
    """Notify what is so, recover what is over, leave what nobody knows."""
    usage = shutil.disk_usage(existing(Path(settings.VAR_DIR)))
    tell_disk(usage.free, usage.total, now)
    up = timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))
    tell_clock(is_synchronised(), up, now)


def tell_disk(free: float, total: float, now: datetime) -> None:
    """Room for what is recorded [bytes]."""
    if free < DISK_LOW_MB * MB:
        params = {"free_percent": round(100 * free / total)}
        notify(Event.DISK_FILLING, SUBJECT, params=params, now=now)
    elif free >= DISK_LOW_MB * MB * ROOM_AGAIN:
        recover(Event.DISK_FILLING, SUBJECT, now=now)


def tell_clock(synchronised: bool | None, up: timedelta, now: datetime) -> None:
    """`synchronised` None: this machine does not tell."""
    if synchronised:
        recover(Event.CLOCK_WRONG, SUBJECT, now=now)
    elif synchronised is False and up >= CLOCK_SETTLES:
        notify(Event.CLOCK_WRONG, SUBJECT, params={}, now=now)
