"""The one way to start work in the background: by a task's name, after commit.

Celery carries hints, the database carries truth: a broker that is away is no error here.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import Any

from celery import current_app
from celery.app.task import Context
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
BROKER_PATIENCE_S = 1.0


def start_task(name: str, *args: object) -> None:
    """Ask for the task `name` once the current transaction has committed."""
    transaction.on_commit(partial(publish, name, args))


def publish(name: str, args: tuple[object, ...] = ()) -> None:
    """Ask for the task `name` now; a broker that is away is said in one line and forgotten.

    Over a connection of its own: workers wait on theirs without a time-out, a page may not.
    """
    patience = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), BROKER_PATIENCE_S)
    once = patience | {"max_retries": 0}  # retry=False alone does not keep kombu from it
    try:
        with current_app.connection_for_write(transport_options=once) as broker:
            current_app.send_task(name, args=args, connection=broker, retry=False, expires=120)
    except (OperationalError, OSError) as error:
        log.warning(
            "queue away, %s was not started (it starts with the next tick): %s", name, error
        )


def has_expired(request: Context, now: datetime) -> bool:
    """Whether a task that waited in a thread pool is no longer wanted (Celery does not check)."""
    expires: Any = request.expires  # an ISO text, or a datetime
    if isinstance(expires, str):
        expires = datetime.fromisoformat(expires)
    return bool(expires is not None and expires <= now)
