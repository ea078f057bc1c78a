"""Orders, decisions and overrides as one timeline, newest first, a page at a time.

A page begins after a place (moment, kind, id) and reads at most its own length from each table, so
it costs the same however long the history is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from tempo.days import at_local

from .intentions import Decision, Override
from .models import Order

PAGE = 50


class Kind(IntEnum):
    """The greater is the later one of the same moment: an order follows from its decision."""

    OVERRIDE = 0
    DECISION = 1
    ORDER = 2


MOMENTS = {Kind.OVERRIDE: "starts_at", Kind.DECISION: "at", Kind.ORDER: "asked_at"}
PEOPLE = ("asked_by", "replaced_by__asked_by")


class Place(NamedTuple):
    """Where in the timeline a row stands."""

    at: datetime
    kind: Kind
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{int(self.kind)}~{self.pk}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """From an address; None for nonsense."""
        parts = text.split("~")
        if len(parts) != 3 or not parts[2].isdecimal() or parts[1] not in {"0", "1", "2"}:
            return None
        try:
            at = parse_datetime(parts[0])
        except ValueError:
            return None
        if at is None or at.tzinfo is None:
            return None
        return cls(at, Kind(int(parts[1])), min(int(parts[2]), 2**62))


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the timeline."""

    place: Place
    row: Order | Decision | Override

    @property
    def kind(self) -> str:
        return self.place.kind.name.lower()


@dataclass(frozen=True, slots=True)
class Filters:
    """What is to be seen; None: everything."""

    kind: Kind | None = None
    battery_id: int | None = None
    state: str | None = None
    origin: str | None = None
    author_id: int | None = None
    day: date | None = None

    @property
    def kinds(self) -> list[Kind]:
        """The tables that can hold what is asked for: only orders have a verdict, and nobody
        makes a decision."""
        kinds = set(Kind) if self.kind is None else {self.kind}
        if self.state:
            kinds &= {Kind.ORDER}
        if self.origin or self.author_id:
            kinds -= {Kind.DECISION}
        return sorted(kinds)


def page(
    filters: Filters, before: Place | None = None, size: int = PAGE
) -> tuple[list[Entry], Place | None]:
    """The newest `size` entries before a place, and the place that the next page begins after;
    None where there is no more."""
    entries: list[Entry] = []
    for kind in filters.kinds:
        rows = _rows(kind, filters, before)[: size + 1]
        entries += [_entry(kind, row) for row in rows]
    entries.sort(key=lambda entry: entry.place, reverse=True)
    shown = entries[:size]
    return shown, shown[-1].place if len(entries) > size else None


def everything(filters: Filters, size: int = 500) -> Iterator[Entry]:
    """All that is filtered, read a page at a time."""
    before: Place | None = None
    while True:
        entries, before = page(filters, before, size)
        yield from entries
        if before is None:
            return


def _rows(kind: Kind, filters: Filters, before: Place | None) -> QuerySet[Any]:
    moment = MOMENTS[kind]
    rows = _table(kind).order_by(f"-{moment}", "-id")
    if before is not None:
        rows = rows.filter(_earlier(kind, moment, before))
    if filters.day is not None:
        starts_at = at_local(filters.day, time())
        ends_at = at_local(filters.day + timedelta(days=1), time())
        rows = rows.filter(**{f"{moment}__gte": starts_at, f"{moment}__lt": ends_at})
    return rows.filter(**_named(filters))


def _table(kind: Kind) -> QuerySet[Any]:
    if kind is Kind.ORDER:
        orders = Order.objects.select_related("battery", *PEOPLE)
        return orders.prefetch_related("attempts")
    if kind is Kind.DECISION:
        return Decision.objects.select_related("battery")
    return Override.objects.select_related("battery", "asked_by")


def _named(filters: Filters) -> dict[str, object]:
    wanted = {
        "battery_id": filters.battery_id,
        "state": filters.state,
        "origin": filters.origin,
        "asked_by_id": filters.author_id,
    }
    return {name: value for name, value in wanted.items() if value}


def _earlier(kind: Kind, moment: str, before: Place) -> Q:
    """What stands after a place in the timeline, that is, before it in time."""
    if kind < before.kind:
        return Q(**{f"{moment}__lte": before.at})
    if kind > before.kind:
        return Q(**{f"{moment}__lt": before.at})
    same = Q(**{f"{moment}__lte": before.at})
    return same & (Q(**{f"{moment}__lt": before.at}) | Q(id__lt=before.pk))


def _entry(kind: Kind, row: Any) -> Entry:
    place = Place(getattr(row, MOMENTS[kind]), kind, row.pk)
    return Entry(place, row)


def authors() -> Sequence[tuple[int, str]]:
    """People who have ordered something, by name."""
    people = Override.objects.exclude(asked_by=None).order_by("asked_by__username")
    return list(people.values_list("asked_by_id", "asked_by__username").distinct())
