"""Notices leave a year after they were last so, with their messages; never an open one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from notifications.addressees import Channel, StartCode
from notifications.conversation import UnknownChat
from notifications.events import Event
from notifications.expiry import delete_old_notices
from notifications.models import Delivery, Notification
from notifications.notices import notify, recover
from tests.notifications.conftest import PARAMS

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def tell(event: Event, at: datetime, *, is_over: bool = True) -> Notification:
    """A notice of that moment, its message sent, over an hour later."""
    notice = notify(event, "battery:1", params=PARAMS[event], now=at)
    notice.deliveries.update(state="sent", sent_at=at)
    if is_over:
        recover(event, "battery:1", now=at + timedelta(hours=1))
        notice.deliveries.filter(phase="over").update(state="sent", sent_at=at)
    return notice


def test_what_is_over_for_a_year_leaves_with_its_messages(chat: Channel, now: datetime) -> None:
    tell(Event.BATTERY_OFFLINE, now - 366 * DAY)
    kept = tell(Event.METER_LOST, now - 364 * DAY)
    assert delete_old_notices(now) == 1
    assert Notification.objects.get() == kept
    assert {row.notification for row in Delivery.objects.all()} == {kept}
    assert delete_old_notices(now) == 0


def test_an_open_one_stays_for_ever(chat: Channel, now: datetime) -> None:
    tell(Event.METER_LOST, now - 800 * DAY, is_over=False)
    assert delete_old_notices(now) == 0
    assert Notification.objects.open(now).exists()


@pytest.mark.parametrize("state", ["waiting", "sending"])
def test_one_that_is_still_to_be_sent_stays(chat: Channel, now: datetime, state: str) -> None:
    notice = tell(Event.BATTERY_OFFLINE, now - 366 * DAY)
    notice.deliveries.filter(phase="over").update(state=state, sent_at=None)
    assert delete_old_notices(now) == 0
    notice.deliveries.update(state="late", sent_at=None)
    assert delete_old_notices(now) == 1


def test_one_that_only_grew_old_leaves_too(chat: Channel, now: datetime) -> None:
    """A lost setting is never over: its hours pass."""
    tell(Event.BATTERY_RESET, now - 366 * DAY, is_over=False)
    assert delete_old_notices(now) == 1


def test_one_that_came_back_counts_from_its_last_time(chat: Channel, now: datetime) -> None:
    notice = tell(Event.RED_RESULT, now - 400 * DAY, is_over=False)
    Notification.objects.filter(pk=notice.pk).update(last_at=now - 300 * DAY)
    assert delete_old_notices(now) == 0


def test_codes_and_strangers_leave_with_them(chat: Channel, now: datetime) -> None:
    for age in (366 * DAY, 364 * DAY):
        UnknownChat.objects.create(chat_id=age.days, last_at=now - age)
        StartCode.objects.create(
            person=chat.person, code_hash=str(age.days), expires_at=now - age, used_at=now - age
        )
    delete_old_notices(now)
    assert UnknownChat.objects.get().chat_id == 364
    assert StartCode.objects.get().code_hash == "364"
