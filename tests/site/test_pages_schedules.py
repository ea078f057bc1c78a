"""The page of schedules: who sees and does what, with the page's script and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling.intentions import ScheduleConfig
from scheduling.schedules import change_household, make_classic_set, save_schedule
from tests import rows
from tests.scheduling.schedule_rows import schedule, typed

LIST = reverse("scheduling:schedules")
ADD = reverse("scheduling:schedule-add")
PREVIEW = reverse("scheduling:schedule-preview")
HTMX = {"HX-Request": "true"}


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode().replace("\u00a0", " "))


def page(client: Client) -> str:
    return text_of(client.get(LIST))


def edit(row: ScheduleConfig) -> str:
    return reverse("scheduling:schedule-edit", args=[row.pk])


def switch(row: ScheduleConfig) -> str:
    return reverse("scheduling:schedule-switch", args=[row.pk])


def test_the_classic_set_is_offered_and_made_by_one_button(operator: Client) -> None:
    rows.battery(at=timezone.now())
    assert "Make the classic set" in page(operator)
    assert not ScheduleConfig.objects.exists(), "never by itself"
    operator.post(reverse("scheduling:classic-make"))
    text = page(operator)
    assert "Make the classic set" not in text
    assert "06:00 to 22:00, every day" in text
    assert "22:00 to 06:00, every day" in text
    operator.post(reverse("scheduling:classic-make"))
    assert ScheduleConfig.objects.count() == 2
    assert LogEntry.objects.filter(change_message="The classic set.").count() == 2


def test_viewers_see_everything_and_no_button(viewer: Client) -> None:
    rows.battery(at=timezone.now())
    assert "classic set has two" in page(viewer)
    make_classic_set()
    text = page(viewer)
    assert "Follow the house (Auto)" in text
    assert "priority 0" in text
    for words in ("Add a schedule", "Switch o", "Edit", "Delete", "Change the settings"):
        assert words not in text


def test_a_schedule_is_added_and_live(operator: Client) -> None:
    response = operator.post(ADD, typed(name="Nuit"), follow=True)
    text = text_of(response)
    assert "“Nuit” is saved and live." in text
    assert re.search(r"(next: tonight 22:00|now, until )", text)
    assert LogEntry.objects.get().object_repr == "Nuit"


def test_what_is_wrong_is_said_beside_its_field_and_kept_typed(operator: Client) -> None:
    text = text_of(operator.post(ADD, typed(name="Typed", target_soc="80")))
    assert "Only a charge has a state of charge to reach" in text
    assert 'value="Typed"' in text
    assert not ScheduleConfig.objects.exists()


def test_an_overlap_is_one_sentence_with_both_names(operator: Client) -> None:
    save_schedule(schedule("Nuit"), ())
    text = text_of(operator.post(ADD, typed(name="Vacances")))
    assert (
        "“Vacances” and “Nuit” both count on Monday 22:00-06:00: "
        "give one of them a higher priority."
    ) in text


def test_an_edit_changes_the_row_and_its_batteries(operator: Client) -> None:
    garage = rows.battery("Garage", at=timezone.now())
    row = save_schedule(schedule("Nuit"), ())
    operator.post(edit(row), typed(name="Nuits", batteries=[garage.pk], days=["5", "6"]))
    row.refresh_from_db()
    assert (row.name, row.week_days, row.batteries.get()) == ("Nuits", 0b1100000, garage)
    text = page(operator)
    assert "22:00 to 06:00, Saturday and Sunday" in text
    assert "Garage · priority 0" in text


def test_the_preview_shows_before_and_after_and_keeps_nothing(operator: Client) -> None:
    change_household(serves_red_days=False)
    rows.battery("Garage", at=timezone.now())
    wanted = typed(name="All day", start_time="00:00", end_time="00:00")
    fragment = text_of(operator.post(PREVIEW, wanted, headers=HTMX))
    assert "<html" not in fragment
    before, _as_it_is, after = fragment.partition("Once saved")
    assert "is-hold" not in before
    assert "is-hold" in after
    whole = text_of(operator.post(ADD, wanted | {"preview": "1"}))
    assert "<html" in whole
    assert "Once saved" in whole
    assert not ScheduleConfig.objects.exists()


def test_a_preview_of_an_edit_takes_the_place_of_the_row(operator: Client) -> None:
    change_household(serves_red_days=False)
    rows.battery("Garage", at=timezone.now())
    row = save_schedule(schedule("Nuit", window="00:00-00:00"), ())
    wanted = typed(name="Nuit", schedule=str(row.pk), mode_type="auto")
    before, _as_it_is, after = text_of(operator.post(PREVIEW, wanted)).partition("Once saved")
    assert "is-hold" in before
    assert "is-hold" not in after


@pytest.mark.parametrize("pk", ["", "x", "999", "٣"])
def test_a_preview_says_what_is_wrong(operator: Client, pk: str) -> None:
    text = text_of(operator.post(PREVIEW, typed(days=[], schedule=pk)))
    assert "Choose at least one day." in text
    assert "Once saved" not in text


def test_a_switch_is_answered_with_the_page_s_live_part(operator: Client) -> None:
    row = save_schedule(schedule("Nuit"), ())
    off = text_of(operator.post(switch(row), {"on": "0"}, headers=HTMX))
    assert "<html" not in off
    assert "switched off" in off
    row.refresh_from_db()
    assert not row.is_active
    assert operator.post(switch(row), {"on": "1"})["Location"] == LIST
    row.refresh_from_db()
    assert row.is_active


def test_switching_on_what_meets_another_is_refused(operator: Client) -> None:
    row = save_schedule(schedule("Nuit", is_active=False), ())
    save_schedule(schedule("Vacances"), ())
    sentence = "“Nuit” and “Vacances” both count on Monday 22:00-06:00"
    assert sentence in text_of(operator.post(switch(row), {"on": "1"}, headers=HTMX))
    assert sentence in text_of(operator.post(switch(row), {"on": "1"}, follow=True))
    row.refresh_from_db()
    assert not row.is_active


def test_deleting_asks_first(operator: Client) -> None:
    row = save_schedule(schedule("Nuit"), ())
    url = reverse("scheduling:schedule-delete", args=[row.pk])
    assert "Delete “Nuit”?" in text_of(operator.get(url))
    assert ScheduleConfig.objects.exists()
    assert "“Nuit” is deleted." in text_of(operator.post(url, follow=True))
    assert not ScheduleConfig.objects.exists()


def test_html_in_a_name_stays_text(operator: Client) -> None:
    rows.battery(at=timezone.now())
    save_schedule(schedule("<b onclick=x>"), ())
    text = page(operator)
    assert "<b onclick" not in text
    assert "&lt;b onclick=x&gt;" in text


@pytest.mark.parametrize("count", [1, 3])
def test_more_schedules_and_batteries_take_no_more_queries(
    viewer: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        battery = rows.battery(f"Cave {number}", at=timezone.now())
        save_schedule(schedule(f"S{number}", priority=number), [battery])
    viewer.get(LIST)
    with django_assert_max_num_queries(18):
        viewer.get(LIST)
