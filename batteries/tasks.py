"""Doors from the queue `devices` to the poller."""

from __future__ import annotations

from collections.abc import Sequence

from celery import Task, shared_task
from django.utils import timezone

from notifications.queue import has_expired

from .devices import clock, current_poller
from .discovery import run_waiting
from .history import delete_expired
from .rolling import roll_up
from .selectors import pollable_batteries


@shared_task(name="batteries.poll_batteries", ignore_result=True, bind=True)
def poll_batteries(self: Task[[], None], battery_ids: Sequence[int] | None = None) -> None:
    """Read these batteries once, now. Twice only reads twice; the next sweep is the retry."""
    poller = current_poller()
    if poller is not None and not has_expired(self.request, timezone.now()):
        poller.poll_now(pollable_batteries(battery_ids))


@shared_task(name="batteries.discover_batteries", ignore_result=True)
def discover_batteries() -> None:
    """Run the searches that wait. Twice runs each of them once: a search is claimed by its row."""
    poller = current_poller()
    if poller is not None:
        run_waiting(poller.find_devices, clock)


@shared_task(name="batteries.expire_history", ignore_result=True)
def expire_history() -> None:
    """Delete history older than HISTORY_DAYS. Twice deletes nothing more."""
    delete_expired(timezone.now())


@shared_task(name="batteries.roll_up_energy", ignore_result=True)
def roll_up_energy() -> None:
    """Sum what batteries said into quarters of an hour. Twice changes nothing more."""
    roll_up(timezone.now())
