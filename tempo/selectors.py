"""What other rooms ask about the colours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .consensus import Settlement, Statement, settle
from .days import Colour, DayColour, tempo_day
from .models import TempoDay, TempoStatement
from .rules import RED_QUOTA, WHITE_QUOTA, SeasonCounts
from .seasons import Season, season_of

ONE_DAY = timedelta(days=1)


def colours_around(now: datetime, *, before: int = 1, after: int = 3) -> Mapping[date, DayColour]:
    """What is known at `now` of the Tempo days around the one in force; unknown ones say so.

    Settled from what had been said by then, so that a past moment is explained as it was. Three
    queries.
    """
    today = tempo_day(now)
    first, last = today - before * ONE_DAY, today + after * ONE_DAY
    return {day: found.colour for day, found in settlements(first, last, now).items()}


def settlements(first: date, last: date, now: datetime) -> dict[date, Settlement]:
    """The days from `first` to `last`, both included, settled from what was said until `now`."""
    said = _statements(first, last, now)
    counts, previous = counts_before(first), _colour_of(first - ONE_DAY)
    found: dict[date, Settlement] = {}
    for day in _days(first, last):
        if day == season_of(day).starts_on:
            counts = SeasonCounts()
        found[day] = settle(said[day], day, now, counts, previous)
        known = found[day].colour
        previous = known.colour
        counts = counts.after(day, known.colour, is_binding=known.is_binding)
    return found


def statements_of(day: date, now: datetime) -> list[Statement]:
    """Everything that was said of a day until `now`."""
    return _statements(day, day, now).get(day, [])


def counts_before(day: date) -> SeasonCounts:
    """What the days of its season before `day` have used of the quotas."""
    start = season_of(day).starts_on
    rows = TempoDay.objects.filter(day__gte=start, day__lt=day)
    known = {
        d: (colour, final) for d, colour, final in rows.values_list("day", "colour", "is_binding")
    }
    counts = SeasonCounts()
    for one in _days(start, day - ONE_DAY):
        colour, is_binding = known.get(one, (None, False))
        counts = counts.after(one, Colour(colour) if colour else None, is_binding=is_binding)
    return counts


def _statements(first: date, last: date, now: datetime) -> Mapping[date, list[Statement]]:
    rows = TempoStatement.objects.filter(day__range=(first, last), at__lte=now)
    said: defaultdict[date, list[Statement]] = defaultdict(list)
    for row in rows:
        said[row.day].append(row.value())
    return said


def _colour_of(day: date) -> Colour | None:
    colour = TempoDay.objects.filter(day=day).values_list("colour", flat=True).first()
    return Colour(colour) if colour else None


def _days(first: date, last: date) -> Iterable[date]:
    return (first + n * ONE_DAY for n in range((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many days of one colour a season has used, out of its quota."""

    colour: Colour
    used: int
    quota: int

    @property
    def left(self) -> int:
        return max(self.quota - self.used, 0)


@dataclass(frozen=True, slots=True)
class SeasonTallies:
    """The counts of a season. `unknown`: days until today of which no colour is known."""

    colours: tuple[Tally, ...]
    unknown: int


def season_tallies(season: Season, now: datetime) -> SeasonTallies:
    """What is used and left: days until today, and tomorrow once its colour is final. One query."""
    today = min(season.ends_on, tempo_day(now))
    rows = TempoDay.objects.filter(
        day__gte=season.starts_on, day__lte=min(today + ONE_DAY, season.ends_on)
    )
    known = rows.exclude(colour="").values_list("day", "colour", "is_binding")
    counted = [colour for day, colour, is_binding in known if is_binding or day <= today]
    until_today = sum(day <= today for day, _colour, _is_binding in known)
    quotas = {
        Colour.BLUE: season.length - RED_QUOTA - WHITE_QUOTA,
        Colour.WHITE: WHITE_QUOTA,
        Colour.RED: RED_QUOTA,
    }
    return SeasonTallies(
        tuple(Tally(one, counted.count(one.value), quota) for one, quota in quotas.items()),
        max((today - season.starts_on).days + 1 - until_today, 0),
    )
