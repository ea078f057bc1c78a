"""The end of notices: after a year nobody looks at one that is over, nor at its messages.

With them go codes of links that were never used or are spent, and strangers who wrote to the bot.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from .addressees import StartCode
from .conversation import UnknownChat
from .models import Delivery, Notification
from .outbox import OPEN

KEPT = timedelta(days=365)


def delete_old_notices(now: datetime) -> int:
    """Delete notices that are over and were last so a year ago, with their messages; how many.

    One that is open stays, and one with a message that is still to be sent.
    """
    StartCode.objects.filter(expires_at__lt=now - KEPT).delete()
    UnknownChat.objects.filter(last_at__lt=now - KEPT).delete()
    under_way = Delivery.objects.filter(notification=OuterRef("pk"), state__in=OPEN)
    old = Notification.objects.closed(now).filter(last_at__lt=now - KEPT)
    _rows, deleted = old.exclude(Exists(under_way)).delete()
    return deleted.get(Notification._meta.label, 0)
