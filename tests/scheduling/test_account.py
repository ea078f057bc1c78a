"""The account: with and without batteries, the price in force, and sums that are sums of rows."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from batteries.energy_slots import SLOT, EnergySlot, HouseSlot
from scheduling.account import Quarter, Sums, grouped, priced, summed
from scheduling.energies import account_lines, account_periods, quarters_between
from tempo.days import PARIS, Colour, at_local
from tempo.prices import Slot, cost_of
from tests.rows import battery
from tests.tempo.test_prices import CURRENT

from .energy_rows import house_slot, quarters, slot
from .red_days import is_told, red_day

BLUE, RED, SIX = Colour.BLUE, Colour.RED, time(6)
DAY = date(2026, 12, 1)
NOON = datetime(2026, 12, 1, 12, tzinfo=PARIS)
SPRING, AUTUMN = date(2026, 3, 28), date(2026, 10, 24)  # the Tempo days with the clock change


def quarter(charged: float, given: float, bought: float | None, exported: float = 0) -> Quarter:
    return Quarter(NOON, charged, given, bought, exported)


@pytest.mark.parametrize(
    ("row", "with_wh", "without_wh"),
    [
        (quarter(0, 300, 100), 100, 400),  # they gave 300 of the 400 that the house used
        (quarter(600, 0, 900), 900, 300),  # bought to be kept
        (quarter(0, 0, 200, 150), 200, 200),  # they stood still: whatever the meter did
        (quarter(500, 0, 0, 100), 0, 0),  # sun that would have been given away
        (quarter(500, 0, 200), 200, 0),  # 200 of it bought, 300 of it sun
        (quarter(0, 300, 0, 100), 0, 200),  # 100 of it was given away
        (quarter(0, 300, 50, 400), 50, 50),  # all of it
        (quarter(200, 500, 0), 0, 300),  # one charged from the other
        (quarter(600, 0, None), 600, 0),  # no meter: their own energy is all that is known
        (quarter(0, 300, None), 0, 300),
    ],
)
def test_the_same_house_without_batteries(row: Quarter, with_wh: float, without_wh: float) -> None:
    assert (row.with_wh, row.without_wh) == (with_wh, without_wh)


def test_a_charge_costs_and_what_it_gives_pays() -> None:
    colours = {DAY - timedelta(days=1): BLUE, DAY: RED}
    night = Quarter(NOON.replace(hour=3), 1000, 0, 1000)
    [charge, served] = priced([night, quarter(0, 800, 0)], colours, [CURRENT])
    assert charge.saved_eur == pytest.approx(-0.1356)
    assert served.saved_eur == pytest.approx(0.8 * 0.7295)
    assert (charge.is_red_peak, served.is_red_peak) == (False, True)
    assert summed([charge, served]).saved_eur == pytest.approx(0.448)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (DAY, 24)])
def test_days_of_23_and_25_hours_have_all_their_rows(day: date, hours: int) -> None:
    colours = {day + timedelta(days=n): Colour((BLUE, RED)[n % 2]) for n in (-1, 0, 1)}
    start, end = at_local(day, SIX), at_local(day + timedelta(days=1), SIX)
    rows = [Quarter(at, 0, 100, 50) for at in quarters(start - 4 * SLOT, end + 4 * SLOT)]
    grids = [replace(CURRENT, starts_on=date(2026, 1, 1))]
    sums = grouped(priced(rows, colours, grids), lambda one: one)
    assert sums[day].quarters == hours * 4
    assert sums[day].discharged_wh == hours * 400
    counted = cost_of((Slot(one.starts_at, 100) for one in rows[4:-4]), colours, grids)
    assert sums[day].saved_eur == pytest.approx(counted.eur) != 0


def test_prices_change_at_six_at_ten_and_with_a_grid_at_midnight() -> None:
    dearer = {register: 2 * price for register, price in CURRENT.c_per_kwh.items()}
    grids = [CURRENT, type(CURRENT)(DAY + timedelta(days=1), dearer)]
    rows = [Quarter(at, 0, 100) for at in quarters(NOON, NOON + timedelta(hours=20))]
    prices = [line.price.c_per_kwh for line in priced(rows, {DAY: RED}, grids)]
    changes = [
        (f"{rows[n].starts_at.astimezone(PARIS):%H:%M}", prices[n])
        for n in range(len(rows))
        if n == 0 or prices[n] != prices[n - 1]
    ]
    assert changes == [("12:00", 72.95), ("22:00", 16.15), ("00:00", 32.30), ("06:00", None)]


def test_what_has_no_price_is_counted_and_costs_nothing() -> None:
    sums = summed(priced([quarter(0, 500, 100)], {}, [CURRENT]))
    assert (sums.saved_eur, sums.unpriced, sums.discharged_wh) == (0, 1, 500)


def test_joined_sums_are_the_sum_of_all_rows() -> None:
    lines = list(priced([quarter(0, 500, 100), quarter(90, 0, None)], {DAY: RED}, [CURRENT]))
    joined = Sums()
    for line in lines:
        joined.join(summed([line]))
    assert joined == summed(lines)


@pytest.mark.django_db
def test_batteries_are_added_up_and_the_house_is_not() -> None:
    EnergySlot.objects.bulk_create(
        slot(battery(name), NOON, discharged_wh=wh) for name, wh in (("A", 100), ("B", 50.5))
    )
    HouseSlot.objects.create(starts_at=NOON, imported_wh=30, exported_wh=0, covered_s=900)
    assert list(quarters_between(NOON, NOON + SLOT)) == [Quarter(NOON, 0, 150.5, 30)]


@pytest.mark.django_db
def test_a_meter_that_was_silent_for_most_of_a_slot_is_no_meter() -> None:
    EnergySlot.objects.bulk_create([slot(battery(), NOON, discharged_wh=100)])
    house = house_slot(NOON, 30)
    house.covered_s = 449
    house.save()
    assert list(quarters_between(NOON, NOON + SLOT)) == [Quarter(NOON, 0, 100)]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_lines_take_three_queries_whatever_they_hold(
    count: int, django_assert_num_queries: Any
) -> None:
    red_day(DAY)
    start, end = at_local(DAY, SIX), at_local(DAY + timedelta(days=1), SIX)
    for number in range(count):
        mine = battery(f"B{number}")
        EnergySlot.objects.bulk_create(slot(mine, at) for at in quarters(start, end))
    with django_assert_num_queries(3):
        assert len(account_lines(DAY, DAY)) == 96


@pytest.mark.django_db
def test_a_season_s_sum_is_the_sum_of_its_rows() -> None:
    is_told(DAY, BLUE)
    mine = battery()
    EnergySlot.objects.bulk_create(
        slot(mine, at, discharged_wh=n % 7 * 10.1, charged_wh=n % 3)
        for n, at in enumerate(quarters(NOON, NOON + timedelta(hours=10)))
    )
    lines = account_lines(DAY, DAY)
    total = sum(line.without_eur - line.with_eur for line in lines)
    assert summed(lines).saved_eur == pytest.approx(total, abs=1e-9)
    assert total > 0


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (DAY, 24)])
def test_periods_are_their_quarters_added_up(day: date, hours: int) -> None:
    """Whatever moved, and on the days on which clocks jump: PostgreSQL counts as Python does."""
    for n in (-1, 0, 1):
        is_told(day + timedelta(days=n), (BLUE, RED)[n % 2])
    chance = Random(hours)
    slots, house = [], []
    pair = [battery("A"), battery("B")]
    start, end = at_local(day, SIX), at_local(day + timedelta(days=1), SIX)
    for moment in quarters(start - 4 * SLOT, end + 4 * SLOT):
        for each in pair:
            energies = {n: chance.choice((0, 33.3, 150)) for n in ("charged_wh", "discharged_wh")}
            slots.append(slot(each, moment, **energies))
        if chance.random() < 0.8:
            house.append(house_slot(moment, chance.choice((0, 70.1, 400)), chance.choice((0, 90))))
    EnergySlot.objects.bulk_create(slots)
    HouseSlot.objects.bulk_create(house)
    rows, periods = account_lines(day, day), account_periods(day, day)
    assert (len(rows), len(periods)) == (hours * 4, 3)
    expected = grouped(rows, lambda one: one)[day]
    assert asdict(grouped(periods, lambda one: one)[day]) == pytest.approx(asdict(expected))
