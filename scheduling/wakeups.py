"""The beat entries of schedules: they wake the desk at each start and end, nothing more.

`ScheduleConfig` is the truth, these rows are written from it: whatever somebody changes in them is
gone with the next `sync_schedule`. A late, doubled or lost wake-up is harmless: the desk reads the
clock and the schedules by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import NamedTuple

from django_celery_beat.models import PeriodicTask

from . import beat_rows
from .intentions import ScheduleConfig
from .situation import ALL_DAYS

WAKE = "marstek: wake: "
TASK = "scheduling.carry_out_orders"
EXPIRE_S = 60
NAMED = re.compile(rf"{WAKE}schedule (\d+) (?:starts|ends)")


class Edge(NamedTuple):
    """A start or an end: on days of the week (bit 0 = Monday), at a time of Paris."""

    word: str
    clock: time
    week_days: int


def schedule_id_of(row_name: str) -> int | None:
    """Which schedule a beat entry belongs to; None where it is no wake-up."""
    found = NAMED.fullmatch(row_name)
    return int(found[1]) if found else None


def is_wakeup(row_name: str) -> bool:
    """Whether a beat entry is ours to write alone."""
    return row_name.startswith(WAKE)


def edges(schedule: ScheduleConfig) -> tuple[Edge, Edge]:
    """When the windows start and when they end: over midnight on the day after."""
    starts, ends, days = schedule.start_time, schedule.end_time, schedule.week_days
    return Edge("starts", starts, days), Edge("ends", ends, days if ends > starts else _later(days))


def write_wakeups(schedule: ScheduleConfig) -> dict[str, str]:
    """The entries of one schedule as it is now; what happened to each, by its name."""
    if not schedule.is_active:
        return drop_wakeups(schedule.pk)
    return dict(_write(schedule, edge) for edge in edges(schedule))


def drop_wakeups(schedule_id: int) -> dict[str, str]:
    """Remove the entries of one schedule."""
    return dict(_drop(PeriodicTask.objects.filter(name__startswith=_prefix(schedule_id))))


def sync_wakeups() -> dict[str, str]:
    """Every schedule's entries, and no other."""
    done: dict[str, str] = {}
    for schedule in ScheduleConfig.objects.filter(is_active=True).order_by("pk"):
        done |= write_wakeups(schedule)
    others = PeriodicTask.objects.filter(name__startswith=WAKE).exclude(name__in=done)
    return done | dict(_drop(others))


def _write(schedule: ScheduleConfig, edge: Edge) -> tuple[str, str]:
    name = f"{_prefix(schedule.pk)}{edge.word}"
    row = PeriodicTask.objects.filter(name=name).first()
    changed = beat_rows.keep(row or PeriodicTask(name=name), _wanted(schedule, edge))
    return name, "created" if row is None else "updated" if changed else "kept"


def _wanted(schedule: ScheduleConfig, edge: Edge) -> dict[str, object]:
    """Every column that says whether, when and what."""
    return {
        "task": TASK,
        "crontab": beat_rows.crontab(edge.clock, _day_of_week(edge.week_days)),
        "enabled": True,
        "one_off": False,
        "args": "[]",
        "kwargs": "{}",
        "expire_seconds": EXPIRE_S,
        "description": f"Wakes the devices process: “{schedule.name}” {edge.word}.",
    } | dict.fromkeys(("interval", "solar", "clocked", "start_time", "expires", "queue"))


def _drop(rows: Iterator[PeriodicTask]) -> Iterator[tuple[str, str]]:
    for row in rows:
        row.delete()  # one by one: beat is told
        yield row.name, "deleted"


def _prefix(schedule_id: int) -> str:
    return f"{WAKE}schedule {schedule_id} "


def _later(week_days: int) -> int:
    """The days after these."""
    return (week_days << 1 | week_days >> 6) & ALL_DAYS


def _day_of_week(week_days: int) -> str:
    if week_days == ALL_DAYS:
        return "*"
    return ",".join(str((bit + 1) % 7) for bit in range(7) if week_days >> bit & 1)
