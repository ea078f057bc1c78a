"""Chats that are bound to nobody: one polite line a day, counted, logged, and never more."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F

from .conversation import UnknownChat

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(days=1)
MOST_AN_HOUR = 20  # however many chats write: Telegram would slow down our own messages


def may_answer(chat_id: int, now: datetime) -> bool:
    """Count the stranger; whether they get their line now."""
    row, _made = UnknownChat.objects.get_or_create(chat_id=chat_id, defaults={"last_at": now})
    UnknownChat.objects.filter(pk=chat_id).update(times=F("times") + 1, last_at=now)
    if row.answered_at is not None and row.answered_at > now - AGAIN_AFTER:
        return False
    lately = UnknownChat.objects.filter(answered_at__gt=now - timedelta(hours=1)).count()
    if lately >= MOST_AN_HOUR:
        return False
    UnknownChat.objects.filter(pk=chat_id).update(answered_at=now)
    log.warning("telegram: chat %s is bound to nobody here; it was told so once", chat_id)
    return True
