"""Doors from the queue `default` to the services."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from .delivering import deliver_due
from .expiry import delete_old_notices
from .lifeline import CALL, call_heartbeat
from .outbox import DELIVER


@shared_task(name=DELIVER, ignore_result=True)
def deliver() -> None:
    """Send what is due. Twice at once sends nothing twice; each minute it runs by itself."""
    deliver_due(timezone.now)


@shared_task(name=CALL, ignore_result=True)
def heartbeat() -> None:
    """Tell the outside that all is well, unless it is not."""
    call_heartbeat(timezone.now())


@shared_task(name="notifications.expire_notices", ignore_result=True)
def expire_notices() -> None:
    """Delete notices that were over a year ago. Twice deletes nothing more."""
    delete_old_notices(timezone.now())
