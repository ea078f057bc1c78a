"""What it costs not to be ready for a red day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from batteries.models import Battery
from tempo.billing import current_grid
from tempo.days import Colour, DayColour
from tempo.selectors import colours_around
from tempo.worth import charge_pays

from .intentions import household
from .surroundings import battery_state, usable_kwh


def cost_of_missing(day: date, batteries: Iterable[Battery], now: datetime) -> float | None:
    """What is lost if these batteries do not serve the red day `day` [EUR]: what they could give
    above their floors, at red peak prices, less what the charge costs. None without prices."""
    grid = current_grid(now)
    if grid is None:
        return None
    states = [battery_state(battery, now) for battery in batteries]
    kwh = usable_kwh(states, household().target_soc)
    night = colours_around(now, after=8).get(day - timedelta(days=1))
    red = DayColour(day, Colour.RED, is_binding=True, may_be_red=True, red_probability=1.0)
    case = charge_pays(red, night.colour if night else None, grid, delivered_kwh=kwh)
    return case.missed_eur
