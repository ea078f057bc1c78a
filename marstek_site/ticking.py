"""The clock's schedule: django-celery-beat's, with a sign of life at each tick."""

from __future__ import annotations

from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler

from notifications.heartbeat import beat_heart


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # it has no types
    """Ticks at least every CELERY_BEAT_MAX_LOOP_INTERVAL seconds; one that hangs does not."""

    def tick(self, *args: Any, **options: Any) -> float:
        """Wake what is due. Returns how long to sleep [s]."""
        pause_s: float = super().tick(*args, **options)
        beat_heart("beat")
        return pause_s
