"""Whether a process does its work, seen from another machine or container: it signs each minute."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import close_old_connections

from .signs import ProcessSign

EVERY_S = 60.0
FRESH = timedelta(minutes=3)


def sign(name: str, now: datetime) -> None:
    """Say that the process of this name does its work now."""
    ProcessSign.objects.bulk_create(
        [ProcessSign(name=name, seen_at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["seen_at"],
    )


def is_present(name: str, now: datetime) -> bool:
    """Whether the process of this name has signed within three minutes."""
    return ProcessSign.objects.filter(name=name, seen_at__gt=now - FRESH).exists()


def last_sign(name: str) -> datetime | None:
    """When this name signed last."""
    signs = ProcessSign.objects.filter(name=name)
    return signs.values_list("seen_at", flat=True).first()


def show_presence(name: str, clock: Callable[[], datetime], works: Callable[[], bool]) -> None:
    """Sign from a thread of this process each minute, while `works()`."""
    thread = threading.Thread(target=_sign, args=(name, clock, works), name=name, daemon=True)
    thread.start()


def _sign(name: str, clock: Callable[[], datetime], works: Callable[[], bool]) -> None:
    pause = threading.Event()
    while True:
        with suppress(DatabaseError):  # away: there is no sign, and others say why
            close_old_connections()
            if works():
                sign(name, clock())
        pause.wait(EVERY_S)
