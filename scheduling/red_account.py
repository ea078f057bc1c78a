"""The account of red days: what the batteries covered in red peak hours, and what went wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Min, Q

from batteries.energy_slots import SLOT, EnergySlot
from batteries.models import Battery
from tempo.days import DAY_STARTS, NIGHT_STARTS, PARIS, Colour, at_local
from tempo.models import TempoStatement

from .account import Line, Sums
from .intentions import Override, OverrideKind, household
from .targets import TargetMode

ONE_DAY, BEFORE = timedelta(days=1), timedelta(hours=1)


class Miss(StrEnum):
    """Why a red day was not covered whole."""

    LATE_COLOUR = "late_colour"
    NOT_READY = "not_ready"
    EMPTY = "empty"
    SILENT = "silent"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Missed:
    """One cause, with what is known of it. `battery` is empty where it concerns all."""

    kind: Miss
    battery: str = ""
    at: datetime | None = None
    until: datetime | None = None
    soc: int | None = None
    silent_s: int = 0


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


@dataclass(frozen=True, slots=True)
class Heard:
    """What one battery said in one slot."""

    starts_at: datetime
    soc: int | None
    covered_s: int


def red_days(lines: Iterable[Line], now: datetime) -> list[RedDay]:
    """Each red day among these lines, in order. Five queries more, none without a red day."""
    sums: dict[date, Sums] = defaultdict(Sums)
    for line in lines:
        if line.is_red_peak:
            sums[line.price.day].add(line)
    missed = _missed(sorted(sums), now) if sums else {}
    return [RedDay(day, sums[day], tuple(missed[day])) for day in sorted(sums)]


def peak_hours(day: date) -> tuple[datetime, datetime]:
    """06:00 and 22:00 of a day in Paris."""
    return at_local(day, DAY_STARTS), at_local(day, NIGHT_STARTS)


def _missed(days: Sequence[date], now: datetime) -> dict[date, list[Missed]]:
    told, overrides, heard = _first_told(days), _overrides(days), _heard(days)
    batteries, target = list(Battery.objects.all()), household().target_soc
    missed: dict[date, list[Missed]] = {}
    known: set[int] = set()  # a battery counts from the first red day on that it was heard on
    for day in days:
        missed[day] = list(_late(day, told.get(day)))
        for battery in batteries:
            slots = heard[day].get(battery.pk, [])
            if slots:
                known.add(battery.pk)
            elif battery.pk not in known or not battery.is_active:
                continue
            missed[day] += _of_battery(battery, day, slots, target, now)
            missed[day] += _ordered(battery, day, overrides, now)
    return missed


def _late(day: date, told_at: datetime | None) -> Iterator[Missed]:
    """Red was first said after the night had begun. Seasons filled in later tell nothing."""
    night, end = at_local(day - ONE_DAY, NIGHT_STARTS), at_local(day, NIGHT_STARTS)
    if told_at is not None and night < told_at < end:
        yield Missed(Miss.LATE_COLOUR, at=told_at)


def _of_battery(
    battery: Battery, day: date, slots: Sequence[Heard], target: int, now: datetime
) -> Iterator[Missed]:
    start, end = peak_hours(day)
    ready = [one.soc for one in slots if one.starts_at < start and one.soc is not None]
    if ready and ready[-1] < target - 1:
        yield Missed(Miss.NOT_READY, battery.name, soc=ready[-1])
    serving = [one for one in slots if one.starts_at >= start]
    empty_at = _empty_since(serving, battery.soc_floor + 1)
    if empty_at is not None:
        yield Missed(Miss.EMPTY, battery.name, at=empty_at)
    past_s = max(0, int((min(end, now) - start).total_seconds()))
    silent_s = past_s - sum(one.covered_s for one in serving)
    if silent_s >= SLOT.total_seconds():
        yield Missed(Miss.SILENT, battery.name, silent_s=silent_s)


def _empty_since(slots: Sequence[Heard], floor: int) -> datetime | None:
    """From when on it stayed empty until the end."""
    since = None
    for slot in reversed([one for one in slots if one.soc is not None]):
        if slot.soc is None or slot.soc > floor:
            break
        since = slot.starts_at
    return since


def _ordered(
    battery: Battery, day: date, overrides: Iterable[Override], now: datetime
) -> Iterator[Missed]:
    start, end = peak_hours(day)
    for row in overrides:
        since, until = max(row.starts_at, start), min(row.ended_at or row.until, end, now)
        if row.battery_id == battery.pk and since < until:
            yield Missed(Miss.OVERRIDE, battery.name, at=since, until=until)


def _first_told(days: Sequence[date]) -> Mapping[date, datetime]:
    """When each of these days was first called red."""
    said = TempoStatement.objects.filter(day__in=days, colour=Colour.RED).order_by()
    return dict(said.values_list("day").annotate(Min("at")))


def _overrides(days: Sequence[date]) -> list[Override]:
    """What people wanted instead of self-consumption between the first and the last of the days."""
    rows = Override.objects.filter(
        starts_at__lt=peak_hours(days[-1])[1], until__gt=peak_hours(days[0])[0]
    )
    serves = Q(kind=OverrideKind.TARGET, mode_type=TargetMode.AUTO)
    return list(rows.exclude(serves).order_by("starts_at"))


def _heard(days: Sequence[date]) -> dict[date, dict[int, list[Heard]]]:
    """What each battery said from 05:00 to 22:00 of each day, in the order of time."""
    windows, found = Q(), {}
    for day in days:
        start, end = peak_hours(day)
        windows |= Q(starts_at__gte=start - BEFORE, starts_at__lt=end)
        found[day] = defaultdict[int, list[Heard]](list)
    rows = EnergySlot.objects.filter(windows).order_by("starts_at")
    columns = "battery_id", "starts_at", "soc", "covered_s"
    for battery_id, starts_at, soc, covered_s in rows.values_list(*columns):
        day = starts_at.astimezone(PARIS).date()
        found[day][battery_id].append(Heard(starts_at, soc, covered_s))
    return {day: dict(by_battery) for day, by_battery in found.items()}
