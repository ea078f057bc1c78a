"""Notices and how people hear of them, on a phone and a desk, light and dark, in both languages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from marstek_site.roles import Role
from notifications.addressees import Channel, TelegramBot
from notifications.events import Event
from notifications.models import Delivery
from notifications.notices import notify, recover
from notifications.trial import send_test
from tests.browser.conftest import Visitor
from tests.browser.test_look import DEVICES, audit, device_name, keep
from tests.notifications.bot_api import TOKEN
from tests.notifications.conftest import PARAMS

NOTICES, HEARING = reverse("notifications:notices"), reverse("notifications:hearing")
AUDIT = reverse("site:audit")


def tell_some() -> None:
    now = timezone.now()
    for event, minutes in (
        (Event.RED_TOMORROW, 50),
        (Event.BATTERY_OFFLINE, 12),
        (Event.RED_IN_DANGER, 3),
        (Event.UNCLEAN_RESTART, 200),
    ):
        params = {**PARAMS[event], "name": "Garage", "stands_still": ["Garage"]}
        notify(event, "battery:1", params=params, now=now - timedelta(minutes=minutes))
    params = {**PARAMS[Event.METER_LOST], "name": "Cave"}
    notify(Event.METER_LOST, "battery:2", params=params, now=now - timedelta(hours=30))
    recover(Event.METER_LOST, "battery:2", now=now - timedelta(hours=29))


def some_channels() -> None:
    now = timezone.now()
    person = User.objects.latest("pk")
    TelegramBot.objects.create(token=TOKEN, username="maison_bot", changed_at=now)
    phone = Channel.objects.create(
        person=person, kind="telegram", name="Telegram", chat_id=42, created_at=now
    )
    Channel.objects.create(person=person, kind="apprise", name="Mail", created_at=now)
    send_test(phone, now)
    Delivery.objects.update(state="sent", sent_at=now - timedelta(minutes=4))
    Channel.objects.filter(name="Mail").update(fault="address_refused")


@pytest.mark.parametrize(("width", "scheme", "language"), DEVICES)
def test_pages_of_notices(visit: Visitor, width: int, scheme: str, language: str) -> None:
    tell_some()
    opened = visit(Role.ADMINISTRATOR, width=width, scheme=scheme, language=language)
    some_channels()
    for path, name in ((NOTICES, "notices"), (HEARING, "hearing"), (AUDIT, "audit")):
        page = opened.go(path)
        page.evaluate("document.fonts.ready")
        for summary in page.locator("main summary").all():
            summary.click()
        audit(page)
        if language == "fr":
            keep(page, f"{name}-{device_name(width, scheme)}")
    audit(opened.go(reverse("notifications:telegram-bot")))
    page = opened.go(HEARING)
    page.locator("form[action$='/telegram'] button").click()
    page.locator("code").wait_for()
    audit(page)


def test_a_switch_by_hand_is_kept(visit: Visitor) -> None:
    opened = visit(Role.VIEWER)
    some_channels()
    page = opened.go(HEARING)
    page.get_by_label("Battery nearly empty: Telegram").check()
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_label("Quiet until").fill("07:00")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_label("Battery nearly empty: Telegram").is_checked()
    assert page.get_by_label("Quiet until").input_value() == "07:00"


def test_a_notice_is_read_without_leaving_the_page(visit: Visitor) -> None:
    tell_some()
    page = visit(Role.OPERATOR).go(NOTICES)
    buttons = page.get_by_role("button", name="I have read it")
    assert buttons.count() == 4
    buttons.first.click()
    page.get_by_text("read by operator").wait_for()
    assert buttons.count() == 3
