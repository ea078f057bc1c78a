"""Telling people: `notify` when something is wrong, `recover` when it is over.

Both are called inside the transaction of what they report, and cost one or two queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from .events import KINDS, Event, Lifetime
from .models import Notification, NotificationQuerySet

Params = Mapping[str, Any]


@transaction.atomic
def notify(event: Event, subject: str, *, params: Params, now: datetime) -> Notification:
    """Say that `event` is so for `subject` ("battery:3", "day:2026-11-26", "machine").

    The first time makes a notice; while it lasts, further calls only count and renew its `params`.
    Dates and moments may stand in `params` as they are.
    """
    found = _standing(event, subject).select_for_update().first()
    if found is not None and not _is_spent(found, now):
        return _again(found, params, now)
    if found is not None:
        Notification.objects.filter(pk=found.pk).update(closed_at=now)
    try:
        with transaction.atomic():
            return _new(event, subject, params, now)
    except IntegrityError:  # somebody else's transaction has just made it
        return _again(_standing(event, subject).get(), params, now)


@transaction.atomic
def recover(
    event: Event, subject: str, *, now: datetime, params: Params | None = None
) -> Notification | None:
    """Say that `event` is over for `subject`: its notice closes, None where there is none.

    `params` are added to those it had. Who was told that it began is told that it is over.
    """
    notice = _standing(event, subject).select_for_update().first()
    if notice is None:
        return None
    notice.params = {**notice.params, **(params or {})}
    notice.recovered_at = now
    notice.closed_at = notice.closed_at or now
    notice.save(update_fields=["params", "recovered_at", "closed_at"])
    return notice


def acknowledge(notice_id: int, *, by: User, now: datetime) -> bool:
    """Somebody has read it: it leaves the home page. The first reader counts."""
    unread = Notification.objects.filter(pk=notice_id, acknowledged_at=None)
    return bool(unread.update(acknowledged_at=now, acknowledged_by=by))


def _standing(event: Event, subject: str) -> NotificationQuerySet:
    """The notice that stands for this event and subject: open, or the only one there may be."""
    stands = Q(closed_at=None) | Q(is_once=True, recovered_at=None)
    return Notification.objects.about(event, subject).filter(stands)


def _is_spent(notice: Notification, now: datetime) -> bool:
    return not notice.is_once and notice.expires_at is not None and notice.expires_at <= now


def _again(notice: Notification, params: Params, now: datetime) -> Notification:
    notice.params, notice.last_at = dict(params), now
    Notification.objects.filter(pk=notice.pk).update(
        params=notice.params, last_at=now, times=F("times") + 1
    )
    notice.times += 1
    return notice


def _new(event: Event, subject: str, params: Params, now: datetime) -> Notification:
    kind = KINDS[event]
    ends = kind.lifetime != Lifetime.STATE
    return Notification.objects.create(
        event=event,
        subject=subject,
        severity=kind.severity,
        params=dict(params),
        is_once=kind.lifetime == Lifetime.ONCE,
        created_at=now,
        last_at=now,
        expires_at=now + kind.shown_for if ends else None,
    )
