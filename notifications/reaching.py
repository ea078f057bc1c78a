"""Over a channel to a person: Telegram by our own hands, everything else through Apprise."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.views.decorators.debug import sensitive_variables

from .addressees import Channel, ChannelKind, Fault, TelegramBot
from .secrecy import SecretUnreadable
from .telegram import Keyboard, TelegramApi
from .troubles import BotFaulty, ChannelFaulty, NotSent

LOCAL_ONLY = ("syslog", "dbus", "kde", "qt", "glib", "gnome", "macosx", "windows")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: plain text, escaped by whoever has a markup."""

    title: str
    text: str
    keyboard: Keyboard = ()


def current_bot() -> TelegramBot | None:
    """The household's bot, where a token was entered."""
    return TelegramBot.objects.filter(pk=TelegramBot.ONLY).first()


def reach(channel: Channel, message: Message) -> None:
    """Send it now. Raises `NotDelivered`."""
    if channel.kind == ChannelKind.TELEGRAM:
        _telegram(channel, message)
    else:
        _apprise(channel, message)


def _telegram(channel: Channel, message: Message) -> None:
    bot = current_bot()
    if bot is None or channel.chat_id is None:
        raise BotFaulty(Fault.TOKEN_REFUSED)
    api = TelegramApi(bot.token)
    api.send(channel.chat_id, message.text, title=message.title, keyboard=message.keyboard)


def _apprise(channel: Channel, message: Message) -> None:
    """Apprise only tells whether it worked: another try is always worth it."""
    target = _target(channel)
    if not target.notify(title=message.title, body=message.text, body_format="text"):
        raise NotSent("not taken")


@sensitive_variables("address", "target")
def _target(channel: Channel) -> Any:
    library = _library()
    if library is None:
        raise ChannelFaulty(Fault.LIBRARY_MISSING)
    try:
        address = channel.address.reveal()
    except SecretUnreadable:
        raise ChannelFaulty(Fault.SECRET_LOST) from None
    if not is_understood(address):
        raise ChannelFaulty(Fault.ADDRESS_REFUSED)
    target = library.Apprise()
    target.add(address)
    return target


@sensitive_variables("address")
def is_understood(address: str) -> bool:
    """Whether Apprise knows such an address; nothing is sent. This machine's own are refused."""
    library, scheme = _library(), address.partition("://")[0].lower()
    if library is None or not scheme or scheme in LOCAL_ONLY:
        return False
    return bool(library.Apprise().add(address))


def has_apprise() -> bool:
    """Whether channels other than Telegram can be used here."""
    return find_spec("apprise") is not None


def _library() -> ModuleType | None:
    """Apprise, loaded where it is needed: it is an extra, and takes 20 MB."""
    try:
        return import_module("apprise")
    except ImportError:
        return None
