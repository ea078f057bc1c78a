"""The Tempo day: which date's colour and price is in force at a moment. Pure, Europe/Paris.

A Tempo day runs from 06:00 to 06:00 of the next date. Peak hours (HP) are 06:00-22:00, off-peak
hours (HC) 22:00-06:00, and 00:00-06:00 still has the colour of the date before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

PARIS = ZoneInfo("Europe/Paris")
DAY_STARTS = time(6)
NIGHT_STARTS = time(22)


class Colour(TextChoices):
    """The colours of the tariff. Stored: never rename one."""

    BLUE = "blue", pgettext_lazy("colour", "blue")
    WHITE = "white", pgettext_lazy("colour", "white")
    RED = "red", pgettext_lazy("colour", "red")


@dataclass(frozen=True, slots=True)
class DayColour:
    """What is known of one Tempo day.

    `colour` None: nobody has said yet. `is_binding`: an official source, not degraded, late enough
    to be final. `may_be_red`: red, or some statement names red, or unknown on a day on which the
    tariff allows red. `red_probability`: 0 to 1, 1.0 or 0.0 where the colour is binding.
    """

    day: date
    colour: Colour | None = None
    is_binding: bool = False
    may_be_red: bool = False
    red_probability: float = 0.0


def tempo_day(moment: datetime) -> date:
    """The date whose colour is in force at an aware moment: dates, never hours subtracted."""
    local = moment.astimezone(PARIS)
    today = local.date()
    return today if local.time() >= DAY_STARTS else today - timedelta(days=1)


def is_peak(moment: datetime) -> bool:
    """Whether peak hours (HP) are in force at an aware moment."""
    return DAY_STARTS <= moment.astimezone(PARIS).time() < NIGHT_STARTS


def at_local(day: date, clock: time) -> datetime:
    """The aware moment at which the clocks of Paris first show `clock` on `day`.

    A time that clocks skip in spring is the moment at which they go on.
    """
    moment = datetime.combine(day, clock, PARIS)
    seen = moment.timestamp()
    shown = datetime.fromtimestamp(seen, PARIS)
    if shown.replace(tzinfo=None) == datetime.combine(day, clock):
        return shown
    return datetime.fromtimestamp(seen, PARIS).replace(minute=0, second=0, microsecond=0)
