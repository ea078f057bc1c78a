"""Why a red day was not covered whole: what rows tell of its night and of its peak hours.

What happened in the night counts only for a battery that was not ready at 06:00, and only what
lasted a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from batteries.energy_slots import SLOT
from batteries.models import Battery

from .intentions import Override, OverrideKind, household
from .models import Note, OrderState
from .red_records import Heard, RedRecords, red_records
from .targets import TargetMode
from .windows import Window, daytime, eve

NO_FAULT = (Note.FULL, Note.EMPTY)


class Miss(StrEnum):
    """Why a red day was not covered whole."""

    LATE_COLOUR = "late_colour"
    AUTOMATION_OFF = "automation_off"
    NOT_READY = "not_ready"
    EMPTY = "empty"
    SILENT = "silent"
    OVERRIDE = "override"
    UNPROVED = "unproved"


@dataclass(frozen=True, slots=True)
class Missed:
    """One cause, with what is known of it. `battery` is empty where it concerns all.

    `by`: who ordered; `what`: an override's kind or target, or the state of an order that was
    never proved or not kept.
    """

    kind: Miss
    battery: str = ""
    at: datetime | None = None
    until: datetime | None = None
    soc: int | None = None
    silent_s: int = 0
    by: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One battery on one red day, as far as the day has come."""

    battery: Battery
    day: date
    slots: Sequence[Heard]
    target: int
    now: datetime

    @property
    def peak(self) -> Window:
        """Its peak hours."""
        return daytime(self.day)

    @property
    def soc_at_start(self) -> int | None:
        """What it said last before 06:00."""
        before = [one.soc for one in self.slots if one.starts_at < self.peak.since]
        return next((soc for soc in reversed(before) if soc is not None), None)

    @property
    def is_short(self) -> bool:
        """Whether it began the day with too little."""
        return self.soc_at_start is not None and self.soc_at_start < self.target - 1

    def within(self, since: datetime, until: datetime | None) -> tuple[datetime, datetime] | None:
        """What of a time counts for this day; None where it is too short."""
        begins = eve(self.day).since if self.is_short else self.peak.since
        since = max(since, begins)
        until = min(until or self.now, self.peak.until, self.now)
        return (since, until) if until - since >= SLOT else None


def missed_on(days: Sequence[date], now: datetime) -> dict[date, list[Missed]]:
    """The causes of each of these days, in order; there is at least one day. Seven queries."""
    records, target = red_records(days), household().target_soc
    missed: dict[date, list[Missed]] = {}
    known: set[int] = set()  # a battery counts from the first red day on that it was heard on
    for day in days:
        heard = records.heard[day]
        known |= heard.keys()
        looks = [
            Look(battery, day, heard.get(battery.pk, ()), target, now)
            for battery in records.batteries
            if battery.pk in heard or (battery.pk in known and battery.is_active)
        ]
        missed[day] = [*_late(day, records), *_automation_off(looks, records)]
        missed[day] += [cause for look in looks for cause in _of_battery(look, records)]
    return missed


def _late(day: date, records: RedRecords) -> Iterator[Missed]:
    """Red was first said after the night had begun. Seasons filled in later tell nothing."""
    told_at = records.told.get(day)
    if told_at is not None and eve(day).since < told_at < daytime(day).until:
        yield Missed(Miss.LATE_COLOUR, at=told_at)


def _automation_off(looks: Sequence[Look], records: RedRecords) -> Iterator[Missed]:
    """Said once for the house, from the first battery that it left alone to the last."""
    spans = [
        span
        for look in looks
        for row in records.unwritten
        if row.battery_id == look.battery.pk and (span := look.within(row.at, row.ended_at))
    ]
    if spans:
        since, until = min(span[0] for span in spans), max(span[1] for span in spans)
        yield Missed(Miss.AUTOMATION_OFF, at=since, until=until)


def _of_battery(look: Look, records: RedRecords) -> Iterator[Missed]:
    name, serving = (
        look.battery.name,
        [one for one in look.slots if one.starts_at >= look.peak.since],
    )
    if look.is_short:
        yield Missed(Miss.NOT_READY, name, soc=look.soc_at_start)
    empty_at = _empty_since(serving, look.battery.soc_floor + 1)
    if empty_at is not None:
        yield Missed(Miss.EMPTY, name, at=empty_at)
    past_s = max(0, int((min(look.peak.until, look.now) - look.peak.since).total_seconds()))
    silent_s = past_s - sum(one.covered_s for one in serving)
    if silent_s >= SLOT.total_seconds():
        yield Missed(Miss.SILENT, name, silent_s=silent_s)
    yield from _ordered(look, records)
    yield from _unproved(look, records)


def _empty_since(slots: Sequence[Heard], floor: int) -> datetime | None:
    """From when on it stayed empty until the end."""
    since = None
    for slot in reversed([one for one in slots if one.soc is not None]):
        if slot.soc is None or slot.soc > floor:
            break
        since = slot.starts_at
    return since


def _ordered(look: Look, records: RedRecords) -> Iterator[Missed]:
    """What people wanted instead of a charge in the night, and of self-consumption by day."""
    for row in records.overrides:
        if row.battery_id != look.battery.pk:
            continue
        since, until = row.starts_at, row.ended_at or row.until
        if row.mode_type == TargetMode.AUTO:
            until = min(until, look.peak.since)
        elif row.mode_type == TargetMode.CHARGE:
            since = max(since, look.peak.since)
        if span := look.within(since, until):
            yield Missed(Miss.OVERRIDE, look.battery.name, *span, by=_who(row), what=_what(row))


def _who(row: Override) -> str:
    return row.asked_by.get_username() if row.asked_by else ""


def _what(row: Override) -> str:
    return row.mode_type if row.kind == OverrideKind.TARGET else row.kind


def _unproved(look: Look, records: RedRecords) -> Iterator[Missed]:
    """The plan's own orders: until they were proved, or as long as they were not kept."""
    for row in records.unproved:
        if row.battery_id != look.battery.pk or row.note in NO_FAULT:
            continue
        is_undone = row.state == OrderState.UNDONE
        until = row.closed_at if is_undone else row.proved_at or row.closed_at
        if span := look.within(row.asked_at, until):
            what = "" if row.proved_at and not is_undone else row.state
            yield Missed(Miss.UNPROVED, look.battery.name, *span, what=what)
