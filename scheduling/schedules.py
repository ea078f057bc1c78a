"""Keeping schedules and the household's settings: the row, its wake-ups, and the desk that looks.

Whatever is kept here is live: the desk is woken after the commit, and would look by itself soon.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import time

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from batteries.models import Battery
from notifications.queue import start_task

from .intentions import Household, ScheduleConfig
from .schedule_refusals import ScheduleRefused, overlap_refusal
from .surroundings import rule_of
from .targets import TargetMode
from .wakeups import TASK, drop_wakeups, write_wakeups

MORNING, NIGHT = time(6), time(22)


@transaction.atomic
def save_schedule(schedule: ScheduleConfig, batteries: Collection[Battery]) -> ScheduleConfig:
    """Keep a schedule for these batteries (none: all). Raises `ScheduleRefused` where another one
    has its name or meets it with its priority; of two people at once the later is refused."""
    _one_at_a_time()
    if ScheduleConfig.objects.filter(name=schedule.name).exclude(pk=schedule.pk).exists():
        raise ScheduleRefused(_("Another schedule has this name."))
    if schedule.is_active:
        _refuse_overlap(schedule, frozenset(battery.pk for battery in batteries))
    schedule.save()
    schedule.batteries.set(batteries)
    write_wakeups(schedule)
    start_task(TASK)
    return schedule


def switch_schedule(schedule: ScheduleConfig, *, is_active: bool) -> ScheduleConfig:
    """On or off. Raises `ScheduleRefused`."""
    schedule.is_active = is_active
    return save_schedule(schedule, list(schedule.batteries.all()))


@transaction.atomic
def delete_schedule(schedule: ScheduleConfig) -> None:
    """Forget a schedule and its wake-ups; the journal keeps what was decided for it."""
    drop_wakeups(schedule.pk)
    schedule.delete()
    start_task(TASK)


@transaction.atomic
def make_classic_set() -> list[ScheduleConfig]:
    """The two schedules of most households, where there is none yet; else nothing."""
    _one_at_a_time()
    if ScheduleConfig.objects.exists():
        return []
    day = ScheduleConfig(
        name=pgettext("schedule", "Day"),
        mode_type=TargetMode.AUTO,
        start_time=MORNING,
        end_time=NIGHT,
    )
    night = ScheduleConfig(
        name=pgettext("schedule", "Night"),
        mode_type=TargetMode.HOLD,
        start_time=NIGHT,
        end_time=MORNING,
        power_setpoint=0,
    )
    return [save_schedule(schedule, ()) for schedule in (day, night)]


@transaction.atomic
def change_household(**values: object) -> Household:
    """Keep some of the household's settings; automation among them."""
    Household.objects.get_or_create(pk=1)
    Household.objects.filter(pk=1).update(**values)
    start_task(TASK)
    return Household.objects.get(pk=1)


def _refuse_overlap(schedule: ScheduleConfig, battery_ids: frozenset[int]) -> None:
    sentence = overlap_refusal(rule_of(schedule, battery_ids))
    if sentence:
        raise ScheduleRefused(sentence)


def _one_at_a_time() -> None:
    """Nobody else keeps a schedule until this transaction ends; everybody may read."""
    table = connection.ops.quote_name(ScheduleConfig._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
