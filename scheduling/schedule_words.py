"""Schedules in words: which days, when, what, and when next. Pure, in the active language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from batteries import wording

from .claims import Claim, claims_around
from .situation import ALL_DAYS, Rule, Situation
from .targets import TargetMode

MONDAY = date(2024, 1, 1)
WORKING_DAYS, WEEKEND = 0b0011111, 0b1100000
AHEAD_DAYS = 8  # each weekday once, and its window's end
EVENING = 18


def clock(at: time) -> str:
    """As the household's clocks show it."""
    return time_format(at, "H:i")


def hours(starts: time, ends: time) -> str:
    """A window, whichever day it starts on."""
    if starts == ends:
        words = {"from": clock(starts)}
        return _("%(from)s, for 24 hours") % words
    return _("%(from)s to %(to)s") % {"from": clock(starts), "to": clock(ends)}


def days(week_days: int) -> str:
    """Which days of the week, bit 0 = Monday."""
    if week_days == ALL_DAYS:
        return _("every day")
    if week_days == WORKING_DAYS:
        return _("Monday to Friday")
    if week_days == WEEKEND:
        return _("Saturday and Sunday")
    return ", ".join(short_day(day) for day in range(7) if week_days >> day & 1)


def long_day(week_day: int) -> str:
    """0 = Monday."""
    return str(WEEKDAYS[week_day])


def short_day(week_day: int) -> str:
    """0 = Monday."""
    return date_format(MONDAY + timedelta(days=week_day), "D")


def what(rule: Rule) -> str:
    """What its batteries do in the window."""
    power = wording.watts(rule.power_w or 0)
    if rule.mode_type == TargetMode.CHARGE:
        to = wording.percent(rule.target_soc if rule.target_soc is not None else 100)
        words = {"power": power, "to": to}
        if rule.power_w is None:
            return _("Charge to %(to)s, spread over the window") % words
        if rule.target_soc is None:
            return _("Charge at %(power)s") % words
        return _("Charge at %(power)s up to %(to)s") % words
    if rule.mode_type == TargetMode.DISCHARGE:
        words = {"power": power, "to": wording.percent(rule.floor_soc or 0)}
        if rule.floor_soc is None:
            return _("Feed the house with %(power)s") % words
        return _("Feed the house with %(power)s down to %(to)s") % words
    return {
        TargetMode.AUTO: _("Follow the house (Auto)"),
        TargetMode.AI: _("Follow the vendor's price plan (AI)"),
        TargetMode.HOLD: _("Stand still"),
    }[rule.mode_type]


def next_run(rule: Rule, situation: Situation, now: datetime) -> str:
    """When it counts now, or next, as far as colours are known."""
    windows = _windows(rule, situation, now)
    running = next((claim for claim in windows if claim.since <= now < claim.until), None)
    if running is not None:
        return _("now, until %(moment)s") % {"moment": coming(running.until, now)}
    later = min((claim.since for claim in windows if claim.since > now), default=None)
    if later is not None:
        return _("next: %(moment)s") % {"moment": coming(later, now)}
    return _("waits for such a day") if rule.condition else _("never")


def coming(at: datetime, now: datetime) -> str:
    """A moment soon to come, as people say it."""
    local, today = localtime(at), localtime(now).date()
    words = {"time": date_format(local, "H:i")}
    ahead = (local.date() - today).days
    if ahead == 0:
        return (_("tonight %(time)s") if local.hour >= EVENING else _("today %(time)s")) % words
    if ahead == 1:
        return _("tomorrow %(time)s") % words
    if 1 < ahead < 7:
        return pgettext("moment", "%(day)s %(time)s") % (words | {"day": long_day(local.weekday())})
    return wording.moment(at, now)


def _windows(rule: Rule, situation: Situation, now: datetime) -> list[Claim]:
    household = replace(situation.household, serves_red_days=False)
    alone = replace(situation, rules=(rule,), wishes=(), household=household)
    return [claim for claim in claims_around(alone, now, AHEAD_DAYS) if claim.since < claim.until]
