"""Prices and registers: to the Wh, on ordinary days and on those of 23 and 25 hours."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tempo import billing
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import PARIS, Colour, DayColour
from tempo.models import PriceGrid, Subscription
from tempo.prices import Grid, Register, Slot, cost_of, grid_in_force, next_change, register_at
from tempo.services import record_answers
from tempo.worth import charge_pays

from .said import RED_POSSIBLE, paris
from .shared_data import shared_colours, shared_rows

BLUE, WHITE, RED = Colour.BLUE, Colour.WHITE, Colour.RED
CURRENT = Grid(
    date(2026, 8, 1),
    {
        Register(BLUE, False): 13.56,
        Register(BLUE, True): 16.54,
        Register(WHITE, False): 15.36,
        Register(WHITE, True): 19.21,
        Register(RED, False): 16.15,
        Register(RED, True): 72.95,
    },
)
COLUMNS = {
    "buhc_wh": Register(BLUE, False),
    "buhp_wh": Register(BLUE, True),
    "bchc_wh": Register(WHITE, False),
    "bchp_wh": Register(WHITE, True),
    "rhc_wh": Register(RED, False),
    "rhp_wh": Register(RED, True),
}


@pytest.mark.parametrize(
    ("clock", "register"),
    [
        (time(5, 59), Register(BLUE, False)),
        (time(6), Register(RED, True)),
        (time(21, 59), Register(RED, True)),
        (time(22), Register(RED, False)),
        (time(23, 59), Register(RED, False)),
    ],
)
def test_the_night_until_six_is_billed_in_the_colour_of_the_day_before(
    clock: time, register: Register
) -> None:
    colours = {RED_POSSIBLE - timedelta(days=1): BLUE, RED_POSSIBLE: RED}
    assert register_at(paris(RED_POSSIBLE, clock), colours) == register


@pytest.mark.parametrize(("saturday", "night_h"), [(date(2026, 10, 24), 9), (date(2027, 3, 27), 7)])
def test_clock_changes_fall_into_saturday_s_night(saturday: date, night_h: int) -> None:
    colours = {saturday: WHITE, saturday + timedelta(days=1): BLUE}
    start = paris(saturday, time(6)).astimezone(UTC)
    hours = [Slot(start + timedelta(hours=n), 1000) for n in range(16 + night_h + 24)]
    counted = cost_of(hours, colours, [CURRENT]).registers_wh
    assert counted == {
        Register(WHITE, True): 16_000,
        Register(WHITE, False): night_h * 1000,
        Register(BLUE, True): 16_000,
        Register(BLUE, False): 8000,
    }


def test_the_household_s_half_hours_are_its_six_registers_to_the_wh() -> None:
    colours = {date.fromisoformat(day): colour for day, colour in shared_colours().items()}
    measured = shared_rows("household_load_fr_tempo_registers.csv")
    slots: defaultdict[date, list[Slot]] = defaultdict(list)
    for row in shared_rows("household_load_fr_30min.csv"):
        at = datetime.fromisoformat(row["start_utc"])
        if row["power_w"]:
            slots[at.astimezone(PARIS).date()].append(Slot(at, int(row["power_w"]) * 0.5))
    compared = 0
    for before, after in pairwise(measured):
        day = date.fromisoformat(before["date_paris_midnight"])
        counted = cost_of(slots[day], colours, []).registers_wh
        for column, register in COLUMNS.items():
            moved = int(after[column]) - int(before[column])
            assert counted.get(register, 0) == moved, f"{day} {column}"
        compared += 1
    assert compared == 197


def test_a_grid_holds_from_midnight_of_its_date() -> None:
    older = Grid(date(2026, 2, 1), CURRENT.c_per_kwh)
    grids = [CURRENT, older]
    assert grid_in_force(grids, date(2026, 7, 31)) == older
    assert grid_in_force(grids, date(2026, 8, 1)) == CURRENT
    assert grid_in_force(grids, date(2026, 1, 31)) is None


@pytest.mark.parametrize(
    ("clock", "day", "change"),
    [
        (time(5), 0, time(6)),
        (time(6), 0, time(22)),
        (time(22), 1, time(6)),
        (time(12), 0, time(22)),
    ],
)
def test_the_price_changes_at_six_and_at_ten(clock: time, day: int, change: time) -> None:
    expected = paris(RED_POSSIBLE + timedelta(days=day), change)
    assert next_change(paris(RED_POSSIBLE, clock)) == expected


def test_what_has_no_colour_is_counted_apart() -> None:
    cost = cost_of([Slot(paris(RED_POSSIBLE), 2000)], {}, [CURRENT])
    assert (cost.eur, cost.unpriced_wh, dict(cost.registers_wh)) == (0, 2000, {})


def day(probability: float, colour: Colour | None = None) -> DayColour:
    return DayColour(RED_POSSIBLE, colour, red_probability=probability)


def test_a_charge_is_weighed_with_both_costs() -> None:
    case = charge_pays(day(0.1), BLUE, CURRENT, delivered_kwh=10)
    assert case.in_vain_eur == pytest.approx((13.56 / 0.8 + 4.6 - 16.54) / 10)
    assert case.missed_eur == pytest.approx((72.95 - 13.56 / 0.8 - 4.6) / 10)
    assert case.break_even_probability == pytest.approx(0.089, abs=0.001)
    assert case.is_worth


@pytest.mark.parametrize(
    ("probability", "wear", "worth"),
    [(0.08, 4.6, False), (0.1, 4.6, True), (0.005, 0.0, False), (0.009, 0.0, True), (0, 0, False)],
)
def test_from_which_chance_on_it_pays(probability: float, wear: float, worth: bool) -> None:
    case = charge_pays(day(probability), BLUE, CURRENT, wear_c_kwh=wear)
    assert case.is_worth is worth


@pytest.mark.parametrize("tonight", [*Colour, None])
def test_before_a_certain_red_day_every_night_pays(tonight: Colour | None) -> None:
    assert charge_pays(day(1.0, RED), tonight, CURRENT).is_worth


def test_an_unknown_night_counts_as_the_dearest() -> None:
    unknown, red = (charge_pays(day(0.2), tonight, CURRENT) for tonight in (None, RED))
    assert unknown == red


@pytest.mark.django_db
def test_the_grids_that_are_shipped() -> None:
    current = billing.current_grid(paris(date(2026, 11, 25)))
    assert current == CURRENT
    bought = Subscription.objects.get(grid__starts_on=CURRENT.starts_on, power_kva=9)
    assert bought.eur_a_month == Decimal("19.70")


@pytest.mark.django_db
def test_the_grids_agree_with_what_is_published() -> None:
    shipped = {row.starts_on.isoformat(): row for row in PriceGrid.objects.all()}
    names = ("blue_hc", "blue_hp", "white_hc", "white_hp", "red_hc", "red_hp")
    for row in shared_rows("tempo_prices.csv"):
        if row["valid_from"] >= "2023":
            own = shipped[row["valid_from"]]
            assert [float(row[name]) for name in names] == [float(getattr(own, n)) for n in names]


@pytest.mark.django_db
def test_the_price_at_a_moment(django_assert_num_queries: Any) -> None:
    record_answers(Source.RTE_SITE, [Answer(RED_POSSIBLE, RED)], paris(RED_POSSIBLE))
    with django_assert_num_queries(2):
        price = billing.price_at(paris(RED_POSSIBLE))
    assert (price.c_per_kwh, price.register) == (72.95, Register(RED, True))
    assert price.ends_at == paris(RED_POSSIBLE, time(22))
    before = billing.price_at(paris(RED_POSSIBLE, time(5)))
    assert (before.c_per_kwh, before.register) == (None, None)


@pytest.mark.django_db
def test_each_day_that_may_be_red_is_weighed_with_the_night_before_it() -> None:
    eve, tomorrow = RED_POSSIBLE - timedelta(days=1), RED_POSSIBLE
    colours = {
        eve: DayColour(eve, BLUE, is_binding=True),
        tomorrow: DayColour(tomorrow, None, may_be_red=True, red_probability=0.4),
        tomorrow + timedelta(days=1): DayColour(tomorrow + timedelta(days=1), RED, True, True, 1.0),
    }
    cases = billing.charge_cases(colours, paris(eve))
    assert set(cases) == {tomorrow, tomorrow + timedelta(days=1)}
    assert cases[tomorrow] == charge_pays(colours[tomorrow], BLUE, CURRENT)
    PriceGrid.objects.all().delete()
    assert billing.charge_cases(colours, paris(eve)) == {}


@pytest.mark.django_db
def test_the_cost_of_slots_over_a_change_of_prices() -> None:
    days = [date(2026, 7, 31), date(2026, 8, 1)]
    record_answers(Source.RTE_SEASON, [Answer(d, BLUE) for d in days], paris(date(2026, 8, 2)))
    slots = [Slot(paris(d), 1000) for d in days]
    assert billing.cost(slots).eur == pytest.approx((16.12 + 16.54) / 100)
    assert billing.cost([]).eur == 0


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"red_hp": 0}, {"starts_on": date(2026, 8, 1)}])
def test_the_database_refuses_a_grid_that_cannot_be(wrong: dict[str, Any]) -> None:
    row = {"starts_on": date(2027, 2, 1)} | dict.fromkeys(
        ("blue_hc", "blue_hp", "white_hc", "white_hp", "red_hc", "red_hp"), 10
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceGrid.objects.create(**(row | wrong))
