"""Rows about red days, from 22:00 of the night before to 22:00: six queries, however many days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Min, Q

from batteries.energy_slots import SLOT, EnergySlot
from batteries.models import Battery
from tempo.days import PARIS, Colour
from tempo.models import TempoStatement

from .intentions import Decision, Override
from .models import Order, OrderState, Origin
from .windows import daytime, eve

BEFORE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one battery said in one slot."""

    starts_at: datetime
    soc: int | None
    covered_s: int


@dataclass(frozen=True, slots=True)
class RedRecords:
    """What is known of some red days.

    `told`: when each was first called red. `heard`: by day and battery, from 05:00 on. `unwritten`:
    decisions that nothing was done for, since automation was off. `unproved`: what the plan ordered
    and what was not proved within a quarter of an hour, or not kept.
    """

    batteries: Sequence[Battery]
    told: Mapping[date, datetime]
    heard: Mapping[date, Mapping[int, Sequence[Heard]]]
    overrides: Sequence[Override]
    unwritten: Sequence[Decision]
    unproved: Sequence[Order]


def red_records(days: Sequence[date]) -> RedRecords:
    """Of these days, in order; there is at least one."""
    since, until = eve(days[0]).since, daytime(days[-1]).until
    is_open, orders = Q(ended_at=None) | Q(ended_at__gt=since), Order.objects.filter(override=None)
    late = Q(proved_at=None) | Q(proved_at__gt=F("asked_at") + SLOT) | Q(state=OrderState.UNDONE)
    return RedRecords(
        list(Battery.objects.all()),
        _first_told(days),
        _heard(days),
        list(
            Override.objects.filter(is_open, starts_at__lt=until, until__gt=since)
            .select_related("asked_by")
            .order_by("starts_at")
        ),
        list(
            Decision.objects.filter(is_open, at__lt=until, is_written=False)
            .exclude(mode_type="")
            .order_by("at")
        ),
        list(
            orders.filter(late, Q(closed_at=None) | Q(closed_at__gt=since), asked_at__lt=until)
            .exclude(Q(origin=Origin.END) | Q(is_set_up=True))
            .order_by("asked_at")
        ),
    )


def _first_told(days: Sequence[date]) -> Mapping[date, datetime]:
    """When each of these days was first called red."""
    said = TempoStatement.objects.filter(day__in=days, colour=Colour.RED).order_by()
    return dict(said.values_list("day").annotate(Min("at")))


def _heard(days: Sequence[date]) -> dict[date, dict[int, list[Heard]]]:
    """What each battery said from 05:00 to 22:00 of each day, in the order of time."""
    windows, found = Q(), {}
    for day in days:
        peak = daytime(day)
        windows |= Q(starts_at__gte=peak.since - BEFORE, starts_at__lt=peak.until)
        found[day] = defaultdict[int, list[Heard]](list)
    rows = EnergySlot.objects.filter(windows).order_by("starts_at")
    columns = "battery_id", "starts_at", "soc", "covered_s"
    for battery_id, starts_at, soc, covered_s in rows.values_list(*columns):
        day = starts_at.astimezone(PARIS).date()
        found[day][battery_id].append(Heard(starts_at, soc, covered_s))
    return {day: dict(by_battery) for day, by_battery in found.items()}
