"""How often lost batteries are looked for: at once, then after 10, 20, 40 minutes, up to 6 hours.

Pure: no clock, no I/O. A search is a broadcast that every battery of its port hears.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_WAIT = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=6)
Place = tuple[int, str, int]  # a battery's key, and the address and port where it is not


@dataclass(frozen=True, slots=True)
class _Wait:
    searched_at: datetime
    lasts: timedelta

    def is_over(self, now: datetime) -> bool:
        return not timedelta(0) <= now - self.searched_at < self.lasts  # or the clock went back


class SearchPace:
    """What is remembered of past searches. Something new, be it a battery that is lost, an
    address that was corrected or another network, is looked for at once."""

    def __init__(self) -> None:
        self._waits: dict[Place, _Wait] = {}
        self._surroundings: Hashable = None

    def due(self, lost: Iterable[Place], surroundings: Hashable, now: datetime) -> set[Place]:
        """Those that a search at `now` shall look for; the caller searches if there are any."""
        if surroundings != self._surroundings:
            self._waits.clear()
        self._surroundings = surroundings
        lost = set(lost)
        self._forget_found(lost, now)
        due = {place for place in lost if self._is_due(place, now)}
        for place in due:
            self._waits[place] = _Wait(now, self._next_wait(place))
        return due

    def _is_due(self, place: Place, now: datetime) -> bool:
        return place not in self._waits or self._waits[place].is_over(now)

    def _next_wait(self, place: Place) -> timedelta:
        past = self._waits.get(place)
        return FIRST_WAIT if past is None else min(2 * past.lasts, LONGEST_WAIT)

    def _forget_found(self, lost: set[Place], now: datetime) -> None:
        """One that comes and goes is still looked for every 10 minutes at most."""
        self._waits = {
            place: wait
            for place, wait in self._waits.items()
            if place in lost or not _Wait(wait.searched_at, FIRST_WAIT).is_over(now)
        }
