"""The tariff on the home page, and whether the batteries will be ready for a red day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from batteries.models import Battery
from marstek_site.roles import Role
from scheduling.rehearsal import Found, Rehearsal
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import PARIS, Colour
from tempo.services import record_answers
from tests import rows
from tests.scheduling.schedules import automatic
from tests.site.conftest import logged_in

HOME = reverse("site:home")
FRAGMENT = reverse("site:fleet-fragment")
RED = date(2027, 1, 12)  # a Tuesday
EVE = RED - timedelta(days=1)
EVENING = datetime.combine(EVE, time(19), PARIS)


@pytest.fixture
def red_eve(db: None) -> Iterator[time_machine.Traveller]:
    """19:00 before a red day; tomorrow was told at noon."""
    with time_machine.travel(EVENING, tick=False) as clock:
        told = datetime.combine(EVE, time(12), PARIS)
        record_answers(Source.RTE_SITE, [Answer(EVE, Colour.WHITE), Answer(RED, Colour.RED)], told)
        automatic()
        yield clock


@pytest.fixture
def viewer(red_eve: time_machine.Traveller) -> Client:
    """Logged in that evening."""
    return logged_in(Role.VIEWER)


def text_of(client: Client, url: str = HOME) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_home_page_answers_whether_tomorrow_is_red_and_what_energy_costs(
    viewer: Client, red_eve: time_machine.Traveller
) -> None:
    rows.battery("Cave", at=EVENING)
    text = text_of(viewer)
    assert "Tuesday 12 January" in text
    assert "final, from RTE (site)" in text
    assert "Off-peak at 22:00, " in text
    assert ">in 3 h 00</time>" in text
    assert "<strong>21</strong>" in text, "red days left: tomorrow's is counted once final"


def test_readiness_adds_up_what_batteries_can_give(
    viewer: Client, red_eve: time_machine.Traveller
) -> None:
    rows.battery("Cave", at=EVENING, soc=95)
    rows.battery("Garage", at=EVENING, soc=52)
    text = text_of(viewer)
    # above the floor of 12 %: 83 and 40 of 2 x 83 %, of 5.12 kWh, of which 500 of 557 W arrive
    assert "Ready at 74\u00a0%: 5.7\u00a0kWh of 7.6\u00a0kWh" in text
    assert "52\u00a0%; expected at 06:00: 95\u00a0%" in text
    assert 'class="bar-target" x="94"' in text


def test_the_rehearsal_is_shown(viewer: Client, red_eve: time_machine.Traveller) -> None:
    battery = rows.battery("Cave", at=EVENING)
    Rehearsal.objects.create(battery=battery, day=RED, outcome=Found.NOT_PROVED, at=EVENING)
    text = text_of(viewer)
    assert "Not every battery is ready to be charged: look below." in text
    assert "It did not follow the test order" in text


def test_a_silent_battery_is_expected_to_do_nothing(
    viewer: Client, red_eve: time_machine.Traveller
) -> None:
    rows.silent(EVENING)
    text = text_of(viewer)
    assert "It does not answer" in text
    assert "expected at 06:00" not in text


def test_without_automation_nothing_is_promised(
    viewer: Client, red_eve: time_machine.Traveller
) -> None:
    automatic(is_automatic=False)
    rows.battery("Cave", at=EVENING)
    text = text_of(viewer)
    assert "Automation is off: nothing is charged by itself." in text
    assert "expected at 06:00" not in text


def test_on_the_red_day_it_says_what_is_left(
    viewer: Client, red_eve: time_machine.Traveller
) -> None:
    noon = datetime.combine(RED, time(12), PARIS)
    red_eve.move_to(noon)
    rows.battery("Cave", at=noon, soc=52)
    assert "1.8\u00a0kWh left of 3.8\u00a0kWh" in text_of(viewer)


def test_a_blue_day_has_no_readiness(viewer: Client, red_eve: time_machine.Traveller) -> None:
    record_answers(Source.RTE_SITE, [Answer(RED, Colour.BLUE)], EVENING)
    rows.battery("Cave", at=EVENING)
    text = text_of(viewer)
    assert "readiness" not in text
    assert 'class="tempo-day is-blue"' in text


def test_an_equal_picture_has_an_equal_digest(
    viewer: Client, red_eve: time_machine.Traveller
) -> None:
    battery = rows.battery("Cave", at=EVENING)
    digest = viewer.get(HOME).context["home"].digest
    red_eve.shift(timedelta(seconds=20))
    assert viewer.get(FRAGMENT, {"seen": digest}).status_code == 204
    Rehearsal.objects.create(battery=battery, day=RED, outcome=Found.TESTING, at=EVENING)
    assert viewer.get(FRAGMENT, {"seen": digest}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_on_a_red_eve_the_queries_do_not_grow_with_the_batteries(
    viewer: Client,
    red_eve: time_machine.Traveller,
    count: int,
    django_assert_num_queries: object,
) -> None:
    for index in range(count):
        rows.battery(f"Cave {index}", at=EVENING)
    viewer.get(FRAGMENT)
    with django_assert_num_queries(22):  # type: ignore[operator]
        viewer.get(FRAGMENT)
    assert Battery.objects.count() == count


def test_french(viewer: Client, red_eve: time_machine.Traveller) -> None:
    rows.battery("Cave", at=EVENING, soc=95)
    text = viewer.get(HOME, headers={"accept-language": "fr"}).content.decode()
    assert "Prêt à 100\u00a0%\u00a0: 3,8\u00a0kWh sur 3,8\u00a0kWh" in text
