"""Days that are red for certain, as RTE says it the day before."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour
from tempo.services import record_answers


def is_told(day: date, colour: Colour) -> None:
    """RTE has said so, at noon of the day before."""
    noon = datetime.combine(day - timedelta(days=1), time(11), UTC)
    record_answers(Source.RTE_SITE, [Answer(day, colour)], noon)


def red_day(day: date, *, before: Colour = Colour.BLUE) -> None:
    """A red day and the one before it."""
    is_told(day - timedelta(days=1), before)
    is_told(day, Colour.RED)


def blue_days(first: date, count: int = 3) -> None:
    """Days that are blue for certain: nothing is charged for them in case they were red."""
    for number in range(count):
        is_told(first + timedelta(days=number), Colour.BLUE)
