"""What the pages of the savings show: rows of the account in the language that is active."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batteries.wording import NO_BREAK, kilowatt_hours, with_unit
from tempo.days import tempo_day
from tempo.seasons import FIRST_SEASON, Season, season_of
from tempo.wording import long_day, price, register_words

from .account import InForce, Line, Sums, grouped, summed
from .energies import account_lines, account_periods
from .red_account import RedDay, red_days
from .red_words import missed_words

ONE_DAY = timedelta(days=1)
NONE = "—"


@dataclass(frozen=True, slots=True)
class Figures:
    """One sum in words."""

    name: str
    saved: str
    is_loss: bool
    with_cost: str
    without_cost: str
    given: str
    taken: str
    bought: str
    slug: str = ""


@dataclass(frozen=True, slots=True)
class MonthRows:
    """One month and its days, the newest first."""

    figures: Figures
    days: tuple[Figures, ...]


@dataclass(frozen=True, slots=True)
class RedRow:
    """One red day's peak hours."""

    figures: Figures
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavingsPage:
    """A season: glances first, then red days, months and days."""

    label: str
    earlier: str
    later: str
    glances: tuple[Figures, ...]
    red: tuple[RedRow, ...]
    red_total: Figures | None
    months: tuple[MonthRows, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One quarter of an hour [Wh, c EUR]. `heading` where another price begins with it."""

    heading: str
    clock: str
    bought: str
    batteries: str
    without: str
    saved: str


@dataclass(frozen=True, slots=True)
class DayPage:
    """One Tempo day as the rows that its figure is made of."""

    name: str
    earlier: str
    later: str
    season: str
    total: Figures
    sum: str
    rows: tuple[SlotRow, ...]
    notes: tuple[str, ...]


def describe_savings(season: Season, now: datetime) -> SavingsPage:
    """A season up to `now`: three queries, and seven more where it has a red day."""
    lines = account_periods(season.starts_on, min(season.ends_on, tempo_day(now)))
    reds = red_days(lines, now)
    return SavingsPage(
        season.label,
        Season(season.first_year - 1).label if season.first_year > FIRST_SEASON else "",
        Season(season.first_year + 1).label if season < season_of(tempo_day(now)) else "",
        tuple(_glances(lines, season, now)),
        tuple(_red_row(red) for red in reversed(reds)),
        _red_total(reds),
        tuple(_months(lines)),
        tuple(_notes(summed(lines))),
    )


def describe_day(day: date, now: datetime) -> DayPage:
    """The rows of one Tempo day."""
    lines = account_lines(day, day)
    sums = summed(lines)
    later = day + ONE_DAY
    return DayPage(
        long_day(day),
        (day - ONE_DAY).isoformat(),
        later.isoformat() if later <= tempo_day(now) else "",
        season_of(day).label,
        _figures(_("The day"), sums),
        number(sums.saved_eur * 100, 3),
        tuple(_slots(lines)),
        tuple(_notes(sums)),
    )


def _euros(value: float) -> str:
    return with_unit(value, "€", 2)


def number(value: float, decimals: int) -> str:
    """A bare number, where the column says its unit."""
    return with_unit(value, "", decimals).strip(NO_BREAK)


def _glances(lines: Sequence[Line], season: Season, now: datetime) -> Iterator[Figures]:
    today = tempo_day(now)
    if season == season_of(today):
        yield _figures(_("Today"), summed(one for one in lines if one.price.day == today))
        this_month = (today.year, today.month)
        month = summed(one for one in lines if _month(one.price.day) == this_month)
        yield _figures(_("This month"), month)
    name = _("Season %(label)s") % {"label": season.label}
    yield _figures(name, summed(lines))


def _figures(name: str, sums: Sums, slug: str = "") -> Figures:
    nothing = not sums.quarters
    return Figures(
        name,
        NONE if nothing else _euros(sums.saved_eur),
        sums.saved_eur <= -0.005,
        NONE if nothing else _euros(sums.with_eur),
        NONE if nothing else _euros(sums.without_eur),
        NONE if nothing else kilowatt_hours(sums.discharged_wh),
        NONE if nothing else kilowatt_hours(sums.charged_wh),
        NONE if sums.unmetered == sums.quarters else kilowatt_hours(sums.imported_wh),
        slug,
    )


def _months(lines: Sequence[Line]) -> Iterator[MonthRows]:
    days = grouped(lines, lambda day: day)
    months = grouped(lines, _month)
    for year, number in sorted(months, reverse=True):
        name = f"{MONTHS[number]} {year}"
        rows = [
            _figures(date_format(day, "D j"), days[day], day.isoformat())
            for day in sorted(days, reverse=True)
            if _month(day) == (year, number)
        ]
        yield MonthRows(_figures(name.capitalize(), months[year, number]), tuple(rows))


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _red_row(red: RedDay) -> RedRow:
    name = date_format(red.day, _("D j M"))
    words = tuple(missed_words(one) for one in red.missed)
    return RedRow(_figures(name, red.sums, red.day.isoformat()), words)


def _red_total(reds: Sequence[RedDay]) -> Figures | None:
    if not reds:
        return None
    total = Sums()
    for red in reds:
        total.join(red.sums)
    name = ngettext("%(count)d red day", "%(count)d red days", len(reds)) % {"count": len(reds)}
    return _figures(name, total)


def _slots(lines: Iterable[Line]) -> Iterator[SlotRow]:
    price_before = None
    for line in lines:
        heading = _price_words(line.price) if line.price is not price_before else ""
        price_before = line.price
        yield _slot(line, heading)


def _price_words(in_force: InForce) -> str:
    return f"{register_words(in_force.register)}, {price(in_force.c_per_kwh)}"


def _slot(line: Line, heading: str) -> SlotRow:
    quarter = line.energies
    return SlotRow(
        heading,
        date_format(timezone.localtime(quarter.starts_at), "H:i"),
        NONE if quarter.imported_wh is None else number(quarter.imported_wh, 1),
        number(quarter.discharged_wh - quarter.charged_wh, 1),
        number(quarter.without_wh, 1),
        NONE if line.price.c_per_kwh is None else number(line.saved_eur * 100, 3),
    )


def _notes(sums: Sums) -> Iterable[str]:
    """What the figures leave out, or rest on."""
    if sums.quarters and sums.unmetered == sums.quarters:
        yield _(
            "No house meter is heard: what the batteries took counts as bought, what they gave as"
            " not bought. Sun that charged them from the house’s panels makes the true figure"
            " higher."
        )
    elif sums.unmetered:
        yield _(
            "For %(hours)s no house meter was heard: there, what the batteries took counts as"
            " bought and what they gave as not bought."
        ) % {"hours": _hours(sums.unmetered)}
    if sums.unpriced:
        yield _("%(hours)s have no price yet: the colour or the price grid is not known.") % {
            "hours": _hours(sums.unpriced)
        }


def _hours(quarters: int) -> str:
    return with_unit(quarters / 4, "h", 0 if quarters % 4 == 0 else 2)
