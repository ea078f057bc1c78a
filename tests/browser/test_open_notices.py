"""Notices on the home page: one comes, leads to its battery, and leaves once it was read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from batteries.models import Battery
from marstek_site.roles import Role
from notifications.events import Event
from notifications.models import Notification
from notifications.notices import notify, recover
from tests import rows
from tests.browser.conftest import PATIENCE_MS, Visitor
from tests.browser.test_look import DEVICES, audit, device_name, keep
from tests.notifications.conftest import PARAMS


def is_said(event: Event, battery: Battery, minutes: float = 0) -> Notification:
    params = {**PARAMS[event], "name": battery.name}
    now = timezone.now() - timedelta(minutes=minutes)
    return notify(event, f"battery:{battery.pk}", params=params, now=now)


@pytest.mark.parametrize(("width", "scheme", "language"), DEVICES)
def test_they_fit(visit: Visitor, width: int, scheme: str, language: str) -> None:
    batteries = rows.household(timezone.now())
    for event, battery, minutes in (
        (Event.BATTERY_OFFLINE, batteries[2], 12),
        (Event.RED_IN_DANGER, batteries[2], 3),
        (Event.ORDER_NOT_PROVED, batteries[1], 9),
        (Event.FIRMWARE_FAULTY, batteries[0], 3000),
        (Event.SOC_FULL, batteries[0], 50),
        (Event.TEMPERATURE_HIGH, batteries[0], 51),
    ):
        is_said(event, battery, minutes)
    page = visit(Role.OPERATOR, width=width, scheme=scheme, language=language).go("/")
    page.evaluate("document.fonts.ready")
    if language == "fr":
        keep(page, f"open-notices-{device_name(width, scheme)}")
    audit(page)
    for summary in page.locator(".open-notices summary").all():
        summary.click()
    audit(page)


def test_one_comes_leads_to_its_battery_and_leaves(visit: Visitor) -> None:
    battery = rows.battery(at=timezone.now())
    page = visit(Role.OPERATOR, width=360).go("/")
    listed = page.locator(".open-notices > li")
    expect(listed).to_have_count(0)
    first, second = (is_said(e, battery) for e in (Event.BATTERY_RESET, Event.METER_LOST))
    expect(listed).to_have_count(2, timeout=PATIENCE_MS)  # by itself

    listed.filter(has_text="lost its settings").get_by_role("button").click()
    expect(listed).to_have_count(1)
    first.refresh_from_db()
    assert first.acknowledged_by is not None
    recover(Event.METER_LOST, second.subject, now=timezone.now())
    expect(listed).to_have_count(0, timeout=PATIENCE_MS)

    is_said(Event.BATTERY_OFFLINE, battery)
    page.get_by_text("Garage is silent").click()
    page.get_by_role("link", name="Look at the battery").click()
    expect(page).to_have_url(re.compile(f"/batteries/{battery.pk}/$"))


def test_a_viewer_has_nothing_to_press(visit: Visitor) -> None:
    is_said(Event.BATTERY_RESET, rows.battery(at=timezone.now()))
    page = visit(Role.VIEWER).go("/")
    expect(page.locator(".open-notices > li")).to_have_count(1)
    expect(page.locator(".open-notices button")).to_have_count(0)
