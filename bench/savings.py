"""What batteries would have saved a measured household on Tempo: by strategy, with and without sun.

Three Venus E behave as one: equal shares, so at a third of the power each loses what it loses
there (`scheduling.losses`). Self-consumption is perfect within a half hour, which is what its
measured mean allows. Prices, baseline and sums are those of the live account.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.utils import timezone

from bench.hmg50 import SHARED_DATA
from scheduling.account import Line, Quarter, grouped, priced, summed
from scheduling.losses import charged_w, discharged_w, wall_to_charge_w, wall_to_discharge_w
from tempo.billing import current_grid
from tempo.days import Colour, at_local, is_peak, tempo_day
from tempo.prices import Grid
from tempo.worth import WEAR_C_KWH

FIRST, LAST = date(2023, 9, 1), date(2024, 7, 23)  # of the season 2023-2024 what is measured
HALF_HOUR_H = 0.5
BATTERIES, RATED_WH, FLOOR, TARGET = 3, 5120, 0.12, 0.95
POWER_W, LEAST_W = 2500, 250
BUDGET_W = 0.9 * 9000  # of a contract of 9 kVA
SUN_YEAR, FIVE = 2018, time(5)


class Strategy(StrEnum):
    """When the batteries charge from the grid."""

    NONE = "none"  # no batteries
    SELF_CONSUMPTION = "self_consumption"  # never: sun in, house out
    RED_EVES = "red_eves_only"  # in the night before a red day
    EVERY_NIGHT = "every_night"


@dataclass(frozen=True)
class Household:
    """Half hours of a house: load and sun [W] by their start, and the colours of its days."""

    load_w: Mapping[datetime, float]
    sun_w: Mapping[datetime, float]
    colours: Mapping[date, Colour]

    def needs_w(self, at: datetime, *, with_sun: bool) -> float:
        """What the house lacks, below zero what it has too much."""
        return self.load_w[at] - (self.sun_w[at] if with_sun else 0.0)


@dataclass
class Store:
    """The batteries together: energy in the cells, and what went through."""

    cells_wh: float = BATTERIES * RATED_WH * FLOOR
    floor_wh: float = BATTERIES * RATED_WH * FLOOR
    full_wh: float = BATTERIES * RATED_WH
    given_wh: float = field(default=0.0)

    def take(self, wall_w: float, hours: float, until: float = 1.0) -> float:
        """Charge at up to this power, up to a share of full; the power that was taken."""
        room_w = max(0.0, self.full_wh * until - self.cells_wh) / hours
        each_w = min(wall_w / BATTERIES, POWER_W, wall_to_charge_w(room_w / BATTERIES))
        if each_w <= 0 or charged_w(each_w) <= 0:
            return 0.0
        self.cells_wh += BATTERIES * charged_w(each_w) * hours
        return BATTERIES * each_w

    def give(self, wall_w: float, hours: float) -> float:
        """Feed the house with up to this power; the power that was given."""
        left_w = max(0.0, self.cells_wh - self.floor_wh) / hours / BATTERIES
        each_w = min(wall_w / BATTERIES, POWER_W, wall_to_discharge_w(left_w))
        if each_w <= 0:
            return 0.0
        self.cells_wh -= BATTERIES * discharged_w(each_w) * hours
        self.given_wh += BATTERIES * each_w * hours
        return BATTERIES * each_w


def household(folder: Path) -> Household:
    """House, sun of another year, and colours. Raises FileNotFoundError."""
    powers = {
        datetime.fromisoformat(row["start_utc"]): row["power_w"]
        for row in _rows(folder / "household_load_fr_30min.csv")
    }
    load_w = {at: float(text) for at, text in powers.items() if text and _is_measured(at)}
    sun = {
        datetime.fromisoformat(row["start_utc"]): float(row["power_w"])
        for row in _rows(folder / "pv_fr_30min.csv")
    }
    colours = {
        date.fromisoformat(row["date"]): Colour(row["color"].lower())
        for row in _rows(folder / "tempo_days.csv")
    }
    return Household(load_w, {at: sun[sun_of(at)] for at in load_w}, colours)


def sun_of(at: datetime) -> datetime:
    """The same half hour of the sun's year; 29 February is 28 February."""
    utc = at.astimezone(UTC)
    return utc.replace(year=SUN_YEAR, day=28 if (utc.month, utc.day) == (2, 29) else utc.day)


def _is_measured(at: datetime) -> bool:
    return FIRST <= tempo_day(at) <= LAST


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def flows(house: Household, strategy: Strategy, *, with_sun: bool) -> Iterator[Quarter]:
    """What house and batteries moved in each half hour that was measured."""
    store = Store()
    for at in sorted(house.load_w):
        needs_w = house.needs_w(at, with_sun=with_sun)
        taken_w, given_w = _moved_w(store, house, strategy, at, needs_w)
        net_wh = (needs_w + taken_w - given_w) * HALF_HOUR_H
        yield Quarter(
            at,
            taken_w * HALF_HOUR_H,
            given_w * HALF_HOUR_H,
            max(0.0, net_wh),
            max(0.0, -net_wh),
        )


def _moved_w(
    store: Store, house: Household, strategy: Strategy, at: datetime, needs_w: float
) -> tuple[float, float]:
    if strategy == Strategy.NONE:
        return 0.0, 0.0
    if _is_charging(house, strategy, at):
        return store.take(_charge_w(store, at, needs_w), HALF_HOUR_H, TARGET), 0.0
    if needs_w < 0:
        return store.take(-needs_w, HALF_HOUR_H), 0.0
    return 0.0, store.give(needs_w, HALF_HOUR_H)


def _is_charging(house: Household, strategy: Strategy, at: datetime) -> bool:
    """Within the night before a day that it charges for."""
    if is_peak(at) or strategy == Strategy.SELF_CONSUMPTION:
        return False
    tomorrow = house.colours[tempo_day(at) + timedelta(days=1)]
    return strategy == Strategy.EVERY_NIGHT or tomorrow == Colour.RED


def _charge_w(store: Store, at: datetime, needs_w: float) -> float:
    """Spread until one hour before 06:00, at least 250 W each, within the contract."""
    end = at_local(tempo_day(at) + timedelta(days=1), FIVE)
    hours = max(HALF_HOUR_H, (end.astimezone(UTC) - at).total_seconds() / 3600)
    missing_w = max(0.0, store.full_wh * TARGET - store.cells_wh) / hours
    spread_w = max(LEAST_W, wall_to_charge_w(missing_w / BATTERIES)) * BATTERIES
    return max(0.0, min(spread_w, BUDGET_W - max(0.0, needs_w)))


def account(house: Household, strategy: Strategy, grid: Grid, *, with_sun: bool) -> list[Line]:
    """The same lines as the live account's, all at one grid's prices."""
    every_day = Grid(FIRST, grid.c_per_kwh)
    return list(priced(flows(house, strategy, with_sun=with_sun), house.colours, [every_day]))


def result(house: Household, strategy: Strategy, grid: Grid, *, with_sun: bool) -> dict[str, Any]:
    """One strategy's figures."""
    lines = account(house, strategy, grid, with_sun=with_sun)
    sums, red = summed(lines), summed(line for line in lines if line.is_red_peak)
    wear_eur = sums.discharged_wh / 1000 * WEAR_C_KWH / 100
    return {
        "cost_eur": round(sums.with_eur, 2),
        "saved_eur": round(sums.saved_eur, 2),
        "saved_less_wear_eur": round(sums.saved_eur - wear_eur, 2),
        "charged_kwh": round(sums.charged_wh / 1000, 1),
        "given_kwh": round(sums.discharged_wh / 1000, 1),
        "given_to_the_grid_kwh": round(sums.exported_wh / 1000, 1),
        "red_peak_covered_kwh": round(red.discharged_wh / 1000, 1),
        "red_peak_bought_kwh": round(red.imported_wh / 1000, 1),
        "red_peak_avoided_eur": round(red.saved_eur, 2),
    }


def measure(house: Household, grid: Grid) -> dict[str, Any]:
    """Every strategy, without and with sun."""
    days = grouped(account(house, Strategy.NONE, grid, with_sun=False), lambda day: day)
    whole = (LAST - FIRST).days + 1
    return {
        "house": f"measured, {FIRST} to {LAST}: {len(days)} of {whole} days",
        "sun": f"3 kWp, modelled for {SUN_YEAR}: house and sun are of different years,"
        " 29 February has the sun of 28 February",
        "half_hours_missing": whole * 48 - len(house.load_w),
        "red_days": sum(house.colours[day] == Colour.RED for day in days),
        "prices_since": grid.starts_on.isoformat(),
        "batteries": f"{BATTERIES} x {RATED_WH} Wh, {FLOOR:.0%} to {TARGET:.0%} from the grid,"
        f" contract 9 kVA, wear {WEAR_C_KWH} c EUR a kWh given",
        **{
            name: {one.value: result(house, one, grid, with_sun=with_sun) for one in Strategy}
            for name, with_sun in (("without_sun", False), ("with_sun", True))
        },
    }


def run() -> dict[str, Any]:
    """With today's prices; where the data are missing, that."""
    try:
        house = household(SHARED_DATA)
    except FileNotFoundError as error:
        return {"missing": f"{error.filename}: SHARED_DIR names the folder above its data/"}
    current = current_grid(timezone.now())
    return measure(house, current) if current else {"missing": "every price grid was deleted"}
