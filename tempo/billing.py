"""Prices and costs as the database knows colours and grids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .days import PARIS, Colour, DayColour, tempo_day
from .models import PriceGrid, TempoDay
from .prices import (
    Cost,
    Grid,
    Register,
    Slot,
    cost_of,
    grid_in_force,
    next_change,
    price_of,
    register_at,
)
from .worth import ChargeCase, charge_pays

OLD_AFTER = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class Price:
    """The price in force from a moment until `ends_at`. What is not known is None."""

    ends_at: datetime
    register: Register | None
    c_per_kwh: float | None


def price_at(moment: datetime) -> Price:
    """The price in force at a moment: two queries."""
    day = tempo_day(moment)
    colours = known_colours(day, day)
    price = price_of(moment, colours, price_grids())
    return Price(next_change(moment), register_at(moment, colours), price)


def cost(slots: Iterable[Slot]) -> Cost:
    """What slots cost with the colours and grids of their days: two queries."""
    slots = list(slots)
    if not slots:
        return Cost()
    days = [tempo_day(slot.starts_at) for slot in slots]
    return cost_of(slots, known_colours(min(days), max(days)), price_grids())


def known_colours(first: date, last: date) -> dict[date, Colour]:
    """The settled colours of the days from `first` to `last`; days without one are missing."""
    rows = TempoDay.objects.filter(day__range=(first, last)).exclude(colour="")
    return {day: Colour(colour) for day, colour in rows.values_list("day", "colour")}


def price_grids() -> list[Grid]:
    """Every dated grid."""
    return [row.value() for row in PriceGrid.objects.all()]


def current_grid(now: datetime) -> Grid | None:
    """The grid in force today; None only where somebody deleted every one."""
    return grid_in_force(price_grids(), now.astimezone(PARIS).date())


def is_old(grid: Grid, now: datetime) -> bool:
    """Whether a grid is older than the half year that usually lies between two."""
    return now.astimezone(PARIS).date() - grid.starts_on > OLD_AFTER


def charge_cases(colours: Mapping[date, DayColour], now: datetime) -> dict[date, ChargeCase]:
    """Whether charging in the night before pays, for each day that may be red: one query.

    Empty only where every price grid was deleted.
    """
    grid = current_grid(now)
    if grid is None:
        return {}
    cases = {}
    for day, known in colours.items():
        before = colours.get(day - timedelta(days=1))
        if known.may_be_red:
            cases[day] = charge_pays(known, before.colour if before else None, grid)
    return cases
