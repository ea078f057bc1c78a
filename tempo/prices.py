"""Which price is in force when, and what energy costs. Pure: colours and grids are arguments.

Six registers, as on the meter: a colour, peak (06:00-22:00) or off-peak. Off-peak of 22:00-24:00
has the day's colour, that of 00:00-06:00 the colour of the day before. A new grid holds from
midnight of its date: whether the bill turns there or at 06:00 is not published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from .days import DAY_STARTS, NIGHT_STARTS, PARIS, Colour, at_local, is_peak, tempo_day


class Register(NamedTuple):
    """One of the meter's six counters."""

    colour: Colour
    is_peak: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """The prices from one date on [c EUR/kWh, all taxes included]."""

    starts_on: date
    c_per_kwh: Mapping[Register, float]

    def price(self, colour: Colour, *, peak: bool) -> float:
        """[c EUR/kWh]"""
        return self.c_per_kwh[Register(colour, peak)]


@dataclass(frozen=True, slots=True)
class Slot:
    """Energy of an interval that does not cross 06:00 or 22:00: a quarter, half or whole hour."""

    starts_at: datetime
    energy_wh: float


@dataclass(slots=True)
class Cost:
    """What slots cost. `unpriced_wh`: energy of days without a known colour or grid."""

    eur: float = 0.0
    registers_wh: dict[Register, float] = field(default_factory=lambda: defaultdict(float))
    unpriced_wh: float = 0.0


def register_at(moment: datetime, colours: Mapping[date, Colour]) -> Register | None:
    """The counter that runs at a moment; None where the day's colour is not known."""
    colour = colours.get(tempo_day(moment))
    return Register(colour, is_peak(moment)) if colour else None


def grid_in_force(grids: Sequence[Grid], day: date) -> Grid | None:
    """The grid that holds on a date of the calendar; None before the first."""
    begun = [grid for grid in grids if grid.starts_on <= day]
    return max(begun, key=lambda grid: grid.starts_on, default=None)


def price_of(
    moment: datetime, colours: Mapping[date, Colour], grids: Sequence[Grid]
) -> float | None:
    """[c EUR/kWh] at a moment; None where colour or grid is not known."""
    register = register_at(moment, colours)
    grid = grid_in_force(grids, moment.astimezone(PARIS).date())
    return grid.c_per_kwh[register] if register and grid else None


def cost_of(slots: Iterable[Slot], colours: Mapping[date, Colour], grids: Sequence[Grid]) -> Cost:
    """What these slots cost together, and on which register each Wh ran."""
    cost = Cost()
    for slot in slots:
        register = register_at(slot.starts_at, colours)
        price = price_of(slot.starts_at, colours, grids)
        if register:
            cost.registers_wh[register] += slot.energy_wh
        if price is None:
            cost.unpriced_wh += slot.energy_wh
        else:
            cost.eur += slot.energy_wh / 1000 * price / 100
    return cost


def next_change(moment: datetime) -> datetime:
    """When the price in force at a moment ends: the next 06:00 or 22:00 in Paris."""
    today = moment.astimezone(PARIS).date()
    edges = [at_local(today, clock) for clock in (DAY_STARTS, NIGHT_STARTS)]
    return min(
        [edge for edge in edges if edge > moment],
        default=at_local(today + timedelta(days=1), DAY_STARTS),
    )
