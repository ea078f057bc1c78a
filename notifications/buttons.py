"""Buttons under messages: made with the message, good for one press."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from django.contrib.auth.models import User

from .addressees import Channel
from .commands import LONGEST_BUTTON, Offer, find_command, may_use
from .conversation import BotButton
from .events import Event
from .models import Notification
from .telegram import Keyboard

Offers = Sequence[Sequence[Offer]]
OfferMaker = Callable[[Notification, User], tuple[Offers, datetime]]
UNDER: dict[str, OfferMaker] = {}


def buttons_under(event: Event, maker: OfferMaker) -> None:
    """Let `maker(notice, person)` give the buttons under messages of `event`, and until when they
    count."""
    UNDER[event] = maker


def keyboard_under(notice: Notification, channel: Channel, now: datetime) -> Keyboard:
    """The buttons of a notice's message, for what its person may do."""
    maker = UNDER.get(notice.event)
    if maker is None:
        return ()
    offers, expires_at = maker(notice, channel.person)
    return keyboard(offers, channel, f"notice:{notice.pk}", min(expires_at, now + LONGEST_BUTTON))


def keyboard(offers: Offers, channel: Channel, group: str, expires_at: datetime) -> Keyboard:
    """Rows of buttons, each remembered by the hash of its token."""
    rows = [[offer for offer in row if _may(channel.person, offer)] for row in offers]
    return [[_button(offer, channel, group, expires_at) for offer in row] for row in rows if row]


def _may(person: User, offer: Offer) -> bool:
    command = find_command(offer.command)
    return command is not None and may_use(person, command)


def _button(offer: Offer, channel: Channel, group: str, expires_at: datetime) -> tuple[str, str]:
    token = secrets.token_urlsafe(16)
    BotButton.objects.create(
        token_hash=token_hash(token),
        group=group,
        channel=channel,
        command=offer.command,
        arguments=offer.arguments,
        expires_at=expires_at,
    )
    return offer.label, token


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
