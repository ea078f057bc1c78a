"""Who did what: logins, changes, orders and read notices on one page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marstek_site.roles import Role
from notifications.events import Event
from notifications.notices import acknowledge, notify
from scheduling.models import Origin
from scheduling.orders import place_order
from scheduling.targets import Target, TargetMode
from tests.rows import PASSWORD, battery, person

PAGE = reverse("site:audit")


def text_of(client: Client, sort: str = "", language: str = "en") -> str:
    response = client.get(PAGE, {"sort": sort}, headers={"accept-language": language})
    return response.content.decode()


def test_without_entries(administrator: Client) -> None:
    assert "Nothing yet." in text_of(administrator, "order")


def test_logins_and_failures(administrator: Client, anybody: Client) -> None:
    person(Role.VIEWER, "anna")
    login = reverse("site:login")
    anybody.post(login, {"username": "mallory", "password": "wrong"})
    anybody.post(login, {"username": "anna", "password": PASSWORD})
    text = text_of(administrator, "login")
    assert "<strong>anna</strong>" in text
    assert "logged in from 127.0.0.1" in text
    assert "could not log in from 127.0.0.1; attempts: 1" in text
    assert PASSWORD not in text
    assert "wrong" not in text


def test_changes_in_the_administration(administrator: Client) -> None:
    garage = battery("Garage")
    administrator.post(
        reverse("admin:batteries_battery_changelist"),
        {"action": "retire", "_selected_action": [garage.pk]},
    )
    text = text_of(administrator, "change")
    assert "<strong>administrator</strong>" in text
    assert "Garage" in text


def test_orders_and_read_notices_by_whom(administrator: Client) -> None:
    now, anna = timezone.now(), person(Role.OPERATOR, "anna")
    place_order(
        battery("Garage"),
        Target.of(TargetMode.AUTO),
        by=anna,
        origin=Origin.PAGE,
        now=now,
    )
    notice = notify(Event.DISK_FILLING, "machine", params={"free_percent": 4}, now=now)
    acknowledge(notice.pk, by=anna, now=now + timedelta(seconds=1))
    text = text_of(administrator)
    assert "Garage: follows the house (Auto) – waits to be sent" in text
    assert text.index("Disk nearly full") < text.index("Garage: follows")
    assert "Disk nearly full" not in text_of(administrator, "order")
    assert "suit la maison" in text_of(administrator, "order", "fr")


def test_an_unknown_sort_shows_all(administrator: Client) -> None:
    battery("Garage")
    assert administrator.get(PAGE, {"sort": "x' OR 1"}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_more_entries_cost_no_more_queries(
    administrator: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    for number in range(count):
        place_order(
            battery(f"Garage {number}"),
            Target.of(TargetMode.AUTO),
            by=person(Role.OPERATOR, f"anna{number}"),
            origin=Origin.PAGE,
            now=now,
        )
    with django_assert_num_queries(8):  # session, person, six sources
        administrator.get(PAGE)
