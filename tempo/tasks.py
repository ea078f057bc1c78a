"""Doors from the queue `default` to the services."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from .fetching import fetch_due
from .telling import tell_alerts

log = logging.getLogger(__name__)
LONGEST_S = 240


@shared_task(name="tempo.fetch_colours", ignore_result=True, time_limit=LONGEST_S)
def fetch_colours() -> None:
    """Ask the sources that are due. Twice asks once: a question is claimed by its row.

    The log has a line where a source begins to fail, and where it answers again.
    """
    for one in fetch_due(timezone.now()):
        if one.is_news:
            log.warning("%s", one.fault or f"{one.source.label} answers again.")


@shared_task(name="tempo.tell_alerts", ignore_result=True)
def tell() -> None:
    """Tell people what they must know of colours and prices. Twice tells once."""
    tell_alerts(timezone.now())
