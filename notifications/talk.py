"""What an update of Telegram means and does: once, whatever comes twice or in another order.

An update's id is written in the transaction of its effect. Answers are sent after that: one may be
lost with a process that dies, an action never happens twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from .addressees import Channel
from .binding import bind_chat
from .buttons import keyboard, token_hash
from .commands import LONGEST_BUTTON, Answer, Asked, CommandRefused, find_command, may_use
from .conversation import BotButton, BotUpdate
from .hearing import preference_of
from .strangers import may_answer
from .telegram import Keyboard

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: a message into the chat, and a line over it where a button was pressed."""

    chat_id: int
    text: str
    keyboard: Keyboard = ()
    press_id: str = ""
    is_note: bool = False  # the line alone


@dataclass(frozen=True, slots=True)
class Heard:
    """What we understand of an update: words, or a pressed button's token."""

    update_id: int
    chat_id: int
    text: str = ""
    press_id: str = ""
    token: str = ""


def take_update(update: Mapping[str, Any], now: datetime) -> Reply | None:
    """Do what it asks, once. None where it was known, or means nothing."""
    heard = understand(update)
    if heard is None:
        return None
    try:
        with transaction.atomic():
            return _answer(heard, now) if _is_new(heard.update_id, now) else None
    except Exception:  # a bug in one command must not stop the bot, nor repeat for ever
        log.exception("telegram: an update failed")
        with transaction.atomic():
            is_new = _is_new(heard.update_id, now)
        words = _("Something broke here: the log of the site says more.")
        return Reply(heard.chat_id, words, press_id=heard.press_id) if is_new else None


def understand(update: Mapping[str, Any]) -> Heard | None:
    """Words and presses in private chats; everything else is nothing. Never raises."""
    press = update.get("callback_query")
    message = press.get("message") if isinstance(press, Mapping) else update.get("message")
    chat = message.get("chat") if isinstance(message, Mapping) else None
    if not isinstance(chat, Mapping) or chat.get("type") != "private":
        return None
    update_id, chat_id = update.get("update_id"), chat.get("id")
    if not isinstance(update_id, int) or not isinstance(chat_id, int):
        return None
    if isinstance(press, Mapping):
        press_id, token = str(press.get("id", "")), str(press.get("data", ""))
        return Heard(update_id, chat_id, press_id=press_id, token=token)
    text = message.get("text") if isinstance(message, Mapping) else None
    return Heard(update_id, chat_id, text=text.strip() if isinstance(text, str) else "")


def _is_new(update_id: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            BotUpdate.objects.create(update_id=update_id, received_at=now)
    except IntegrityError:
        return False
    return True


def _answer(heard: Heard, now: datetime) -> Reply | None:
    word, _blank, arguments = heard.text.partition(" ")
    if word == "/start" and arguments.strip():
        bound = bind_chat(arguments.strip(), heard.chat_id, now)
        if bound is not None:
            return _welcome(bound)
    channel = _channel(heard.chat_id)
    if channel is None:
        return _to_stranger(heard, now)
    with translation.override(preference_of(channel.person).language):
        if heard.token:
            return _pressed(heard, channel, now)
        return _typed(heard, channel, now)


def _channel(chat_id: int) -> Channel | None:
    bound = Channel.objects.filter(chat_id=chat_id, person__is_active=True)
    return bound.select_related("person__notice_preference").first()


def _welcome(channel: Channel) -> Reply:
    assert channel.chat_id is not None  # noqa: S101  a constraint of the table
    with translation.override(preference_of(channel.person).language):
        words = _(
            "Hello %(name)s. What your batteries have to tell comes here. /aide: what I know."
        )
        return Reply(channel.chat_id, words % {"name": channel.person.get_username()})


def _to_stranger(heard: Heard, now: datetime) -> Reply | None:
    if not may_answer(heard.chat_id, now):
        return None
    with translation.override(settings.LANGUAGE_CODE):
        words = _(
            "Hello. I speak only with people of one household. If you are one of them, open its"
            " site, Notices, “Connect my Telegram”, and use the new link within half an hour."
        )
        return Reply(heard.chat_id, words, press_id=heard.press_id)


def _typed(heard: Heard, channel: Channel, now: datetime) -> Reply:
    word, _blank, arguments = heard.text.partition(" ")
    name = word.removeprefix("/").partition("@")[0].lower()
    answer = _run(name if word.startswith("/") else "", arguments.strip(), channel, now)
    return _reply(answer, heard, channel, now)


def _pressed(heard: Heard, channel: Channel, now: datetime) -> Reply:
    button = BotButton.objects.filter(channel=channel, token_hash=token_hash(heard.token)).first()
    if button is None:
        return _note(heard, _("I do not know this button any more."))
    alike = BotButton.objects.filter(channel=channel, group=button.group).order_by("pk")
    group = list(alike.select_for_update())
    if any(other.used_at for other in group):
        return _note(heard, _("This was answered already."))
    if button.expires_at <= now:
        return _note(heard, _("This button is too old: nothing was done."))
    alike.update(used_at=now)
    answer = _run(button.command, button.arguments, channel, now)
    return _reply(answer, heard, channel, now)


def _note(heard: Heard, words: str) -> Reply:
    return Reply(heard.chat_id, words, press_id=heard.press_id, is_note=True)


def _run(name: str, arguments: str, channel: Channel, now: datetime) -> Answer:
    """The command's answer; what a refusal wrote is undone, the update stays taken."""
    command = find_command(name)
    if command is None:
        return Answer(_("I did not understand that. Write /aide for what I know."))
    if not may_use(channel.person, command):
        return Answer(_("You may not do this: an administrator can give you the role for it."))
    try:
        with transaction.atomic():
            return command.handler(Asked(channel.person, command.name, arguments, now))
    except CommandRefused as refused:
        return Answer(str(refused))


def _reply(answer: Answer, heard: Heard, channel: Channel, now: datetime) -> Reply:
    latest = now + LONGEST_BUTTON
    expires_at = min(answer.expires_at or latest, latest)
    rows = keyboard(answer.buttons, channel, f"update:{heard.update_id}", expires_at)
    return Reply(heard.chat_id, answer.text, rows, heard.press_id)
