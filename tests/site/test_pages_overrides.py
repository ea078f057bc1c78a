"""Overrides on the home page: up to a charge, until a time, hands off, and over a red day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batteries.models import Battery
from scheduling.intentions import Household, Override
from scheduling.models import Order
from scheduling.overriding import red_warning
from scheduling.targets import HandsOff
from tempo.days import PARIS
from tests import rows
from tests.scheduling.planned_house import TUESDAY, at, colours
from tests.site.test_pages_home import HOME, page
from tests.site.test_pages_orders import ALL, HTMX, place
from tests.site.test_pages_plan import night

NOON = at("12:00")
DAY = timedelta(days=1)
CANCEL_ALL = reverse("site:order-cancel-all")


@pytest.fixture(autouse=True)
def noon(db: None) -> Iterator[None]:
    """A day on which no colour counts, unless a test says so."""
    Household.objects.create(pk=1, serves_red_days=False)
    with time_machine.travel(NOON, tick=False):
        yield


def until() -> datetime:
    return Override.objects.get(ended_at=None).until.astimezone(PARIS)


def test_a_charge_up_to_80_percent_ends_with_the_next_schedule(operator: Client) -> None:
    night()
    place(operator, rows.battery(at=NOON), mode="charge", soc=80)
    override = Override.objects.get()
    assert (override.mode_type, override.power_w, override.target_soc) == ("charge", None, 80)
    assert until() == at("22:00")
    assert Order.objects.get().power_w == 2500


def test_without_schedules_it_ends_after_seven_days(operator: Client) -> None:
    place(operator, rows.battery(at=NOON), mode="charge", soc=80)
    assert until() == NOON + 7 * DAY


def test_a_hold_until_18(operator: Client) -> None:
    text = place(operator, rows.battery(at=NOON), mode="hold", until="18:00")
    assert until() == at("18:00")
    assert "stands still until 18:00" in text
    assert "asked by operator" in text
    assert "Back to automatic" in text


def test_hands_off_says_who_and_until_when_and_ends_now(operator: Client) -> None:
    battery = rows.battery(at=NOON)
    text = place(operator, battery, mode="hands_off", until="2026-12-03T08:00")
    assert "hands off, nothing is written, asked by operator" in text
    assert until() == at("08:00") + 2 * DAY
    assert not Order.objects.exists()
    operator.post(reverse("site:order-cancel", args=[battery.pk]), headers=HTMX)
    assert Override.objects.get().end_reason == "cancelled"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"mode": "hold", "until": "later"}, "This order cannot be read"),
        ({"mode": "hands_off", "until": "2026-12-20T08:00"}, "lasts 7 days at most"),
        ({"mode": "hold", "until": "2026-12-01T08:00"}, "08:00 is over"),
        ({"mode": "charge", "soc": "60"}, "Garage has 62\u00a0% already."),
        ({"mode": "charge", "soc": "101"}, "This order cannot be read"),
    ],
)
def test_an_override_that_cannot_be_is_a_sentence(
    operator: Client, values: dict[str, str], sentence: str
) -> None:
    assert sentence in place(operator, rows.battery(at=NOON), **values)
    assert not Override.objects.exists()


def test_all_batteries_go_back_to_automatic(operator: Client) -> None:
    rows.battery("Garage", at=NOON)
    rows.battery("Cave", at=NOON)
    operator.post(ALL, {"mode": "hands_off"}, headers=HTMX)
    assert Override.objects.running(timezone.now()).count() == 2
    operator.post(CANCEL_ALL, headers=HTMX)
    assert not Override.objects.running(timezone.now()).exists()


def test_why_says_what_comes_next_with_ways_on(viewer: Client) -> None:
    battery = rows.battery(at=NOON)
    night()
    text = page(viewer)
    assert "Automation is off; otherwise: following the house (Auto): nothing else is set" in text
    assert "Next, at 22:00: on hold: schedule “Nuit”, until 06:00" in text
    assert f"{reverse('plan:journal')}?battery={battery.pk}" in text


@pytest.fixture
def red_tomorrow(noon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tariff's room answers."""
    Household.objects.update(serves_red_days=True)
    known = colours(TUESDAY, "blue", "red", "blue")
    monkeypatch.setattr("scheduling.surroundings.colours_around", lambda _now: known)


@pytest.fixture
def battery() -> Battery:
    return rows.battery(at=NOON)


HELD = {"mode": "hold", "until": "2026-12-02T08:00"}


@pytest.mark.usefixtures("red_tomorrow")
def test_over_a_red_night_it_asks_first(operator: Client, battery: Battery) -> None:
    url = reverse("site:order-place", args=[battery.pk])
    response = operator.post(url, HELD, headers=HTMX)
    text = response.content.decode()
    assert response["HX-Retarget"] == "#said"
    assert "over the night before a red day: Garage would not be charged for it." in text
    assert "That costs about 0.78\u00a0€: 1.5\u00a0kWh bought at 72.95\u00a0c€/kWh" in text
    assert "Do it, and resume at 22:00" in text
    assert not Override.objects.exists()


@pytest.mark.usefixtures("red_tomorrow")
@pytest.mark.parametrize(
    ("confirmed", "ends"), [("resume", at("22:00")), ("keep", at("08:00") + DAY)]
)
def test_what_is_answered_is_done(
    operator: Client, battery: Battery, confirmed: str, ends: datetime
) -> None:
    place(operator, battery, **HELD, confirmed=confirmed)
    assert until() == ends


@pytest.mark.usefixtures("red_tomorrow")
def test_without_script_the_question_is_a_page(operator: Client, battery: Battery) -> None:
    url = reverse("site:order-place", args=[battery.pk])
    text = operator.post(url, HELD).content.decode()
    assert "<html" in text
    assert 'name="until" value="2026-12-02T08:00"' in text
    response = operator.post(url, HELD | {"confirmed": "resume"})
    assert response.headers["Location"] == HOME
    assert until() == at("22:00")


@pytest.mark.usefixtures("red_tomorrow")
def test_the_warning_names_every_battery() -> None:
    batteries = [rows.battery("Garage", at=NOON), rows.battery("Cave", at=NOON)]
    warning = red_warning(batteries, HandsOff(), NOON)
    assert warning is None, "its end is the eve's begin: nothing is covered"
    warning = red_warning(batteries, HandsOff(at("23:00")), NOON)
    assert warning is not None
    assert "Garage, Cave" in warning.sentence
