"""What other rooms ask about the tariff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from .days import DayColour, tempo_day


def colours_around(now: datetime, *, before: int = 1, after: int = 3) -> Mapping[date, DayColour]:
    """What is known of the Tempo days around the one in force at `now`; unknown ones say so."""
    today = tempo_day(now)
    days = (today + timedelta(days=n) for n in range(-before, after + 1))
    return {day: DayColour(day) for day in days}
