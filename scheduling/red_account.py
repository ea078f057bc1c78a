"""The account of red days: what the batteries covered in red peak hours, and what went wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from .account import Line, Sums
from .red_causes import Missed, missed_on


@dataclass(frozen=True, slots=True)
class RedDay:
    """One red day's peak hours: their sums, and what was missed."""

    day: date
    sums: Sums
    missed: tuple[Missed, ...]

    @property
    def used_wh(self) -> float | None:
        """What the house took from batteries and grid; None where no meter was heard for most of
        the day."""
        sums = self.sums
        if sums.unmetered * 2 > sums.quarters:
            return None
        return sums.imported_wh - sums.exported_wh + sums.discharged_wh - sums.charged_wh


def red_days(lines: Iterable[Line], now: datetime) -> list[RedDay]:
    """Each red day among these lines, in order. Seven queries more, none without a red day."""
    sums: dict[date, Sums] = defaultdict(Sums)
    for line in lines:
        if line.is_red_peak:
            sums[line.price.day].add(line)
    missed = missed_on(sorted(sums), now) if sums else {}
    return [RedDay(day, sums[day], tuple(missed[day])) for day in sorted(sums)]
