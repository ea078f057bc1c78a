"""Doors from the queue to the site's own services."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from . import machine_watch


@shared_task(name="marstek_site.watch_machine", ignore_result=True)
def watch_machine() -> None:
    """Look at disk and clock. Twice only looks twice."""
    machine_watch.watch_machine(timezone.now())
