"""After a sudden stop: since when nothing was tended, and how the batteries are.

Each tending of the batteries signs; a clean stop signs, too. A gap without one is a sudden stop:
no current, a crash, a machine that was asleep.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from batteries.models import Battery, ModeType
from batteries.presentation import is_silent
from notifications.events import Event
from notifications.notices import notify
from notifications.presence import last_sign, sign

TENDED, STOPPED = "batteries tended", "batteries let go"
GAP = timedelta(minutes=5)  # a process that died alone is back long before


def sudden_stop(now: datetime) -> datetime | None:
    """Since when nothing was tended, where that is a gap that nobody wanted."""
    tended_at = last_sign(TENDED)
    if tended_at is None or now - tended_at < GAP:
        return None
    stopped_at = last_sign(STOPPED)
    return None if stopped_at is not None and stopped_at >= tended_at else tended_at


def tell_restart(since: datetime, now: datetime) -> None:
    """Say it, with what each battery has just told."""
    batteries = Battery.objects.active().order_by("id")
    states = [_state(battery, now) for battery in batteries]
    params = {"since": since, "at": now, "batteries": states}
    notify(Event.UNCLEAN_RESTART, "machine", params=params, now=now)


def _state(battery: Battery, now: datetime) -> dict[str, Any]:
    if battery.mode is None or is_silent(battery, now):
        return {"name": battery.name}
    return {"name": battery.name, "mode": str(ModeType(battery.mode).label), "soc": battery.soc}


def note_tended(now: datetime) -> None:
    """The batteries were tended."""
    sign(TENDED, now)


def note_clean_stop(now: datetime) -> None:
    """They are left on purpose: the gap that follows is nobody's fault."""
    sign(STOPPED, now)
