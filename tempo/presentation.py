"""What pages show of the tariff: the strip of today and tomorrow, and the calendar of a season.

Functions of rows and a moment, in the language that is active; no rendered ages, so equal results
are the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from . import wording
from .alerts import Alert, alerts_due
from .billing import price_grids
from .consensus import Settlement
from .days import Colour, tempo_day
from .due import wanted_day
from .models import TempoDay
from .prices import next_change, price_of, register_at
from .seasons import FIRST_SEASON, Season, season_of
from .selectors import Tally, season_tallies, settlements

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayTile:
    """Today or tomorrow. `colour` is "blue", "white", "red" or "unknown"."""

    label: str
    date: str
    colour: str
    word: str
    status: str
    warning: str


@dataclass(frozen=True, slots=True)
class PriceView:
    """The price in force, and the next one with its moment. `next_starts` is such as "Off-peak
    at 22:00"; the page counts down to `changes_at`."""

    now: str
    register: str
    next: str
    next_colour: str
    next_starts: str
    changes_at: datetime


@dataclass(frozen=True, slots=True)
class Strip:
    """The tariff at a glance."""

    tiles: tuple[DayTile, ...]
    tallies: tuple[Tally, ...]
    note: str
    price: PriceView
    season: str


@dataclass(frozen=True, slots=True)
class Square:
    """One day of a month. `title` says it in words."""

    number: int
    colour: str
    title: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a grid of weeks. `first_weekday`: 1 is Monday."""

    name: str
    first_weekday: int
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class SeasonView:
    """One season, its neighbours, and what stands to be told."""

    label: str
    earlier: str
    later: str
    months: tuple[Month, ...]
    weekdays: tuple[str, ...]
    tallies: tuple[Tally, ...]
    note: str
    alerts: tuple[Alert, ...]


def describe_strip(now: datetime) -> Strip:
    """Today, tomorrow, what is left and what energy costs: six queries."""
    today, tomorrow = tempo_day(now), wanted_day(now)
    found = settlements(today, tomorrow, now)
    season = season_of(today)
    tallies = season_tallies(season, now)
    return Strip(
        tuple(_tile(settled, now) for settled in found.values()),
        tallies.colours[::-1],
        wording.season_note(tallies.unknown),
        _price(found, now),
        season.label,
    )


def describe_season(season: Season, now: datetime) -> SeasonView:
    """Every day of a season in squares."""
    rows = TempoDay.objects.filter(day__range=(season.starts_on, season.ends_on))
    colours = dict(rows.exclude(colour="").values_list("day", "colour"))
    tallies = season_tallies(season, now)
    current = season_of(wanted_day(now))
    return SeasonView(
        season.label,
        Season(season.first_year - 1).label if season.first_year > FIRST_SEASON else "",
        Season(season.first_year + 1).label if season < current else "",
        tuple(_months(season, colours, tempo_day(now))),
        tuple(str(WEEKDAYS_ABBR[number]) for number in range(7)),
        tallies.colours[::-1],
        wording.season_note(tallies.unknown),
        tuple(alerts_due(now)) if season == season_of(tempo_day(now)) else (),
    )


def colour_word(colour: str) -> str:
    """A colour's name, for codes that may be "unknown"."""
    if colour == wording.UNKNOWN:
        return pgettext("colour", "unknown")
    return str(Colour(colour).label)


def _tile(settled: Settlement, now: datetime) -> DayTile:
    known = settled.colour
    colour = known.colour.value if known.colour else wording.UNKNOWN
    is_open_red = known.may_be_red and known.colour not in (Colour.RED, None)
    return DayTile(
        wording.label_of(known.day, now),
        wording.long_day(known.day),
        colour,
        colour_word(colour),
        wording.status(settled),
        _("possibly red") if is_open_red else "",
    )


def _price(found: dict[date, Settlement], now: datetime) -> PriceView:
    colours = {day: one.colour.colour for day, one in found.items() if one.colour.colour}
    grids, changes_at = price_grids(), next_change(now)
    return PriceView(
        wording.price(price_of(now, colours, grids)),
        wording.register_words(register_at(now, colours)),
        wording.price(price_of(changes_at, colours, grids)),
        wording.colour_words(register_at(changes_at, colours)),
        wording.period_starts(changes_at),
        changes_at,
    )


def _months(season: Season, colours: dict[date, str], today: date) -> Iterator[Month]:
    months: dict[tuple[int, int], list[date]] = {}
    for day in season.days():
        months.setdefault((day.year, day.month), []).append(day)
    for (year, month), days in months.items():
        squares = tuple(_square(day, colours.get(day, wording.UNKNOWN), today) for day in days)
        yield Month(f"{MONTHS[month]} {year}", days[0].isoweekday(), squares)


def _square(day: date, colour: str, today: date) -> Square:
    words = colour_word(colour)
    if colour == wording.UNKNOWN and day > today:
        words = _("not known yet")
    title = _("%(day)s: %(colour)s") % {"day": wording.long_day(day), "colour": words}
    return Square(day.day, colour, title, day == today)
