"""What the pages say of channels and of the bot, in the language that is active."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from .addressees import Channel, ChannelKind, Fault, TelegramBot
from .models import Delivery, DeliveryState
from .reaching import current_bot
from .remedies import REMEDIES


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel with what is known of it: `sent_at` is when the last message left."""

    channel: Channel
    state: str
    advice: str
    is_trouble: bool
    sent_at: datetime | None
    is_moving: bool = False  # something is under way: the page asks again


def channel_rows(person: User) -> list[ChannelRow]:
    """The channels of one person: three queries."""
    channels = list(Channel.objects.filter(person=person))
    newest = Delivery.objects.filter(channel__in=channels).order_by("channel_id", "-id")
    last = {delivery.channel_id: delivery for delivery in newest.distinct("channel_id")}
    bot = current_bot()
    return [_row(channel, last.get(channel.pk), bot) for channel in channels]


def _row(channel: Channel, last: Delivery | None, bot: TelegramBot | None) -> ChannelRow:
    fault = channel.fault or _bots_fault(channel, bot)
    if fault:
        words, advice = str(Fault(fault).label), str(REMEDIES[Fault(fault)])
        return ChannelRow(channel, _("Stopped: %(why)s.") % {"why": words}, advice, True, None)
    if last is None:
        return ChannelRow(channel, _("No message yet."), "", False, None)
    state = _("Last message: %(state)s.") % {"state": last.get_state_display()}
    is_trouble = last.state in (DeliveryState.LATE, DeliveryState.REFUSED) or bool(
        last.state == DeliveryState.WAITING and last.attempts
    )
    advice = _("It is tried again by itself.") if last.state == DeliveryState.WAITING else ""
    said = advice if is_trouble else ""
    is_moving = last.state in (DeliveryState.WAITING, DeliveryState.SENDING)
    return ChannelRow(channel, state, said, is_trouble, last.sent_at, is_moving)


def _bots_fault(channel: Channel, bot: TelegramBot | None) -> str:
    if channel.kind != ChannelKind.TELEGRAM:
        return ""
    if bot is None:
        return Fault.TOKEN_REFUSED
    return "" if bot.fault == Fault.BOT_ELSEWHERE else bot.fault
