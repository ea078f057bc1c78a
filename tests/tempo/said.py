"""Statements and moments for tests of the tariff."""

from __future__ import annotations

from datetime import date, datetime, time

from tempo.consensus import Source, Statement, is_binding
from tempo.days import PARIS, Colour

RED_POSSIBLE = date(2027, 1, 12)  # a Tuesday
EARLY, LATE = time(8), time(11, 20)  # before and after the final publication


def paris(day: date, clock: time = time(12)) -> datetime:
    """An aware moment on the clocks of Paris."""
    return datetime.combine(day, clock, PARIS)


def said(
    source: Source,
    colour: Colour | None,
    *,
    day: date = RED_POSSIBLE,
    at: time = LATE,
    is_degraded: bool = False,
) -> Statement:
    """What a source said of `day` on the day before, at this time in Paris."""
    moment = paris(date.fromordinal(day.toordinal() - 1), at)
    final = is_binding(source, day, colour, moment, is_degraded=is_degraded)
    return Statement(source, day, colour, final, is_degraded, moment, moment)
