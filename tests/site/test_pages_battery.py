"""The page of one battery: its day, how it answers, its firmware, its limits, its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batteries.models import Battery, BatteryStatusLog, MethodHealth
from tests import rows
from tests.site.test_pages_home import HOME, page


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    """No five minutes and no hour ends within a test."""
    with time_machine.travel(rows.NOON + timedelta(minutes=7), tick=False):
        yield


def url_of(battery: Battery, what: str = "detail") -> str:
    return reverse(f"batteries:battery-{what}", args=[battery.pk])


def shown(client: Client, battery: Battery) -> str:
    """The page's text as a reader gets it, on one line."""
    return re.sub("[ \n]+", " ", page(client, url_of(battery)))


def test_the_home_page_leads_to_each_battery(viewer: Client) -> None:
    battery = rows.battery(at=timezone.now())
    assert f'href="{url_of(battery)}">Garage</a>' in page(viewer, HOME)


def test_it_shows_what_the_card_shows(viewer: Client) -> None:
    text = shown(viewer, rows.battery(at=timezone.now()))
    assert "<h1>Garage</h1>" in text
    assert "Charges at 590\u00a0W" in text
    assert "62\u00a0%" in text
    assert "The battery answers." in text


def test_it_plots_its_day_and_says_it_in_words(viewer: Client) -> None:
    battery = rows.battery(at=timezone.now())
    rows.a_day(battery, timezone.now())
    text = shown(viewer, battery)
    assert text.count('role="img"') == 2
    said = re.findall("It charged about 5\\.\\d\u00a0kWh and gave back about", text)
    assert len(said) == 2, "below the heading, and for the plot"
    assert 'class="shape is-charge" d="M' in text
    assert 'class="shape is-feed" d="M' in text
    assert 20 <= text.count('<th scope="row">') <= 25


def test_numbers_of_a_plot_are_no_french_numbers(viewer: Client) -> None:
    battery = rows.battery(at=timezone.now())
    rows.a_day(battery, timezone.now())
    french = viewer.get(url_of(battery), headers={"accept-language": "fr"}).content.decode()
    paths = [part.partition('"')[0] for part in french.split(' d="M')[1:]]
    places = [part.partition('"')[0] for part in french.split(' x1="')[1:]]
    assert len(paths) > 4
    assert len(places) > 8
    assert [text for text in paths + places if "," in text] == []
    assert re.search("Elle a chargé environ 5,\\d\u00a0kWh", french)


def test_without_history_it_says_so(viewer: Client) -> None:
    text = shown(viewer, rows.battery(at=timezone.now()))
    assert "Nothing was kept in the last 24 hours" in text
    assert "It was not asked anything in the last 24 hours." in text
    assert "Download what this device answered" not in text
    assert "<path" not in text


def test_how_it_answers_is_told_per_method(viewer: Client) -> None:
    battery, now = rows.battery(at=timezone.now()), timezone.now()
    for hours, asked, answered in ((0, 40, 40), (1, 60, 30), (30, 1000, 0)):
        MethodHealth.objects.create(
            battery=battery,
            method="ES.GetStatus",
            hour_at=(now - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0),
            asked=asked,
            answered=answered,
            refused=hours,
            latency_ms_total=answered * 50,
            latency_ms_max=312,
        )
    rows.an_answer(
        battery, "ES.GetStatus", None, outcome="no_answer", answer="", answered_at=None,
        asked_at=now - timedelta(hours=1),
    )  # fmt: skip
    text = shown(viewer, battery)
    assert "<h3>Charge and power</h3>" in text
    assert "70 of 100 questions answered, 1 with an error" in text
    assert "in 50\u00a0ms on average, 312\u00a0ms at most" in text
    assert "Worst hour: from" in text
    assert "Last trouble: no answer" in text
    assert 'class="is-some" d="M22 0h0.85v1H22Z"' in text, "the hour before"
    assert 'class="is-all" d="M23 0h0.85v1H23Z"' in text, "the present hour"


def test_each_trouble_of_a_firmware_comes_with_what_to_do(viewer: Client) -> None:
    text = shown(viewer, rows.battery(at=timezone.now(), firmware=147))
    assert "Update it to 150 or newer in the Marstek app" in text
    assert "Its energy counters stand still." in text
    assert "Trust the powers and the state of charge, or update it." in text
    assert "Nothing to do: it is allowed for here." in text


def test_a_good_firmware_is_called_so(viewer: Client) -> None:
    text = shown(viewer, rows.battery(at=timezone.now(), firmware=155))
    assert "This firmware is recommended." in text
    assert "No trouble is known of this model and firmware." in text


def test_limits_tell_where_they_come_from(viewer: Client) -> None:
    battery = rows.battery(
        at=timezone.now(), model="VenusA", firmware=147, charge_limit_w=800, discharge_limit_w=2500
    )
    text = shown(viewer, battery)
    assert 'charges at 800\u00a0W at most<br><span class="faint">set here' in text
    model = "feeds the house with 1,200\u00a0W at most<br>"
    assert f'{model}<span class="faint">what the model allows' in text


def test_only_who_may_change_the_limits_is_led_to_them(
    viewer: Client, administrator: Client
) -> None:
    battery = rows.battery(at=timezone.now())
    change = reverse("admin:batteries_battery_change", args=[battery.pk])
    assert change in page(administrator, url_of(battery))
    text = page(viewer, url_of(battery))
    assert change not in text
    assert "An administrator of this site can change them." in text


def test_a_retired_battery_still_has_its_page(viewer: Client) -> None:
    battery = rows.battery(at=timezone.now(), is_active=False)
    rows.a_day(battery, timezone.now())
    text = shown(viewer, battery)
    assert "It is retired: its history is kept, and it is not asked any more." in text
    assert "It charged about" in text


def test_a_new_battery_waits_for_its_first_answer(viewer: Client) -> None:
    battery = Battery.objects.create(name="Neuve", ip_address="192.168.1.99")
    text = shown(viewer, battery)
    assert "Waiting for the first answer of Neuve." in text
    assert "This model is not known here: it is treated with care." in text


def test_html_in_a_name_is_text(viewer: Client) -> None:
    text = page(viewer, url_of(rows.battery("<b>Cave</b>", at=timezone.now())))
    assert "&lt;b&gt;Cave&lt;/b&gt;" in text
    assert "<b>Cave</b>" not in text


def test_the_fragment_is_204_while_nothing_changed(viewer: Client) -> None:
    battery = rows.battery(at=timezone.now())
    digest = viewer.get(url_of(battery)).context["detail"].digest
    fragment = url_of(battery, "fragment")
    assert viewer.get(fragment, {"seen": digest}).status_code == 204
    BatteryStatusLog.objects.create(battery=battery, timestamp=timezone.now(), soc=63)
    changed = viewer.get(fragment, {"seen": digest})
    assert changed.status_code == 200
    assert b"<path" in changed.content
    assert b"<html" not in changed.content


@pytest.mark.parametrize("what", ["detail", "fragment", "answers"])
def test_a_battery_that_is_gone_is_not_found(viewer: Client, what: str) -> None:
    assert viewer.get(reverse(f"batteries:battery-{what}", args=[32000])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_rows(
    viewer: Client, count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    battery, now = rows.battery(at=timezone.now()), timezone.now()
    for number in range(count):
        BatteryStatusLog.objects.create(
            battery=battery, timestamp=now - timedelta(hours=number), soc=50, bat_power=100
        )
        MethodHealth.objects.create(battery=battery, method=f"M{number}", hour_at=now, asked=1)
        rows.an_answer(battery, f"M{number}", {})
    viewer.get(url_of(battery, "fragment"))
    # session, person, permissions of the person and of the groups, battery, answers, log, counts
    with django_assert_num_queries(8):
        viewer.get(url_of(battery, "fragment"))


def test_the_file_of_answers_is_a_download_without_names(viewer: Client) -> None:
    battery = rows.battery("Chez Paul", at=timezone.now())
    rows.an_answer(battery, "Wifi.GetStatus", {"id": 0, "ssid": "Chez Paul", "rssi": -58})
    assert url_of(battery, "answers") in page(viewer, url_of(battery))
    response = viewer.get(url_of(battery, "answers"))
    disposition = response["Content-Disposition"]
    assert disposition.startswith('attachment; filename="marstek-answers-venus-e3-20')
    assert "Paul" not in disposition
    assert response["Content-Type"] == "application/x-ndjson; charset=utf-8"
    (line,) = response.content.splitlines()
    assert json.loads(line)["answer"]["result"] == {"id": 0, "ssid": "name-1", "rssi": -58}
    assert battery.ble_mac is not None
    assert battery.ble_mac.encode() not in line


def test_the_administration_shows_answers_word_for_word(operator: Client) -> None:
    battery = rows.battery()
    rows.an_answer(battery, "Wifi.GetStatus", {"ssid": "Livebox-A3F0"})
    change = reverse("admin:batteries_battery_change", args=[battery.pk])
    text = page(operator, change)
    assert "Livebox-A3F0" in text
    assert f'href="{url_of(battery)}"' in text


@pytest.mark.parametrize("what", ["detail", "fragment", "answers"])
def test_nothing_is_kept_by_a_browser(viewer: Client, what: str) -> None:
    assert "no-store" in viewer.get(url_of(rows.battery(), what))["Cache-Control"]
