"""The background work: its clock (beat), what is switched off, and the bot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import PeriodicTask

from batteries.wording import moment
from notifications.bot import NAME as BOT
from notifications.checkup import Catalogue, Finding
from notifications.presence import is_present
from notifications.reaching import current_bot
from scheduling.periodic import OWNED, PERIODIC

TENDING = "scheduling.tend_batteries"  # without it nothing is asked
SAVED_LATE = timedelta(minutes=10)  # beat writes down every three minutes what it started
CATALOGUE = Catalogue(
    {
        "work.listed": gettext_lazy("Periodic work"),
        "work.enabled": gettext_lazy("Periodic work that is switched off"),
        "work.ticking": gettext_lazy("Clock of the background work (beat)"),
        "work.bot": gettext_lazy("Process of the Telegram bot"),
    }
)


def _beat(now: datetime) -> Iterator[Finding]:
    rows = list(PeriodicTask.objects.filter(name__startswith=OWNED).order_by("name"))
    missing = [one.name for one in PERIODIC if one.row_name not in {row.name for row in rows}]
    if missing:
        text = _("Missing: %(names)s.") % {"names": ", ".join(missing)}
        advice = _("Type the command; each start of the service does the same.")
        yield CATALOGUE.broken("work.listed", text, advice, look="manage.py sync_schedule")
    off = [row for row in rows if not row.enabled]
    yield from (_switched_off(row) for row in off)
    if rows and not off:
        yield CATALOGUE.well("work.enabled")
    yield from (_tick(row, now) for row in rows if row.task == TENDING and row.enabled)


def _switched_off(row: Any) -> Finding:
    """Any of ours: each protects something, such as a red day."""
    text = _("A person switched it off in the administration.")
    if row.task == TENDING:
        text += " " + _("Without it no battery is asked.")
    advice = _("Switch it on again: Administration, Periodic tasks.")
    find = CATALOGUE.broken if row.task == TENDING else CATALOGUE.warning
    return find("work.enabled", text, advice, subject=row.name.removeprefix(OWNED))


def _tick(row: Any, now: datetime) -> Finding:
    ran_at = row.last_run_at
    changed_at = max(at for at in (ran_at, row.date_changed) if at)
    if now - changed_at > SAVED_LATE:
        text = _("It has started nothing since %(moment)s.")
        if ran_at is None:
            text = _("It has never started anything.")
        advice = _("Restart the service; its log says more.")
        return CATALOGUE.broken("work.ticking", text % {"moment": moment(changed_at, now)}, advice)
    if ran_at is None:
        return CATALOGUE.well("work.ticking", _("It has just been set up."))
    text = _("Last seen at work: %(moment)s.")
    return CATALOGUE.well("work.ticking", text % {"moment": moment(ran_at, now)})


def _bot(now: datetime) -> Iterator[Finding]:
    """It signs each minute: without it nobody hears what people write or press."""
    if current_bot() is None:
        return
    if is_present(BOT, now):
        yield CATALOGUE.well("work.bot")
    else:
        text = _("It is away: commands and buttons of Telegram do nothing.")
        yield CATALOGUE.broken("work.bot", text, _("Restart the service; its log says more."))


CHECKS = (_beat, _bot)
