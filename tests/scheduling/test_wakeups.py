"""Beat entries of schedules: written from them, never the truth, harmless when gone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from django.core.management import call_command
from django.utils import translation
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from pytest_django import DjangoCaptureOnCommitCallbacks

from batteries.simulator.spec import DeviceSpec
from scheduling.intentions import ScheduleConfig
from scheduling.models import Order
from scheduling.periodic import sync_schedule
from scheduling.schedule_refusals import ScheduleRefused
from scheduling.schedules import (
    change_household,
    delete_schedule,
    make_classic_set,
    save_schedule,
    switch_schedule,
)
from scheduling.wakeups import TASK, WAKE, schedule_id_of

from .order_home import order_home
from .schedule_rows import schedule

pytestmark = pytest.mark.django_db
BEFORE_THE_NIGHT = datetime(2026, 11, 23, 20, 58, 17, tzinfo=UTC)  # 21:58:17 in Paris
EDGE = datetime(2026, 11, 23, 21, tzinfo=UTC)


def wakeups() -> dict[str, str]:
    """Name without its prefix -> minute, hour, days of the week (0 = Sunday)."""
    rows = PeriodicTask.objects.filter(name__startswith=WAKE, enabled=True, task=TASK)
    return {
        row.name.rpartition(" ")[2]: f"{row.crontab.minute} {row.crontab.hour} "
        f"{row.crontab.day_of_week}"
        for row in rows
    }


def test_a_window_over_midnight_ends_on_the_day_after() -> None:
    save_schedule(schedule(window="22:15-06:00", week_days=0b1000001), ())
    assert wakeups() == {"starts": "15 22 1,0", "ends": "0 6 1,2"}


def test_a_window_of_a_day_ends_on_it_and_every_day_is_a_star() -> None:
    save_schedule(schedule(window="06:00-22:00", week_days=0b0000100), ())
    assert wakeups() == {"starts": "0 6 3", "ends": "0 22 3"}
    save_schedule(schedule("All", window="00:00-00:00", priority=1), ())
    assert PeriodicTask.objects.filter(crontab__day_of_week="*", name__startswith=WAKE).count() == 2


def test_days_mean_the_same_to_beat() -> None:
    """Sunday night from 22:00: celery's own reading of the entry, in the time of Paris."""
    save_schedule(schedule(week_days=0b1000000), ())
    starts = PeriodicTask.objects.get(name__endswith="starts").schedule
    assert starts.day_of_week == {0}
    assert str(starts.tz) == "Europe/Paris"
    ends = PeriodicTask.objects.get(name__endswith="ends").schedule
    assert ends.day_of_week == {1}


def test_an_edit_rewrites_them_and_a_switch_takes_them_away() -> None:
    row = save_schedule(schedule(), ())
    row.start_time = time(23)
    save_schedule(row, ())
    assert wakeups()["starts"] == "0 23 *"
    switch_schedule(row, is_active=False)
    assert wakeups() == {}
    switch_schedule(row, is_active=True)
    assert set(wakeups()) == {"starts", "ends"}
    delete_schedule(row)
    assert wakeups() == {}


def test_what_somebody_else_changed_is_gone_with_the_next_sync() -> None:
    row = save_schedule(schedule(), ())
    before = wakeups()
    other = CrontabSchedule.objects.create(minute="1", hour="1")
    PeriodicTask.objects.filter(name__endswith="starts").update(crontab=other, enabled=False)
    PeriodicTask.objects.get(name__endswith="ends").delete()
    stray = PeriodicTask.objects.create(name=f"{WAKE}schedule 999 starts", crontab=other, task="x")
    done = sync_schedule()
    assert wakeups() == before
    assert done[f"{WAKE}schedule {row.pk} starts"] == "updated"
    assert done[f"{WAKE}schedule {row.pk} ends"] == "created"
    assert done[stray.name] == "deleted"
    assert "updated" not in sync_schedule().values()


def test_a_name_leads_back_to_its_schedule() -> None:
    row = save_schedule(schedule(), ())
    names = PeriodicTask.objects.filter(name__startswith=WAKE).values_list("name", flat=True)
    assert {schedule_id_of(name) for name in names} == {row.pk}
    assert schedule_id_of("marstek: tend the batteries") is None


def test_the_start_of_the_site_writes_them() -> None:
    row = save_schedule(schedule(), ())
    PeriodicTask.objects.all().delete()
    call_command("sync_schedule", "--json")
    assert set(wakeups()) == {"starts", "ends"}
    assert row.is_active


def test_whatever_is_kept_wakes_the_desk_after_the_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as asked:
        row = save_schedule(schedule(), ())
        change_household(target_soc=90)
        delete_schedule(row)
    assert [call.args for call in asked if isinstance(call, partial)] == [(TASK, ())] * 3


def test_the_service_refuses_what_the_form_could_not_see_yet() -> None:
    save_schedule(schedule("Nuit"), ())
    with translation.override("en"), pytest.raises(ScheduleRefused, match=r"“Other”.*“Nuit”"):
        save_schedule(schedule("Other", window="05:00-07:00"), ())
    with translation.override("en"), pytest.raises(ScheduleRefused, match="Another schedule"):
        save_schedule(schedule("Nuit", window="08:00-09:00"), ())
    assert ScheduleConfig.objects.count() == 1


def test_the_classic_set_is_made_once_and_never_over_others() -> None:
    day, night = make_classic_set()
    assert (day.mode_type, day.start_time, day.end_time) == ("auto", time(6), time(22))
    assert (night.mode_type, night.power_setpoint) == ("hold", 0)
    assert make_classic_set() == []


def test_without_any_entry_an_edge_is_applied_by_the_desk_itself() -> None:
    """Nothing wakes it, nothing polls: it knows the next edge from the schedules."""
    with order_home([DeviceSpec()], starts_at=BEFORE_THE_NIGHT) as home:
        make_classic_set()
        change_household(is_automatic=True, serves_red_days=False)
        PeriodicTask.objects.all().delete()
        home.pass_until(EDGE + timedelta(seconds=30), polls=False)
        hold = Order.objects.get(mode_type="hold")
        first = hold.attempts.earliest("id")
        assert timedelta(0) <= first.sent_at - EDGE < timedelta(seconds=2)
        assert home.device.orders.mode == "Passive"


def test_a_schedule_saved_within_its_window_counts_at_once() -> None:
    with order_home([DeviceSpec()], starts_at=EDGE + timedelta(hours=1)) as home:
        change_household(is_automatic=True, serves_red_days=False)
        home.pass_time(seconds=30)
        assert not Order.objects.filter(mode_type="hold").exists()
        saved_at = home.now
        make_classic_set()
        home.pass_time(seconds=75)
        first = Order.objects.get(mode_type="hold").attempts.earliest("id")
        assert first.sent_at - saved_at < timedelta(seconds=75)
