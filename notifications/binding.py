"""From a person to a chat: a link with a code that works once, and the bot's token."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from .addressees import Channel, ChannelKind, StartCode, TelegramBot
from .secrecy import Secret
from .telegram import TelegramApi
from .trial import send_test
from .troubles import BotFaulty, MessageRefused

VALID = timedelta(minutes=30)
TOKEN = re.compile(r"\d{5,16}:[A-Za-z0-9_-]{25,100}")


class TokenRefused(Exception):
    """It does not have the form of a token, or Telegram does not know it."""


@sensitive_variables()
def save_token(text: str, now: datetime) -> TelegramBot:
    """Ask Telegram who this token is, and keep it. Raises `TokenRefused`; `NotDelivered` where
    Telegram cannot be asked. Nothing is kept then, and what was kept before stays."""
    token = text.strip()
    if not TOKEN.fullmatch(token):
        raise TokenRefused
    try:
        me = TelegramApi(Secret(token)).me()
    except (BotFaulty, MessageRefused):
        raise TokenRefused from None
    values: dict[str, Any] = {
        "token": token,
        "username": str(me.get("username", ""))[:64],
        "fault": "",
    }
    values |= {"fault_at": None, "paused_until": None, "changed_at": now}
    with transaction.atomic():
        former = TelegramBot.objects.select_for_update().filter(pk=TelegramBot.ONLY).first()
        if former is None or former.username != values["username"]:
            values["next_update_id"] = 0  # another bot counts from elsewhere
        return TelegramBot.objects.update_or_create(pk=TelegramBot.ONLY, defaults=values)[0]


def forget_bot() -> None:
    """Take the token away. Chats stay known, for when one is entered again."""
    TelegramBot.objects.all().delete()


def new_start_code(person: User, now: datetime) -> str:
    """What the link to the bot carries; it ends the person's former ones."""
    code = secrets.token_hex(24)
    with transaction.atomic():
        StartCode.objects.filter(person=person, used_at=None).delete()
        StartCode.objects.create(person=person, code_hash=_hash(code), expires_at=now + VALID)
    return code


def start_link(bot: TelegramBot, code: str) -> str:
    """Opens Telegram at the bot; Start sends the code."""
    return f"https://t.me/{bot.username}?start={code}"


@transaction.atomic
def bind_chat(code: str, chat_id: int, now: datetime) -> Channel | None:
    """Bind the chat to the person of this code, and have a test message sent there. None where the
    code is unknown, used or too old. A chat has one person: the newest binding counts."""
    codes = StartCode.objects.filter(code_hash=_hash(code), used_at=None, expires_at__gt=now)
    if not codes.filter(person__is_active=True).update(used_at=now):
        return None
    person = StartCode.objects.select_related("person").get(code_hash=_hash(code)).person
    former = Channel.objects.filter(chat_id=chat_id).exclude(person=person)
    former.delete()  # with what that person had chosen for it
    channel = Channel.objects.filter(chat_id=chat_id, person=person).first()
    if channel is None:
        name = free_name(person, "Telegram")
        channel = Channel.objects.create(
            person=person,
            kind=ChannelKind.TELEGRAM,
            name=name,
            chat_id=chat_id,
            created_at=now,
        )
    Channel.objects.filter(pk=channel.pk).update(fault="", fault_at=None, is_on=True)
    channel.refresh_from_db()
    send_test(channel, now)
    return channel


def free_name(person: User, wanted: str) -> str:
    """This name, or the first with a number behind it that this person does not use yet."""
    taken = set(Channel.objects.filter(person=person).values_list("name", flat=True))
    names = (wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
