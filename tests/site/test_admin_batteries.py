"""Batteries in the admin site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from batteries.models import Battery, BatteryStatusLog, MethodHealth
from tests import rows

LIST = reverse("admin:batteries_battery_changelist")
ADD = reverse("admin:batteries_battery_add")
ENTERED = {
    "name": "Cave",
    "ip_address": "192.168.1.102",
    "udp_port": "30003",
    "ble_mac": "",
    "polling": "normal",
    "charge_limit_w": "",
    "discharge_limit_w": "800",
    "soc_floor": "12",
    "soc_ceiling": "100",
    "control_method": "passive",
    "scale_overrides": "{}",
}


def change_url(battery: Battery) -> str:
    return reverse("admin:batteries_battery_change", args=[battery.pk])


def filled(battery: Battery, **changes: str) -> dict[str, str]:
    """The change form as a browser sends it back."""
    values = {name: str(getattr(battery, name) or "") for name in ENTERED}
    return values | {"scale_overrides": "{}"} | changes


@pytest.fixture
def polls() -> Iterator[Any]:
    """The arguments of the polls that wait on the real queue, as a function."""
    queue = redis.Redis.from_url(settings.REDIS_URL)
    queue.delete(settings.DEVICES_QUEUE)

    def waiting() -> list[Any]:
        messages = [json.loads(text) for text in queue.lrange(settings.DEVICES_QUEUE, 0, -1)]
        assert {m["headers"]["task"] for m in messages} <= {"batteries.poll_batteries"}
        return [m["headers"]["argsrepr"] for m in messages]

    yield waiting
    queue.delete(settings.DEVICES_QUEUE)
    queue.close()


def test_a_battery_is_entered_by_hand_and_polled_at_once(
    administrator: Client,
    polls: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = administrator.post(ADD, ENTERED)
    assert response.status_code == 302
    cave = Battery.objects.get(name="Cave")
    assert (cave.ip_address, cave.udp_port, cave.ble_mac) == ("192.168.1.102", 30003, None)
    assert cave.discharge_limit_w == 800
    assert polls() == [f"([{cave.pk}],)"]


@pytest.mark.parametrize("written", ["BC:2A:33:60:1F:F9", "bc-2a-33-60-1f-f9", "bc2a.3360.1ff9"])
def test_a_mac_may_be_written_in_any_way(administrator: Client, written: str) -> None:
    administrator.post(ADD, ENTERED | {"ble_mac": written})
    assert Battery.objects.get().ble_mac == "bc2a33601ff9"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ble_mac", "not a mac", "Twelve hexadecimal digits"),
        ("ip_address", "192.168.1.300", "valid IPv4"),
        ("udp_port", "70000", "65535"),
        ("soc_floor", "101", "100"),
        ("charge_limit_w", "9000", "2500"),
        ("scale_overrides", '{"bat_temp": 0}', "bat_temp"),
        ("scale_overrides", '{"bat_temp": "0.1"}', "bat_temp"),
        ("scale_overrides", '{"bat_temp": true}', "bat_temp"),
        ("scale_overrides", '{"bat_temp": NaN}', "bat_temp"),
        ("scale_overrides", '{"temperature": 0.1}', "temperature"),
        ("scale_overrides", "[1]", "Enter names with numbers"),
        ("scale_overrides", "{", "valid JSON"),
    ],
)
def test_a_wrong_value_is_explained_beside_its_field(
    administrator: Client, field: str, value: str, words: str
) -> None:
    response = administrator.post(ADD, ENTERED | {field: value})
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert words in " ".join(errors[field])
    assert not Battery.objects.exists()


def test_floor_above_ceiling_is_refused(administrator: Client) -> None:
    response = administrator.post(ADD, ENTERED | {"soc_floor": "80", "soc_ceiling": "60"})
    assert "must be below the highest" in response.content.decode()


def test_an_address_belongs_to_one_active_battery(administrator: Client) -> None:
    rows.battery("Garage", ip_address="192.168.1.102", udp_port=30003)
    response = administrator.post(ADD, ENTERED)
    assert "Another active battery has this address" in response.content.decode()


def test_saving_never_overwrites_what_the_poller_wrote_meanwhile(administrator: Client) -> None:
    """The poller stores a reading between the form's reading of the row and its saving."""
    battery = rows.battery("Garage", soc=50)
    form_page = administrator.get(change_url(battery))
    assert form_page.status_code == 200
    stale = Battery.objects.get(pk=battery.pk)
    Battery.objects.filter(pk=battery.pk).update(soc=77, bat_power=-300, missed_polls=4)
    model_admin = admin.site.get_model_admin(Battery)
    form = model_admin.get_form(form_page.wsgi_request, stale, change=True)(
        filled(stale, name="Grange"), instance=stale
    )
    assert form.is_valid(), form.errors
    model_admin.save_model(form_page.wsgi_request, form.instance, form, change=True)
    battery.refresh_from_db()
    assert (battery.name, battery.soc, battery.bat_power, battery.missed_polls) == (
        "Grange",
        77,
        -300,
        4,
    )


def test_only_a_new_address_is_polled_at_once(
    administrator: Client,
    polls: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    battery = rows.battery()
    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(change_url(battery), filled(battery, soc_floor="20"))
    assert polls() == []
    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(change_url(battery), filled(battery, soc_floor="20", udp_port="30009"))
    assert polls() == [f"([{battery.pk}],)"]
    battery.refresh_from_db()
    assert (battery.soc_floor, battery.udp_port) == (20, 30009)


def test_the_form_offers_no_telemetry(administrator: Client) -> None:
    battery = rows.battery()
    fields = set(administrator.get(change_url(battery)).context["adminform"].form.fields)
    assert fields == set(ENTERED)


def test_the_list_tells_state_and_power_in_words(administrator: Client) -> None:
    rows.household(timezone.now())
    text = administrator.get(LIST).content.decode()
    assert "Charges at 590\u00a0W" in text
    assert "silent" in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_one_as_for_three(
    administrator: Client, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        rows.battery(f"Cave {number}")
    administrator.get(LIST)
    with django_assert_num_queries(5):
        administrator.get(LIST)


def act(client: Client, action: str, *batteries: Battery) -> str:
    chosen = {"action": action, "_selected_action": [battery.pk for battery in batteries]}
    return client.post(LIST, chosen, follow=True).content.decode()


def test_retiring_keeps_history_and_taking_back_polls(
    administrator: Client,
    polls: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    battery = rows.battery()
    BatteryStatusLog.objects.create(battery=battery, timestamp=rows.NOON, soc=62)
    assert "1 battery retired." in act(administrator, "retire", battery)
    assert not Battery.objects.get().is_active
    assert BatteryStatusLog.objects.filter(battery=battery).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert "1 battery is back in service." in act(administrator, "take_back", battery)
    assert Battery.objects.get().is_active
    assert polls() == [f"([{battery.pk}],)"]


def test_taking_back_is_refused_while_another_has_the_address(administrator: Client) -> None:
    old = rows.battery("Vieille", is_active=False)
    rows.battery("Neuve", ip_address=old.ip_address, udp_port=old.udp_port)
    assert "Another active battery has this address" in act(administrator, "take_back", old)
    old.refresh_from_db()
    assert not old.is_active


def test_deleting_warns_counts_and_takes_the_history_along(administrator: Client) -> None:
    battery, other = rows.battery(), rows.battery("Cave")
    for owner in (battery, other):
        for minute in range(5):
            at = rows.NOON + timedelta(minutes=minute)
            BatteryStatusLog.objects.create(battery=owner, timestamp=at, soc=62)
        MethodHealth.objects.create(battery=owner, method="ES.GetStatus", hour_at=rows.NOON)
    url = reverse("admin:batteries_battery_delete", args=[battery.pk])
    text = administrator.get(url).content.decode()
    assert "Its whole history goes with it" in text
    assert "Status log: 5" in text
    assert administrator.post(url, {"post": "yes"}).status_code == 302
    assert list(Battery.objects.all()) == [other]
    assert BatteryStatusLog.objects.count() == 5
    assert MethodHealth.objects.count() == 1


def test_deleting_several_goes_the_same_way(administrator: Client) -> None:
    batteries = [rows.battery(), rows.battery("Cave")]
    assert "Its whole history goes" in act(administrator, "delete_selected", *batteries)
    chosen = [battery.pk for battery in batteries]
    answer = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    administrator.post(LIST, answer)
    assert not Battery.objects.exists()


def test_how_well_it_answers_is_shown_per_method(administrator: Client) -> None:
    battery = rows.battery()
    now = timezone.now()
    for hours, asked in ((1, 60), (2, 40), (40, 1000)):
        MethodHealth.objects.create(
            battery=battery,
            method="ES.GetStatus",
            hour_at=(now - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0),
            asked=asked,
            answered=asked * 9 // 10,
            latency_ms_total=asked * 90,
            latency_ms_max=312,
        )
    text = administrator.get(change_url(battery)).content.decode()
    assert "90 (90 %)" in text
    assert "100 ms" in text
    assert "312 ms" in text
