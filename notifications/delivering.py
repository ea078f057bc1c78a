"""Sending what is due, one message at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from . import outbox
from .addressees import Channel, ChannelKind, Fault, TelegramBot
from .buttons import keyboard_under
from .hearing import preference_of
from .models import Delivery, Phase
from .reaching import Message, current_bot, reach
from .telegram import Keyboard
from .troubles import (
    BotFaulty,
    Busy,
    ChannelFaulty,
    MessageRefused,
    NotDelivered,
    Unclear,
)
from .wording import words

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
BUDGET = timedelta(seconds=45)  # of one task: its worker has other work
SOON = timedelta(seconds=5)


def deliver_due(clock: Clock) -> int:
    """Send what is due; how many arrived. A channel that does not answer waits for its next turn,
    the others do not wait for it."""
    begun = clock()
    arrived, mute = 0, set[int]()
    for delivery in outbox.due_deliveries(begun):
        now = clock()
        if now - begun > BUDGET:
            break
        if _way(delivery.channel) in mute or _is_paused(delivery.channel, now):
            continue
        if not outbox.claim(delivery, now):
            continue
        is_answered = deliver(delivery, clock)
        arrived += is_answered is True
        if is_answered is None:
            mute.add(_way(delivery.channel))
    return arrived


def deliver(delivery: Delivery, clock: Clock) -> bool | None:
    """Send one that is ours, and write down what came of it: True where it arrived, None where its
    channel needs a rest."""
    wanted = outbox.is_still_wanted(delivery)
    if wanted is None:
        outbox.put_off(delivery, clock(), "waits for the first message", wait=SOON)
        return False
    if not wanted:
        outbox.drop(delivery)
        return False
    try:
        reach(delivery.channel, message_of(delivery, clock()))
    except NotDelivered as trouble:
        return _not_delivered(delivery, trouble, clock())
    outbox.sent(delivery, clock())
    return True


def message_of(delivery: Delivery, now: datetime) -> Message:
    """The message in its person's language."""
    person = delivery.channel.person
    with translation.override(preference_of(person).language):
        said = words(delivery.notification, is_over=delivery.phase == Phase.OVER)
        text = said.text
        if delivery.may_have_arrived:
            text += "\n" + _("(Repeated: it may have reached you before.)")
        keyboard: Keyboard = ()
        if delivery.phase == Phase.BEGAN and delivery.channel.kind == ChannelKind.TELEGRAM:
            keyboard = keyboard_under(delivery.notification, delivery.channel, now)
    return Message(said.title, text, keyboard)


def _not_delivered(delivery: Delivery, trouble: NotDelivered, now: datetime) -> bool | None:
    log.warning("message %s over channel %s: %s", delivery.pk, delivery.channel_id, trouble)
    if isinstance(trouble, ChannelFaulty):
        outbox.put_off(delivery, now, str(trouble))  # it goes once somebody has mended it
        stop(delivery.channel, trouble, now)
    elif isinstance(trouble, MessageRefused):
        outbox.refuse(delivery, str(trouble))
        return False
    elif isinstance(trouble, Busy):
        wait = timedelta(seconds=trouble.retry_after_s)
        outbox.put_off(delivery, now, str(trouble), wait=wait)
        if delivery.channel.kind == ChannelKind.TELEGRAM:
            TelegramBot.objects.update(paused_until=now + wait)
    else:
        unclear = isinstance(trouble, Unclear)
        outbox.put_off(delivery, now, str(trouble), may_have_arrived=unclear)
    return None


def stop(channel: Channel, trouble: ChannelFaulty, now: datetime) -> None:
    """A person must do something first: nothing of the settings is touched."""
    if isinstance(trouble, BotFaulty):
        TelegramBot.objects.filter(fault="").update(fault=trouble.fault, fault_at=now)
    else:
        Channel.objects.filter(pk=channel.pk).update(fault=trouble.fault, fault_at=now)


def _way(channel: Channel) -> int:
    """All chats share one way out, other channels have their own."""
    return 0 if channel.kind == ChannelKind.TELEGRAM else channel.pk


def _is_paused(channel: Channel, now: datetime) -> bool:
    if channel.kind != ChannelKind.TELEGRAM:
        return False
    bot = current_bot()
    if bot is None or bot.fault not in ("", Fault.BOT_ELSEWHERE):
        return True
    return bot.paused_until is not None and bot.paused_until > now
