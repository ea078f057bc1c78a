"""The periodic tasks that the code owns, kept in django-celery-beat's tables.

A person may edit or switch off each of them in the admin; that survives restarts and updates. A
default that nobody changed follows the code: the row's description remembers the default it got.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from django.db import transaction
from django.utils import translation
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from .beat_rows import Schedule, crontab, first_or_new, keep
from .wakeups import sync_wakeups

OWNED = "marstek: "


@dataclass(frozen=True, slots=True)
class Periodic:
    """One task of ours: every so many seconds, or each day at HH:MM in Paris."""

    name: str
    task: str
    every_s: int | None = None
    at: str = ""
    expire_s: int | None = None

    @property
    def row_name(self) -> str:
        return f"{OWNED}{self.name}"

    def schedule(self) -> Schedule:
        """The schedule's row, made where it is missing."""
        if self.every_s is not None:
            return first_or_new(
                IntervalSchedule, every=self.every_s, period=IntervalSchedule.SECONDS
            )
        return crontab(time.fromisoformat(self.at))


PERIODIC = (
    Periodic("tend the batteries", "scheduling.tend_batteries", every_s=60, expire_s=50),
    Periodic("watch red days", "scheduling.watch_red_days", every_s=60, expire_s=50),
    Periodic("tell of Tempo", "tempo.tell_alerts", every_s=60, expire_s=50),
    Periodic("fetch Tempo colours", "tempo.fetch_colours", every_s=60, expire_s=50),
    Periodic("deliver messages", "notifications.deliver", every_s=60, expire_s=55),
    Periodic("call the heartbeat URL", "notifications.call_heartbeat", every_s=300, expire_s=290),
    Periodic("watch the machine", "marstek_site.watch_machine", every_s=300, expire_s=290),
    Periodic("roll up energy", "batteries.roll_up_energy", every_s=300, expire_s=240),
    Periodic("report the red day", "scheduling.report_red_day", at="22:10", expire_s=3600),
    Periodic("expire history", "batteries.expire_history", at="03:40", expire_s=3600),
    Periodic("expire notices", "notifications.expire_notices", at="03:50", expire_s=3600),
)


@transaction.atomic
def sync_schedule() -> dict[str, str]:
    """Make the beat tables hold what the code owns; what happened to each row, by its name.

    The task and its expiry are the code's; the times and the switch are a person's once changed.
    Wake-ups of schedules are the code's whole.
    """
    done = {periodic.row_name: _upsert(periodic) for periodic in PERIODIC} | sync_wakeups()
    for orphan in PeriodicTask.objects.filter(name__startswith=OWNED).exclude(name__in=done):
        orphan.delete()
        done[orphan.name] = "deleted"
    return done


def _upsert(periodic: Periodic) -> str:
    row = PeriodicTask.objects.filter(name=periodic.row_name).first()
    is_new = row is None
    row = row or PeriodicTask(name=periodic.row_name)
    schedule = periodic.schedule()
    edited = not is_new and row.description != _remembered(_schedule_of(row))
    wanted: dict[str, object] = {"task": periodic.task, "expire_seconds": periodic.expire_s}
    if not edited:
        wanted |= _columns(schedule) | {"description": _remembered(schedule)}
    changed = keep(row, wanted)
    return "created" if is_new else "updated" if changed else "edited" if edited else "kept"


def _columns(schedule: Schedule) -> dict[str, Schedule]:
    is_interval = isinstance(schedule, IntervalSchedule)
    return {
        "interval": schedule if is_interval else None,
        "crontab": None if is_interval else schedule,
    }


def _schedule_of(row: PeriodicTask) -> Schedule:
    return row.interval or row.crontab


def _remembered(schedule: Schedule) -> str:
    with translation.override(None):  # its words change with LANGUAGE, the default does not
        return f"Kept by the application. Default: {schedule}"
