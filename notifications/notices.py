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

from . import outbox
from .events import KINDS, Event, Lifetime
from .figures import clean
from .hearing import first_limit, reaches
from .models import Notification, NotificationQuerySet
from .phrases import OVER

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
    notice.params = {**notice.params, **_storable(params or {})}
    notice.recovered_at = now
    notice.closed_at = notice.closed_at or now
    notice.save(update_fields=["params", "recovered_at", "closed_at"])
    outbox.tell_over(notice, now, says_so=event in OVER)
    return notice


def lapse(event: Event, subject: str, *, now: datetime) -> None:
    """It no longer matters, and is not over: its notice closes, and nobody is told."""
    _standing(event, subject).filter(closed_at=None).update(closed_at=now)


def standing(*events: Event) -> dict[tuple[str, str], Notification]:
    """What stands as said of these events, by event and subject: one query."""
    stands = Q(closed_at=None) | Q(is_once=True, recovered_at=None)
    rows = Notification.objects.filter(stands, event__in=events)
    return {(row.event, row.subject): row for row in rows}


def report_level(
    event: Event, subject: str, value: float, *, params: Params, now: datetime
) -> Notification | None:
    """Notify or recover by a value and the limits that people have set: SOC, temperature.

    `params` need not hold the value. Returns the notice that stands now, None where all is well.
    """
    threshold = KINDS[event].threshold
    assert threshold is not None  # noqa: S101  of events with a threshold only
    said, limit = {**params, threshold.param: value}, first_limit(event)
    if limit is not None and reaches(value, (limit, threshold)):
        return notify(event, subject, params=said, now=now)
    slack = threshold.slack if threshold.falls else -threshold.slack
    if limit is None or not reaches(value, (limit + slack, threshold)):
        recover(event, subject, now=now, params=said)
    return None


def acknowledge(notice_id: int, *, by: User, now: datetime) -> bool:
    """Somebody has read it: it leaves the home page. The first reader counts."""
    unread = Notification.objects.filter(pk=notice_id, acknowledged_at=None)
    return bool(unread.update(acknowledged_at=now, acknowledged_by=by))


def _standing(event: Event, subject: str) -> NotificationQuerySet:
    """The notice that stands for this event and subject: open, or the only one there may be."""
    stands = Q(closed_at=None) | Q(is_once=True, recovered_at=None)
    return Notification.objects.about(event, subject).filter(stands)


def _storable(value: Any) -> Any:
    """What a device or a person said, as the database can keep it: telling never fails."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): _storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [_storable(one) for one in value]
    return value


def _is_spent(notice: Notification, now: datetime) -> bool:
    return not notice.is_once and notice.expires_at is not None and notice.expires_at <= now


def _again(notice: Notification, params: Params, now: datetime) -> Notification:
    notice.params, notice.last_at = _storable(params), now
    Notification.objects.filter(pk=notice.pk).update(
        params=notice.params, last_at=now, times=F("times") + 1
    )
    notice.times += 1
    if KINDS[Event(notice.event)].threshold is not None and notice.closed_at is None:
        outbox.tell_everybody(notice, now)  # it may have reached somebody else's limit
    return notice


def _new(event: Event, subject: str, params: Params, now: datetime) -> Notification:
    kind = KINDS[event]
    ends = kind.lifetime != Lifetime.STATE
    notice = Notification.objects.create(
        event=event,
        subject=subject,
        severity=kind.severity,
        params=_storable(params),
        is_once=kind.lifetime == Lifetime.ONCE,
        created_at=now,
        last_at=now,
        expires_at=now + kind.shown_for if ends else None,
    )
    outbox.tell_everybody(notice, now)
    return notice
