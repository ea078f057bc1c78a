"""Doors from the queues to the services."""

from __future__ import annotations

from celery import Task, shared_task
from django.utils import timezone

from batteries.devices import current_poller
from batteries.discovery import remind
from notifications.heartbeat import beat_heart
from notifications.queue import has_expired

from .process import wake_desk
from .red_result import report_red_days
from .red_watch import watch_red_days
from .services import tend


@shared_task(name="scheduling.tend_batteries", ignore_result=True, bind=True)
def tend_batteries(self: Task[[], None]) -> None:
    """Tend every battery once. Twice is harmless: a sweep that overlaps another does nothing."""
    now = timezone.now()
    poller = current_poller()
    if poller is not None and not has_expired(self.request, now):
        remind(now)
        tend(poller, now)
        beat_heart("tended")
        wake_desk()


@shared_task(name="scheduling.carry_out_orders", ignore_result=True)
def carry_out_orders() -> None:
    """Wake the desk: an order waits. Twice only looks twice; without it the desk looks by itself
    within 5 s."""
    wake_desk()


@shared_task(name="scheduling.report_red_day", ignore_result=True)
def report_red_day() -> None:
    """Tell what a red day brought. Twice tells it once."""
    report_red_days(timezone.now())


@shared_task(name="scheduling.watch_red_days", ignore_result=True)
def look_after_red_days() -> None:
    """Rehearse, and tell what people must know of red days. Touches no battery; twice is
    harmless."""
    watch_red_days(timezone.now())
