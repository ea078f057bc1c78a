"""What people hear of charge and temperature, against their own limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from batteries.models import Battery
from marstek_site.roles import Role
from notifications.addressees import Channel, Choice, Limit
from notifications.events import Event
from notifications.models import Delivery, Notification
from scheduling.telling import tell_state
from tests.rows import NOON, battery, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    anna = person(Role.OPERATOR, "anna")
    channel = Channel.objects.create(
        person=anna, kind="telegram", name="Telegram", chat_id=42, created_at=NOON
    )
    Choice.objects.create(channel=channel, event=Event.SOC_LOW, is_on=True)
    return anna


def says(one: Battery, minutes: int = 0, **values: Any) -> list[str]:
    """What stands after a sweep in which the battery told this."""
    now = NOON + timedelta(minutes=minutes)
    told = {"soc_at": now, "bat_at": now, "last_seen_at": now} | values
    Battery.objects.filter(pk=one.pk).update(**told)
    tell_state(list(Battery.objects.all()), now)
    standing = Notification.objects.filter(closed_at=None).order_by("event")
    return list(standing.values_list("event", flat=True))


def test_hot_and_cool_again() -> None:
    one = battery()
    assert says(one, 0, bat_temp=46.0) == ["temperature_high"]
    assert says(one, 1, bat_temp=43.5) == ["temperature_high"]  # within the slack of 3 degrees
    assert says(one, 2, bat_temp=41.0) == []
    assert Notification.objects.count() == 1


def test_low_is_told_to_who_wants_it(anna: User) -> None:
    assert says(battery(), soc=14) == ["soc_low"]
    assert Delivery.objects.get().channel.person == anna


def test_low_is_told_to_nobody_else() -> None:
    assert says(battery(), soc=14) == []


def test_low_has_the_persons_own_limit(anna: User) -> None:
    Limit.objects.create(person=anna, event=Event.SOC_LOW, value=30)
    one = battery()
    assert says(one, 0, soc=31) == []
    assert says(one, 1, soc=30) == ["soc_low"]
    assert says(one, 2, soc=36) == []


def test_an_old_value_says_nothing() -> None:
    long_ago = NOON - timedelta(minutes=3)
    assert says(battery(), bat_temp=60.0, bat_at=long_ago) == []


def test_the_same_value_is_not_counted_each_minute(anna: User) -> None:
    one = battery()
    for minute in range(3):
        says(one, minute, soc=14)
    assert Notification.objects.get().times == 1
