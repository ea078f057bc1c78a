"""Colours, prices and what they rest on, in the language that is active. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .consensus import Settlement, Statement, Why
from .days import DAY_STARTS, is_peak, tempo_day
from .prices import Register

NO_BREAK = "\u00a0"
UNKNOWN = "unknown"


def number(value: float, unit: str, decimals: int = 0) -> str:
    """A number as the language writes it, with its unit on the same line."""
    rounded = Decimal(f"{value:.{decimals}f}") + 0
    return f"{number_format(rounded, decimals, use_l10n=True)}{NO_BREAK}{unit}"


def price(c_per_kwh: float | None) -> str:
    """[c EUR/kWh]; a dash where it is not known."""
    return "—" if c_per_kwh is None else number(c_per_kwh, "c€/kWh", 2)


def chance(probability: float) -> str:
    """A chance in whole percent, never a false certainty."""
    return number(min(max(round(probability * 100), 1), 99), "%")


def clock(at: datetime) -> str:
    """On the clocks of Paris."""
    return date_format(timezone.localtime(at), "H:i")


def long_day(day: date) -> str:
    """Such as "Thursday 26 November"."""
    return date_format(day, _("l j F"))


def day_and_year(day: date) -> str:
    """Such as "26 November 2026"."""
    return date_format(day, _("j F Y"))


def register_words(register: Register | None) -> str:
    """Such as "red, peak hours"."""
    if register is None:
        return _("colour not known")
    period = _("peak hours") if register.is_peak else _("off-peak hours")
    return f"{register.colour.label}, {period}"


def colour_words(register: Register | None) -> str:
    """Such as "red"."""
    return str(register.colour.label) if register else _("colour not known")


def period_starts(at: datetime) -> str:
    """Such as "Off-peak at 22:00", of the 06:00 or 22:00 at which a price begins."""
    text = _("Peak at %(clock)s") if is_peak(at) else _("Off-peak at %(clock)s")
    return text % {"clock": clock(at)}


def status(settled: Settlement) -> str:
    """What the colour of a day rests on, in one phrase."""
    source = settled.source.label if settled.source else ""
    known = settled.colour
    if settled.why == Why.UNKNOWN:
        if known.red_probability == 0:
            return _("not known yet; it cannot be red")
        return _("not known yet; chance of red: %(chance)s") % {
            "chance": chance(known.red_probability)
        }
    words = {
        Why.BINDING: _("final, from %(source)s"),
        Why.PERSON: _("entered by a person"),
        Why.PROVISIONAL: _("provisional until 11:15, from %(source)s"),
        Why.COMMUNITY: _("not official, from %(source)s"),
        Why.DEGRADED: _("published in degraded mode by %(source)s"),
        Why.DISPUTED: _("sources disagree; this is from %(source)s"),
        Why.RULE: _("by the rules of the tariff"),
    }
    return words[settled.why] % {"source": source}


def says(statements: Iterable[Statement]) -> str:
    """Who says what, such as "EDF: red, RTE (site): blue"."""
    return ", ".join(
        f"{one.source.label}: {one.colour.label if one.colour else pgettext('colour', 'unknown')}"
        for one in statements
    )


def season_note(unknown_days: int) -> str:
    """Why counts may be too low; empty where they are not."""
    if not unknown_days:
        return ""
    return _("Days of this season not known yet: %(count)s. They are being fetched.") % {
        "count": unknown_days
    }


def label_of(day: date, now: datetime) -> str:
    """Today and tomorrow; in the small hours, when each of them is in force."""
    is_tomorrow = day > tempo_day(now)
    if timezone.localtime(now).time() < DAY_STARTS:
        return _("From 06:00") if is_tomorrow else _("Until 06:00")
    return _("Tomorrow") if is_tomorrow else _("Today")
