"""What to do about a channel that stands still, in the language that is active."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .addressees import Channel, Fault, TelegramBot
from .models import Delivery, DeliveryState
from .telegram import TelegramApi
from .troubles import ChannelFaulty, NotDelivered

STUCK = timedelta(minutes=30)
LIVE_S = 2.0
REMEDIES = {
    Fault.TOKEN_REFUSED: gettext_lazy("An administrator has to enter the bot’s token again."),
    Fault.CHAT_GONE: gettext_lazy("Open the chat with the bot, unblock it, and connect it again."),
    Fault.BOT_ELSEWHERE: gettext_lazy(
        "Stop the other program, or make a bot of its own for this site at @BotFather."
    ),
    Fault.SECRET_LOST: gettext_lazy("Enter the token or the address again."),
    Fault.ADDRESS_REFUSED: gettext_lazy("Remove the channel and enter its address anew."),
    Fault.LIBRARY_MISSING: gettext_lazy(
        "On the machine, type .venv/bin/pip install apprise, and start the site again."
    ),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that keeps messages from people, for the page and for `doctor`."""

    code: str
    subject: str
    text: str
    advice: str


def troubles(now: datetime) -> Iterator[Trouble]:
    """What keeps messages from people now: read from our own rows, nobody is asked."""
    for bot in TelegramBot.objects.exclude(fault=""):
        yield _trouble("telegram.stopped", str(bot), bot.fault)
    for channel in Channel.objects.exclude(fault="").select_related("person"):
        yield _trouble("channel.stopped", str(channel), channel.fault)
    stuck = stuck_deliveries(now)
    if stuck:
        text = _("%(count)d messages wait for more than half an hour.") % {"count": stuck}
        advice = _("Check this machine’s way to the Internet, and that the worker runs.")
        yield Trouble("outbox.stuck", "", text, advice)


def stuck_deliveries(now: datetime) -> int:
    """How many messages wait too long, although their channel is not known to be at fault."""
    waiting = Delivery.objects.filter(
        state__in=(DeliveryState.WAITING, DeliveryState.SENDING),
        give_up_at__lte=now + timedelta(hours=12) - STUCK,
        channel__fault="",
        channel__is_on=True,
    )
    if TelegramBot.objects.exclude(fault__in=("", Fault.BOT_ELSEWHERE)).exists():
        waiting = waiting.exclude(channel__kind="telegram")
    return waiting.count()


def live_troubles() -> Iterator[Trouble]:
    """What Telegram itself says of the bot now: one question of at most 4 s. For `doctor`."""
    bot = TelegramBot.objects.first()
    if bot is None:
        return
    try:
        TelegramApi(bot.token, read_s=LIVE_S).me()
    except ChannelFaulty as faulty:
        yield _trouble("telegram.refused", str(bot), faulty.fault)
    except NotDelivered as trouble:
        text = _("Telegram does not answer: %(why)s.") % {"why": trouble}
        advice = _("Check this machine’s way to the Internet, and that the worker runs.")
        yield Trouble("telegram.away", str(bot), text, advice)


def _trouble(code: str, subject: str, fault: str) -> Trouble:
    return Trouble(code, subject, str(Fault(fault).label), str(REMEDIES[Fault(fault)]))
