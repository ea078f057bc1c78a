"""The home page and its live part."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batteries.models import Battery
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour, tempo_day
from tempo.services import record_answers
from tests import rows

HOME = reverse("site:home")
FRAGMENT = reverse("site:fleet-fragment")


def page(client: Client, url: str = HOME) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_home_shows_each_active_battery(viewer: Client) -> None:
    rows.household(timezone.now())
    rows.battery("Retirée", is_active=False)
    text = page(viewer)
    assert [name in text for name in ("Garage", "Cave", "Atelier du fond")] == [True] * 3
    assert "Retirée" not in text


def test_home_says_power_in_words(viewer: Client) -> None:
    rows.household(timezone.now())
    text = page(viewer)
    assert "Charges at 590\u00a0W" in text
    assert "Feeds the house with 420\u00a0W" in text
    assert "The house draws 312\u00a0W from the grid" in text


def test_home_greys_a_silent_battery_and_says_what_to_do(viewer: Client) -> None:
    rows.silent(timezone.now())
    text = page(viewer)
    assert 'class="power is-stale"' in text
    assert "last known state" in text
    assert "Check that it has power and Wi-Fi" in text


def test_a_live_battery_is_not_grey(viewer: Client) -> None:
    rows.charging(timezone.now())
    assert "is-stale" not in page(viewer)


def test_every_reading_carries_its_age(viewer: Client) -> None:
    rows.charging(timezone.now())
    text = page(viewer)
    assert text.count("20 s ago") + text.count("21 s ago") == 3  # charge, power, house
    for age in ("2 min ago", "6 min ago", "11 min ago"):
        assert age in text


def test_html_in_a_name_is_text(viewer: Client) -> None:
    rows.battery("<b>Cave</b>", at=timezone.now())
    text = page(viewer)
    assert "&lt;b&gt;Cave&lt;/b&gt;" in text
    assert "<b>Cave</b>" not in text


def test_without_batteries_an_administrator_is_led_to_the_form(administrator: Client) -> None:
    text = page(administrator)
    assert reverse("admin:batteries_battery_add") in text


def test_without_batteries_a_viewer_is_told_whom_to_ask(viewer: Client) -> None:
    text = page(viewer)
    assert "An administrator of this site can enter them." in text
    assert "/admin/" not in text


def test_fragment_is_204_while_nothing_changed(viewer: Client) -> None:
    battery = rows.charging(timezone.now())
    digest = viewer.get(HOME).context["home"].digest
    assert viewer.get(FRAGMENT, {"seen": digest}).status_code == 204
    Battery.objects.filter(pk=battery.pk).update(soc=63)
    changed = viewer.get(FRAGMENT, {"seen": digest})
    assert changed.status_code == 200
    assert "63\u00a0%" in changed.content.decode()


def test_fragment_is_only_the_live_part(viewer: Client) -> None:
    rows.charging(timezone.now())
    text = page(viewer, FRAGMENT)
    assert "<html" not in text
    assert 'id="status"' in text


@pytest.mark.parametrize("url", [HOME, FRAGMENT])
def test_pages_are_never_kept_by_a_browser(viewer: Client, url: str) -> None:
    assert "no-store" in viewer.get(url)["Cache-Control"]


@pytest.mark.parametrize("count", [1, 3])
def test_cards_take_one_query(
    viewer: Client, count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    today = tempo_day(timezone.now())
    colours = [Answer(today + timedelta(days=step), Colour.BLUE) for step in range(2)]
    record_answers(Source.PERSON, colours, timezone.now())
    for index in range(count):
        rows.battery(f"Cave {index}", at=timezone.now())
    viewer.get(FRAGMENT)
    # session, person, two of permissions; batteries, orders, decisions; two of schedules,
    # overrides, household, three of colours, prices; six of the tariff;
    # open notices
    with django_assert_num_queries(21) as queries:
        viewer.get(FRAGMENT)
    asked = [query["sql"] for query in queries.captured_queries]
    assert sum('FROM "batteries_battery"' in sql for sql in asked) == 1


def test_a_fragment_without_session_leads_to_the_login(anybody: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?a=1"}
    response = anybody.get(FRAGMENT, headers=headers)
    assert response["HX-Redirect"] == "/login/?next=%2F%3Fa%3D1"


def test_a_fragment_never_leads_to_another_site(anybody: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "https://elsewhere.example/x"}
    response = anybody.get(FRAGMENT, headers=headers)
    assert response["HX-Redirect"] == "/login/?next=%2F"


def test_a_clock_that_ran_ahead_shows_no_negative_age(viewer: Client) -> None:
    rows.battery("Cave", at=timezone.now() + timedelta(minutes=5))
    text = page(viewer)
    assert "just now" in text
    assert not re.search(r"-\d+ \w+ ago", text)
