"""A test message over one channel: the same way that every other message takes."""

from __future__ import annotations

from datetime import datetime

from . import outbox
from .addressees import Channel
from .events import Event
from .models import Delivery
from .notices import notify


def send_test(channel: Channel, now: datetime) -> Delivery:
    """Have a test message sent. Who asks for it has mended the channel: its fault is forgotten."""
    Channel.objects.filter(pk=channel.pk).update(fault="", fault_at=None)
    channel.fault = ""
    subject = f"channel:{channel.pk}:{now.timestamp():.6f}"
    notice = notify(Event.TEST, subject, params={}, now=now)
    return outbox.tell(notice, channel, now)
