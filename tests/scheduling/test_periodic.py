"""The periodic tasks that the code owns: upserted by name, a person's edits kept."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from json import loads

import pytest
from celery import current_app
from django.core.management import call_command
from django.utils import translation
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from scheduling import periodic
from scheduling.periodic import OWNED, PERIODIC, sync_schedule

pytestmark = pytest.mark.django_db
TEND = f"{OWNED}tend the batteries"


def rows() -> dict[str, str]:
    return {row.name: str(row.schedule) for row in PeriodicTask.objects.all()}


def test_each_periodic_task_exists_in_the_queue() -> None:
    current_app.loader.import_default_modules()
    assert {p.task for p in PERIODIC} <= set(current_app.tasks)


def test_the_second_run_changes_nothing() -> None:
    assert set(sync_schedule().values()) == {"created"}
    before = rows()
    assert set(sync_schedule().values()) == {"kept"}
    assert rows() == before


def test_tending_expires_before_its_next_run() -> None:
    sync_schedule()
    row = PeriodicTask.objects.get(name=TEND)
    assert row.expire_seconds == 50
    assert row.interval.every == 60


def test_an_edited_interval_and_switch_survive() -> None:
    sync_schedule()
    row = PeriodicTask.objects.get(name=TEND)
    row.interval = IntervalSchedule.objects.create(every=90, period=IntervalSchedule.SECONDS)
    row.enabled = False
    row.save()
    assert sync_schedule()[TEND] == "edited"
    row.refresh_from_db()
    assert (row.interval.every, row.enabled) == (90, False)


def test_a_new_default_reaches_a_row_that_nobody_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    sync_schedule()
    monkeypatch.setattr(periodic, "PERIODIC", (replace(PERIODIC[0], every_s=30), *PERIODIC[1:]))
    assert sync_schedule()[TEND] == "updated"
    assert PeriodicTask.objects.get(name=TEND).interval.every == 30


def test_another_language_is_no_edit() -> None:
    with translation.override("fr"):
        sync_schedule()
    with translation.override("en"):
        assert set(sync_schedule().values()) == {"kept"}


def test_an_owned_row_that_the_code_no_longer_knows_goes_and_others_stay() -> None:
    sync_schedule()
    every = IntervalSchedule.objects.first()
    PeriodicTask.objects.create(name=f"{OWNED}gone", task="x.y", interval=every)
    PeriodicTask.objects.create(name="somebody's own", task="x.y", interval=every)
    assert sync_schedule()[f"{OWNED}gone"] == "deleted"
    assert "somebody's own" in rows()


def test_the_command_prints_one_json_document() -> None:
    out = StringIO()
    call_command("sync_schedule", "--json", stdout=out)
    assert loads(out.getvalue())[TEND] == "created"
