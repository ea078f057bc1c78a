"""Bad evenings and mornings before red days, on virtual time: the charge happens when it pays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from batteries.simulator.spec import DeviceSpec
from scheduling.models import Order
from scheduling.situation import Reason
from scheduling.surroundings import situation_at
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import PARIS, Colour
from tempo.services import record_answers
from tests import rows

from .order_home import OrderHome, order_home
from .red_days import is_told
from .schedules import automatic, classic_set

pytestmark = pytest.mark.django_db
RED = date(2026, 1, 15)
EVE = RED - timedelta(days=1)
HALF = DeviceSpec(soc_percent=50.0)


def paris(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).astimezone(UTC)


@pytest.fixture(autouse=True)
def house() -> None:
    automatic()
    classic_set()
    is_told(EVE, Colour.BLUE)


def say(colour: Colour, at: datetime, *, source: Source = Source.RTE_SITE) -> None:
    record_answers(source, [Answer(RED, colour)], at)


def standing(home: OrderHome) -> tuple[str, str]:
    """What is in force, and why."""
    order = Order.objects.open().select_related("decision").get()
    assert order.decision is not None
    return order.mode_type, order.decision.reason


def test_the_network_is_back_at_21_55_and_says_red() -> None:
    with order_home([HALF], starts_at=paris(EVE, 21, 54)) as home:
        say(Colour.RED, paris(EVE, 21, 55))
        home.pass_until(paris(EVE, 22, 2))
        assert standing(home) == ("charge", Reason.RED_EVE)
        assert home.device.power_w > 200


def test_the_network_is_back_at_21_55_and_says_blue() -> None:
    with order_home([HALF], starts_at=paris(EVE, 21, 54)) as home:
        say(Colour.BLUE, paris(EVE, 21, 55))
        home.pass_until(paris(EVE, 22, 2))
        assert standing(home) == ("hold", Reason.SCHEDULE)


def test_a_colour_that_became_red_at_11_10_is_charged_for() -> None:
    say(Colour.BLUE, paris(EVE, 8))
    say(Colour.RED, paris(EVE, 11, 10))
    with order_home([HALF], starts_at=paris(EVE, 21, 58)) as home:
        home.pass_until(paris(EVE, 22, 2))
        mode, reason = standing(home)
    assert mode == "charge"
    assert reason == Reason.RED_EVE


def test_all_sources_down_it_is_charged_when_it_pays_and_both_costs_are_kept() -> None:
    with order_home([HALF], starts_at=paris(EVE, 21, 58)) as home:
        home.pass_until(paris(EVE, 22, 2))
        assert standing(home) == ("charge", Reason.RED_EVE_MAYBE)
        params = Order.objects.open().get().decision.params  # type: ignore[union-attr]
    assert 0.09 < params["p_red"] < 0.95
    assert 0 < params["in_vain_eur"] < params["missed_eur"]
    expected_loss = params["p_red"] * params["missed_eur"]
    assert expected_loss > (1 - params["p_red"]) * params["in_vain_eur"]


def test_a_day_that_cannot_be_red_is_not_charged_for_in_the_dark() -> None:
    saturday = date(2026, 1, 17)
    is_told(date(2026, 1, 16), Colour.BLUE)
    with order_home([HALF], starts_at=paris(date(2026, 1, 16), 21, 58)) as home:
        home.pass_until(paris(saturday - timedelta(days=1), 22, 2))
        assert standing(home) == ("hold", Reason.SCHEDULE)


def test_a_colour_that_turns_blue_in_the_night_ends_the_charge() -> None:
    with order_home([HALF], starts_at=paris(EVE, 23)) as home:
        home.live(minutes=3)
        assert standing(home)[0] == "charge"
        say(Colour.BLUE, home.now)
        home.live(minutes=2)
        assert standing(home) == ("hold", Reason.SCHEDULE)


def test_a_red_day_that_runs_when_the_system_starts_is_served_at_once() -> None:
    say(Colour.RED, paris(EVE, 12))
    with order_home([HALF], load_w=600, starts_at=paris(RED, 10)) as home:
        home.device.orders.mode = "Manual"  # as somebody left it
        home.live(minutes=8)
        assert standing(home) == ("auto", Reason.RED_DAY)
        assert home.device.power_w == pytest.approx(-600, abs=40)


def test_a_night_that_runs_when_the_system_starts_uses_what_is_left_of_it() -> None:
    say(Colour.RED, paris(EVE, 12))
    with order_home([HALF], starts_at=paris(RED, 4)) as home:
        home.live(minutes=3)
        charge_w = home.device.power_w
    # 45 % of 5.12 kWh, done one hour before 06:00
    assert charge_w == pytest.approx(2450, abs=150)


@pytest.mark.parametrize("runs", [1, 4])
def test_the_second_to_the_fifth_red_day_in_a_row_are_charged_for_too(runs: int) -> None:
    monday = date(2026, 1, 12)
    days = [monday + timedelta(days=step) for step in range(5)]
    for day in days:
        is_told(day, Colour.RED)
    eve_night = paris(days[runs - 1], 21, 58)
    with order_home([HALF], starts_at=eve_night) as home:
        home.pass_until(eve_night + timedelta(minutes=4))
        assert standing(home) == ("charge", Reason.RED_EVE)
        assert home.device.power_w > 200


def test_both_costs_are_those_of_the_whole_house() -> None:
    noon = paris(EVE, 12)
    rows.battery("Cave", at=noon)
    one = situation_at(noon).cases[RED]
    rows.battery("Garage", at=noon)
    two = situation_at(noon).cases[RED]
    assert two.missed_eur == pytest.approx(2 * one.missed_eur)
    assert two.delivered_kwh == pytest.approx(2 * 0.83 * 5.12 * 500 / 557)
