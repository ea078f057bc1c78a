"""Charging beside the rest of the house: below the contract's power, and without flapping."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from batteries.simulator.series import stepped
from batteries.simulator.spec import DeviceSpec
from tempo.days import PARIS, Colour

from .order_home import order_home
from .red_days import is_told
from .schedules import automatic, schedule

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 1, 14, 22, 0, tzinfo=PARIS)
HALF_EMPTY = DeviceSpec(soc_percent=30.0)
BUDGET_W = 8100


@pytest.fixture(autouse=True)
def charge_at_night() -> None:
    automatic()
    for day in range(13, 17):
        is_told(date(2026, 1, day), Colour.BLUE)
    schedule("Nuit", "charge", "22:00", "06:00", power_setpoint=2000, target_soc=95)


def at(minute: int) -> float:
    return (NIGHT + timedelta(minutes=minute)).timestamp()


def test_a_load_that_comes_on_lowers_the_charge_with_the_first_poll_that_sees_it() -> None:
    load_w = stepped([(at(0), 1000.0), (at(5), 7100.0)])
    with order_home([HALF_EMPTY], load_w=load_w, starts_at=NIGHT) as home:
        home.pass_until(NIGHT + timedelta(minutes=4))
        assert home.held_w(2000, since_s=30)
        home.pass_until(NIGHT + timedelta(minutes=6, seconds=45))
        assert home.device.house.grid_power_w <= BUDGET_W + 50
        assert home.device.power_w >= 900, "no more than is needed"


def test_a_restless_load_costs_no_order_a_minute() -> None:
    restless = [(at(minute), 7100.0 + 80 * (minute % 2)) for minute in range(60)]
    with order_home([HALF_EMPTY], load_w=stepped(restless), starts_at=NIGHT) as home:
        home.pass_until(NIGHT + timedelta(minutes=5))
        writes = home.writes()
        home.live(minutes=20)
        assert home.writes() - writes <= 5, "the renewals of its leases"
        assert home.device.house.grid_power_w < 9000


def test_three_batteries_that_share_do_not_answer_each_others_changes() -> None:
    load_w = stepped([(at(0), 1000.0), (at(5), 7000.0)])
    with order_home([HALF_EMPTY] * 3, load_w=load_w, starts_at=NIGHT) as home:
        home.pass_until(NIGHT + timedelta(minutes=9))
        writes = sum(home.writes(number) for number in range(3))
        home.live(minutes=12)
        assert sum(home.writes(number) for number in range(3)) - writes <= 12
        assert home.device.house.grid_power_w <= BUDGET_W + 200
