"""Rows of django-celery-beat that the code writes: schedules are shared, any equal one will do."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django_celery_beat.models import CrontabSchedule

PARIS = ZoneInfo("Europe/Paris")
Schedule = Any  # IntervalSchedule or CrontabSchedule: django-celery-beat has no types


def crontab(clock: time, day_of_week: str = "*") -> Schedule:
    """Each such day (0 = Sunday) at this time of Paris."""
    return first_or_new(
        CrontabSchedule,
        minute=str(clock.minute),
        hour=str(clock.hour),
        day_of_week=day_of_week,
        day_of_month="*",
        month_of_year="*",
        timezone=PARIS,
    )


def first_or_new(model: Any, **values: object) -> Schedule:
    """Rows are shared and may be doubled by hand: any one will do."""
    return model.objects.filter(**values).first() or model.objects.create(**values)


def keep(row: Any, wanted: dict[str, object]) -> bool:
    """Save the row where something differs; whether it did. Saving makes beat read again."""
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        row.save()
    return bool(changed)
