"""What pages read about notices."""

from __future__ import annotations

from datetime import datetime, timedelta

from .models import Notification

LISTED_FOR = timedelta(days=30)
MOST_LISTED = 100


def open_notices(now: datetime) -> list[Notification]:
    """What nobody has read yet and is still so, the most urgent first: for the home page."""
    unread = Notification.objects.open(now).filter(acknowledged_at=None)
    return list(unread.order_by("-severity", "-created_at", "-id"))


def listed_notices(now: datetime) -> tuple[list[Notification], list[Notification]]:
    """All that are open, unread first, and those of the last month that are over."""
    everything = Notification.objects.select_related("acknowledged_by")
    current = everything.open(now)
    past = everything.closed(now).filter(created_at__gt=now - LISTED_FOR).order_by("-created_at")
    listed = sorted(current, key=lambda n: (n.acknowledged_at is not None, -n.severity, -n.pk))
    return listed, list(past[:MOST_LISTED])
