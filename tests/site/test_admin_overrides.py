"""What is ordered by hand in the admin site: as on the home page, and by the same service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from scheduling.intentions import Household, Override
from scheduling.models import Order
from tests import rows
from tests.scheduling.planned_house import at
from tests.scheduling.red_days import red_day
from tests.site.test_pages_schedules import text_of

ADD = reverse("admin:scheduling_override_add")
NOON = at("12:00")


@pytest.fixture(autouse=True)
def noon(db: None) -> Iterator[None]:
    """A day on which no colour counts, unless a test says so."""
    Household.objects.create(pk=1, serves_red_days=False)
    with time_machine.travel(NOON, tick=False):
        yield


def ordered(client: Client, **values: object) -> str:
    return text_of(client.post(ADD, values, follow=True))


def test_a_charge_is_an_override_and_its_order_in_the_person_s_name(operator: Client) -> None:
    garage = rows.battery("Garage", at=NOON)
    ordered(operator, battery=garage.pk, mode="charge", power="600", until="18:00")
    override, order = Override.objects.get(), Order.objects.get()
    assert (override.mode_type, override.power_w, override.until) == ("charge", 600, at("18:00"))
    assert (order.mode_type, order.power_w, order.override) == ("charge", 600, override)
    person = User.objects.get(username="operator")
    assert override.asked_by == order.asked_by == LogEntry.objects.get().user == person


def test_hands_off_replaces_what_runs(operator: Client) -> None:
    garage = rows.battery("Garage", at=NOON)
    ordered(operator, battery=garage.pk, mode="charge", power="600", until="18:00")
    ordered(operator, battery=garage.pk, mode="hands_off", until="20:00")
    running = Override.objects.get(ended_at=None)
    assert (running.kind, running.until) == ("hands_off", at("20:00"))
    assert not Order.objects.open().exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"mode": "charge", "power": "50"}, "Garage needs at least 100 W"),
        ({"mode": "charge", "power": "9000"}, "Garage may charge at 2,500 W at most."),
        ({"mode": "hold", "until": "soon"}, "This is no time."),
        ({"mode": "hold", "until": "2026-01-02 18:00"}, "is over"),
        ({"mode": "hands_off", "until": "2029-01-02 18:00"}, "lasts 7 days at most"),
    ],
)
def test_what_cannot_be_is_refused_with_the_page_s_sentence(
    operator: Client, values: dict[str, str], sentence: str
) -> None:
    garage = rows.battery("Garage", at=NOON)
    assert sentence in ordered(operator, battery=garage.pk, **values)
    assert not Override.objects.exists()


def test_over_a_red_day_it_is_asked_first(operator: Client) -> None:
    Household.objects.update(serves_red_days=True)
    red_day(NOON.date() + timedelta(days=1))
    garage = rows.battery("Garage", at=NOON)
    tomorrow: date = NOON.date() + timedelta(days=1)
    hold = {"battery": garage.pk, "mode": "hold", "until": f"{tomorrow} 12:00"}
    assert "red" in ordered(operator, **hold)
    assert not Override.objects.exists()
    ordered(operator, **hold, confirmed="resume")
    assert Override.objects.get().until == at("22:00")
    ordered(operator, **hold, confirmed="keep")
    assert Override.objects.get(ended_at=None).until == at("12:00") + timedelta(days=1)


def test_a_viewer_orders_nothing(viewer: Client) -> None:
    assert viewer.get(ADD).status_code in (302, 403)


def test_the_form_speaks_french_and_what_was_kept_only_shows(operator: Client) -> None:
    garage = rows.battery("Garage", at=NOON)
    ordered(operator, battery=garage.pk, mode="hold", until="18:00")
    french = operator.get(ADD, headers={"accept-language": "fr"}).content.decode()
    assert "Ne pas toucher : rien n’est écrit" in french
    kept = reverse("admin:scheduling_override_change", args=[Override.objects.get().pk])
    assert 'name="_save"' not in text_of(operator.get(kept))
