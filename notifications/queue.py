"""The one way to start work in the background: by a task's name, after commit.

Celery carries hints, the database carries truth: a broker that is away is no error here.
"""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
PUBLISH_POLICY = {"max_retries": 0}


def start_task(name: str, *args: object) -> None:
    """Ask for the task `name` once the current transaction has committed."""
    transaction.on_commit(partial(_publish, name, args))


def _publish(name: str, args: tuple[object, ...]) -> None:
    try:
        current_app.send_task(name, args=args, retry=False, expires=120)
    except (OperationalError, OSError) as error:
        log.warning(
            "queue away, %s was not started (it starts with the next tick): %s", name, error
        )
