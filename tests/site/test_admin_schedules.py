"""Schedules, household, overrides and beat entries in the admin site."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from scheduling.intentions import Decision, Household, Override, ScheduleConfig
from scheduling.models import Order, Origin
from scheduling.orders import place_order
from scheduling.periodic import sync_schedule
from scheduling.rehearsal import Rehearsal
from scheduling.schedules import change_household, save_schedule
from scheduling.targets import Target, TargetMode
from scheduling.wakeups import WAKE
from tests import rows
from tests.scheduling.schedule_rows import schedule, typed
from tests.site.test_pages_schedules import text_of

ADD = reverse("admin:scheduling_scheduleconfig_add")
BEAT = reverse("admin:django_celery_beat_periodictask_changelist")


def change(row: Any) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def wakeups() -> Any:
    return PeriodicTask.objects.filter(name__startswith=WAKE)


def test_a_schedule_saved_there_has_its_wakeups(administrator: Client) -> None:
    garage = rows.battery("Garage", at=timezone.now())
    administrator.post(ADD, typed(name="Nuit", batteries=[garage.pk], days=["0"]))
    row = ScheduleConfig.objects.get()
    assert (row.week_days, row.batteries.get()) == (1, garage)
    assert wakeups().count() == 2
    assert 'value="Nuit"' in text_of(administrator.get(change(row)))
    administrator.post(change(row), typed(name="Nuit", start_time="23:00"))
    assert set(wakeups().values_list("crontab__hour", flat=True)) == {"23", "6"}
    administrator.post(change(row).replace("change", "delete"), {"post": "yes"})
    assert not wakeups().exists()


def test_an_overlap_is_refused_there_too(administrator: Client) -> None:
    save_schedule(schedule("Nuit"), ())
    text = text_of(administrator.post(ADD, typed(name="Vacances")))
    assert "“Vacances” and “Nuit” both count on Monday 22:00-06:00" in text
    assert ScheduleConfig.objects.count() == 1


def test_deleting_many_takes_their_wakeups(administrator: Client) -> None:
    save_schedule(schedule("Nuit"), ())
    listed = reverse("admin:scheduling_scheduleconfig_changelist")
    assert "Stand still" in text_of(administrator.get(listed))
    chosen = {"_selected_action": [ScheduleConfig.objects.get().pk], "post": "yes"}
    administrator.post(listed, {"action": "delete_selected"} | chosen)
    assert not ScheduleConfig.objects.exists()
    assert not wakeups().exists()


def test_the_household_is_one_row_that_is_always_there(administrator: Client) -> None:
    response = administrator.get(reverse("admin:scheduling_household_changelist"), follow=True)
    assert "Contract power" in text_of(response)
    change_household(is_automatic=True)
    settings = {"contract_kva": "12", "unmetered_charge_w": "2000", "target_soc": "90"}
    administrator.post(reverse("admin:scheduling_household_change", args=[1]), settings)
    kept = Household.objects.get()
    assert (kept.contract_kva, kept.serves_red_days, kept.is_automatic) == (12, False, True)


def test_wakeups_are_shown_lead_back_and_cannot_be_changed(administrator: Client) -> None:
    row = save_schedule(schedule("Nuit"), ())
    entry = wakeups().first()
    listed = text_of(administrator.get(BEAT))
    assert f'<a href="{change(row)}">Edit the schedule instead</a>' in listed
    shown = text_of(administrator.get(change(entry)))
    assert change(row) in shown
    assert 'name="_save"' not in shown
    assert administrator.post(change(entry), {"enabled": ""}).status_code == 403
    assert administrator.get(change(entry).replace("change", "delete")).status_code == 403
    for action in ("disable_tasks", "toggle_tasks", "delete_selected"):
        chosen = {"action": action, "_selected_action": [entry.pk], "post": "yes"}
        administrator.post(BEAT, chosen)
    entry.refresh_from_db()
    assert entry.enabled


def test_the_tasks_that_the_code_owns_stay_editable(administrator: Client) -> None:
    sync_schedule()
    tend = PeriodicTask.objects.get(name__endswith="tend the batteries")
    assert 'name="_save"' in text_of(administrator.get(change(tend)))
    administrator.post(BEAT, {"action": "disable_tasks", "_selected_action": [tend.pk]})
    sync_schedule()
    tend.refresh_from_db()
    assert not tend.enabled, "a person's edit survives the next start"


def test_an_override_ends_by_hand_and_decisions_only_show(operator: Client) -> None:
    garage = rows.battery("Garage", at=timezone.now())
    target = Target(TargetMode.CHARGE, 600, minutes=60)
    place_order(garage, target, by=None, origin=Origin.PAGE, now=timezone.now())
    override = Override.objects.get()
    listed = reverse("admin:scheduling_override_changelist")
    text_of(operator.get(listed))
    operator.post(listed, {"action": "end_now", "_selected_action": [override.pk]})
    override.refresh_from_db()
    assert override.end_reason == "cancelled"
    assert Order.objects.filter(state="cancelled").exists()
    decision = Decision.objects.first()
    assert decision is not None
    text = text_of(operator.get(reverse("admin:scheduling_decision_changelist")))
    assert re.search(r"Charging at 600 W", text)
    assert 'name="_save"' not in text_of(operator.get(change(decision)))


def test_rehearsals_are_shown_and_cannot_be_edited(administrator: Client) -> None:
    battery = rows.battery("Cave")
    day, at = date(2027, 1, 12), datetime(2027, 1, 11, 17, tzinfo=UTC)
    row = Rehearsal.objects.create(battery=battery, day=day, outcome="no_room", at=at)
    listed = administrator.get(reverse("admin:scheduling_rehearsal_changelist"))
    assert "too little room under the contract power" in listed.content.decode()
    shown = administrator.get(reverse("admin:scheduling_rehearsal_change", args=[row.pk]))
    assert shown.status_code == 200
    assert 'name="_save"' not in shown.content.decode()
