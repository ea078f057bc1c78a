"""Doors from the queue `default` to the services."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from .fetching import fetch_due
from .telling import tell_alerts

LONGEST_S = 240


@shared_task(name="tempo.fetch_colours", ignore_result=True, time_limit=LONGEST_S)
def fetch_colours() -> None:
    """Ask the sources that are due. Twice asks once: a question is claimed by its row."""
    fetch_due(timezone.now())


@shared_task(name="tempo.tell_alerts", ignore_result=True)
def tell() -> None:
    """Tell people what they must know of colours and prices. Twice tells once."""
    tell_alerts(timezone.now())
