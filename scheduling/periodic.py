"""The periodic tasks that the code owns, kept in django-celery-beat's tables.

A person may edit or switch off each of them in the admin; that survives restarts and updates. A
default that nobody changed follows the code: the row's description remembers the default it got.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

OWNED = "marstek: "
PARIS = ZoneInfo("Europe/Paris")
Schedule = Any  # IntervalSchedule or CrontabSchedule: django-celery-beat has no types


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
            return _first_or_new(
                IntervalSchedule, every=self.every_s, period=IntervalSchedule.SECONDS
            )
        hour, minute = self.at.split(":")
        return _first_or_new(
            CrontabSchedule,
            minute=str(int(minute)),
            hour=str(int(hour)),
            day_of_week="*",
            day_of_month="*",
            month_of_year="*",
            timezone=PARIS,
        )


PERIODIC = (
    Periodic("tend the batteries", "scheduling.tend_batteries", every_s=60, expire_s=50),
    Periodic("deliver messages", "notifications.deliver", every_s=60, expire_s=55),
    Periodic("call the heartbeat URL", "notifications.call_heartbeat", every_s=300, expire_s=290),
    Periodic("expire history", "batteries.expire_history", at="03:40", expire_s=3600),
)


@transaction.atomic
def sync_schedule() -> dict[str, str]:
    """Make the beat tables hold what the code owns; what happened to each row, by its name.

    The task and its expiry are the code's; the times and the switch are a person's once changed.
    """
    done = {periodic.row_name: _upsert(periodic) for periodic in PERIODIC}
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
    wanted = {"task": periodic.task, "expire_seconds": periodic.expire_s}
    if not edited:
        wanted |= _columns(schedule) | {"description": _remembered(schedule)}
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        row.save()
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


def _first_or_new(model: Any, **values: object) -> Schedule:
    """Rows are shared and may be doubled by hand: any one will do."""
    return model.objects.filter(**values).first() or model.objects.create(**values)
