"""Seasons of the tariff: 1 September to 31 August, named by both years ("2026-2027"). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_SEASON = 2014  # the official records begin on 2014-09-01
LABEL = re.compile(r"(\d{4})-(\d{4})")


@dataclass(frozen=True, slots=True, order=True)
class Season:
    """One season, by the year in which it starts."""

    first_year: int

    @property
    def label(self) -> str:
        return f"{self.first_year}-{self.first_year + 1}"

    @property
    def starts_on(self) -> date:
        return date(self.first_year, 9, 1)

    @property
    def ends_on(self) -> date:
        """Its last day."""
        return date(self.first_year + 1, 8, 31)

    @property
    def last_red_on(self) -> date:
        """After 31 March no day of a season is red."""
        return date(self.first_year + 1, 3, 31)

    @property
    def length(self) -> int:
        """365 days, 366 where it contains 29 February."""
        return (self.ends_on - self.starts_on).days + 1

    def days(self) -> Iterator[date]:
        """Every day of it, in order."""
        return (self.starts_on + timedelta(days=n) for n in range(self.length))


def season_of(day: date) -> Season:
    """The season that a Tempo day belongs to."""
    return Season(day.year if day.month >= 9 else day.year - 1)


def season_labelled(label: str) -> Season:
    """The season that is written "2025-2026". Raises ValueError that says what is wrong."""
    found = LABEL.fullmatch(label)
    if found is None or int(found[2]) != int(found[1]) + 1:
        raise ValueError(f"{label!r} is no season: write two years in a row, such as 2025-2026")
    if int(found[1]) < FIRST_SEASON:
        raise ValueError(f"no colours are known before the season {Season(FIRST_SEASON).label}")
    return Season(int(found[1]))
