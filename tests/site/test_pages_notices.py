"""The page of notices: who sees it, who may say that it was read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from notifications.events import Event
from notifications.models import Notification
from notifications.notices import notify, recover
from tests.notifications.conftest import PARAMS

PAGE = reverse("notifications:notices")


def tell(event: Event, subject: str = "battery:1") -> Notification:
    return notify(event, subject, params=PARAMS[event], now=timezone.now())


def text_of(client: Client, language: str = "en", url: str = PAGE) -> str:
    return client.get(url, headers={"accept-language": language}).content.decode()


def test_without_notices_all_is_well(viewer: Client) -> None:
    assert "Nothing to tell: all is well." in text_of(viewer)
    assert "Rien à signaler" in text_of(viewer, "fr")


def test_open_ones_come_first(viewer: Client) -> None:
    tell(Event.METER_LOST)
    recover(Event.METER_LOST, "battery:1", now=timezone.now())
    tell(Event.DISK_FILLING, "machine")
    text = text_of(viewer)
    assert text.index("Disk nearly full") < text.index("Before") < text.index("lost its house")


def test_a_viewer_reads_and_an_operator_says_so(viewer: Client, operator: Client) -> None:
    notice = tell(Event.DISK_FILLING, "machine")
    assert "I have read it" not in text_of(viewer)
    assert "I have read it" in text_of(operator)
    response = operator.post(reverse("notifications:notice-read", args=[notice.pk]))
    assert response.status_code == 302
    notice.refresh_from_db()
    assert notice.acknowledged_by == User.objects.get(username="operator")
    assert "read by operator" in text_of(viewer)


def test_reading_by_htmx_answers_the_list(operator: Client) -> None:
    notice = tell(Event.DISK_FILLING, "machine")
    url = reverse("notifications:notice-read", args=[notice.pk])
    response = operator.post(url, headers={"hx-request": "true"})
    assert "read by operator" in response.content.decode()
    assert "<html" not in response.content.decode()


def test_markup_in_a_name_stays_text(viewer: Client) -> None:
    notify(Event.BATTERY_RESET, "battery:1", params={"name": "<b>x</b>"}, now=timezone.now())
    assert "<b>x" not in text_of(viewer)


@pytest.mark.parametrize("count", [1, 3])
def test_more_notices_cost_no_more_queries(
    viewer: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        tell(Event.BATTERY_OFFLINE, f"battery:{number}")
    with django_assert_num_queries(6):  # session, person, two for rights, open and past ones
        viewer.get(reverse("notifications:notices-fragment"))


def test_old_ones_leave_the_page(viewer: Client) -> None:
    tell(Event.DISK_FILLING, "machine")
    long_ago = timezone.now() - timedelta(days=31)
    Notification.objects.update(created_at=long_ago, closed_at=long_ago)
    assert "Disk nearly full" not in text_of(viewer)


def test_the_admin_lists_and_changes_nothing(administrator: Client) -> None:
    notice = tell(Event.DISK_FILLING, "machine")
    listed = administrator.get(reverse("admin:notifications_notification_changelist"))
    assert "Disk nearly full" in listed.content.decode()
    change = reverse("admin:notifications_notification_change", args=[notice.pk])
    assert administrator.post(change, {"times": 9}).status_code == 403


# --- on the home page ---


def home_of(client: Client) -> str:
    return text_of(client, url=reverse("site:fleet-fragment"))


def test_the_home_page_lists_what_is_open(viewer: Client, operator: Client) -> None:
    notice = tell(Event.DISK_FILLING, "machine")
    assert "Disk nearly full" in home_of(viewer)
    assert "I have read it" not in home_of(viewer)
    response = operator.post(reverse("site:notice-read", args=[notice.pk]))
    assert response.headers["location"] == reverse("site:home")
    assert "Disk nearly full" not in home_of(viewer)


def test_the_home_page_changes_with_its_notices(operator: Client) -> None:
    notice = tell(Event.DISK_FILLING, "machine")
    url = reverse("site:notice-read", args=[notice.pk])
    page = operator.post(url, headers={"hx-request": "true"}).content.decode()
    assert "Disk nearly full" not in page


def test_a_viewer_may_not_say_that_it_was_read(viewer: Client) -> None:
    notice = tell(Event.DISK_FILLING, "machine")
    assert viewer.post(reverse("site:notice-read", args=[notice.pk])).status_code == 403
