"""What a check-up finds about channels and the bot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .addressees import Channel, TelegramBot
from .checkup import Catalogue, Finding
from .remedies import Trouble, live_troubles, troubles

CATALOGUE = Catalogue(
    {
        "channels.used": gettext_lazy("Ways to people"),
        "telegram.stopped": gettext_lazy("Telegram bot"),
        "telegram.refused": gettext_lazy("Telegram bot"),
        "telegram.away": gettext_lazy("Telegram bot"),
        "telegram.answers": gettext_lazy("Telegram bot"),
        "channel.stopped": gettext_lazy("A channel that stands still"),
        "outbox.stuck": gettext_lazy("Messages that wait"),
    }
)
BROKEN = ("telegram.stopped", "telegram.refused", "channel.stopped", "outbox.stuck")


def channels_used(_now: datetime) -> Iterator[Finding]:
    """Whether anybody hears of anything."""
    if Channel.objects.filter(is_on=True).exists():
        yield CATALOGUE.well("channels.used")
    else:
        yield CATALOGUE.unsure(
            "channels.used",
            _("Nobody hears of trouble: no channel is set up."),
            _("On the page “Notices”, choose “How I hear of it”."),
        )


def known_troubles(now: datetime) -> Iterator[Finding]:
    """What our own rows say."""
    return (_finding(trouble) for trouble in troubles(now))


def telegram_now(_now: datetime) -> Iterator[Finding]:
    """What Telegram itself says, where there is a bot."""
    found = list(live_troubles())
    yield from (_finding(trouble) for trouble in found)
    if not found and TelegramBot.objects.exists():
        yield CATALOGUE.well("telegram.answers")


def _finding(trouble: Trouble) -> Finding:
    make = CATALOGUE.broken if trouble.code in BROKEN else CATALOGUE.warning
    return make(trouble.code, trouble.text, trouble.advice, subject=trouble.subject)


CHECKS = (channels_used, known_troubles, telegram_now)
