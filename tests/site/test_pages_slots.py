"""The page about what happens if this machine dies."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batteries.models import ControlMethod
from scheduling.models import Order
from scheduling.slotbook import SlotBook
from tests import rows

SLOTS = reverse("scheduling:slots")


def test_a_battery_without_slots_of_ours_stands_still_and_the_rescue_is_named(
    viewer: Client,
) -> None:
    rows.battery(at=timezone.now())
    text = viewer.get(SLOTS).content.decode()
    assert "Garage stands still from 06:00" in text
    assert "choose Auto in the Marstek app" in text
    assert "Take its slots over" not in text, "viewers only look"


def test_a_battery_with_a_proved_program_serves_by_itself(operator: Client) -> None:
    battery = rows.battery(at=timezone.now(), control_method=ControlMethod.MANUAL)
    now = timezone.now()
    SlotBook.objects.create(battery=battery, taken_at=now, follows_house_at=now)
    text = operator.get(SLOTS).content.decode()
    assert "Garage charges and serves a red day by itself" in text
    assert "Try it again" in text


def test_taking_over_is_an_order_with_a_name(operator: Client) -> None:
    battery = rows.battery(at=timezone.now())
    url = reverse("scheduling:slots-take", args=[battery.pk])
    answer = operator.post(url, follow=True)
    assert "its slots are being taken over" in answer.content.decode()
    order = Order.objects.get()
    assert order.is_set_up
    assert order.asked_by == User.objects.get(username="operator")
    assert "look again in two minutes" in operator.get(SLOTS).content.decode()


def test_viewers_take_nothing(viewer: Client) -> None:
    battery = rows.battery(at=timezone.now())
    url = reverse("scheduling:slots-take", args=[battery.pk])
    assert viewer.post(url).status_code == 403
    assert not Order.objects.exists()
