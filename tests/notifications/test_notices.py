"""Notices: one a trouble, counted, over when it is over, read once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from marstek_site.roles import Role
from notifications.events import Event, Severity
from notifications.models import Notification
from notifications.notices import acknowledge, notify, recover
from notifications.selectors import listed_notices, open_notices
from tests.notifications.conftest import EVE, NOON, PARAMS
from tests.rows import person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
GARAGE, DAY = "battery:3", f"day:{EVE}"


def tell(event: Event = Event.BATTERY_OFFLINE, subject: str = GARAGE, hours: int = 0) -> int:
    return notify(event, subject, params=PARAMS[event], now=NOON + hours * HOUR).pk


def test_the_same_trouble_is_counted_not_doubled() -> None:
    assert tell() == tell(hours=1)
    notice = Notification.objects.get()
    assert (notice.times, notice.created_at, notice.last_at) == (2, NOON, NOON + HOUR)
    assert notice.severity == Severity.WARNING


def test_params_are_those_of_the_last_time() -> None:
    for soc in (15, 12):
        notify(Event.SOC_LOW, GARAGE, params={"name": "Garage", "soc": soc}, now=NOON)
    assert Notification.objects.get().params == {"name": "Garage", "soc": 12}


def test_each_subject_has_its_own() -> None:
    assert tell(subject="battery:1") != tell(subject="battery:2")


def test_the_database_refuses_a_second_open_one() -> None:
    tell()
    notice = Notification.objects.get()
    notice.pk = None
    with pytest.raises(IntegrityError, match="notification_one_open"), transaction.atomic():
        notice.save()


def test_what_is_over_closes_and_can_come_again() -> None:
    first = tell()
    over = recover(Event.BATTERY_OFFLINE, GARAGE, now=NOON + HOUR, params={"silent_s": 60})
    assert over is not None
    assert (over.pk, over.recovered_at, over.closed_at) == (first, NOON + HOUR, NOON + HOUR)
    assert over.params["silent_s"] == 60
    assert tell(hours=2) != first


def test_nothing_recovers_that_was_not_wrong() -> None:
    assert recover(Event.BATTERY_OFFLINE, GARAGE, now=NOON) is None
    tell()
    recover(Event.BATTERY_OFFLINE, GARAGE, now=NOON)
    assert recover(Event.BATTERY_OFFLINE, GARAGE, now=NOON + HOUR) is None


def test_a_day_is_announced_once_for_ever() -> None:
    first = tell(Event.RED_TOMORROW, DAY)
    assert tell(Event.RED_TOMORROW, DAY, hours=100) == first
    assert [n.pk for n in open_notices(NOON)] == [first]
    assert open_notices(NOON + 100 * HOUR) == []


def test_a_day_that_turns_red_again_is_announced_again() -> None:
    first = tell(Event.RED_TOMORROW, DAY)
    recover(Event.RED_TOMORROW, DAY, now=NOON + HOUR)
    assert tell(Event.RED_TOMORROW, DAY, hours=2) != first


def test_a_moment_is_new_after_its_hours() -> None:
    first = tell(Event.BATTERY_RESET)
    assert tell(Event.BATTERY_RESET, hours=23) == first
    assert tell(Event.BATTERY_RESET, hours=24) != first


def test_the_home_page_has_the_most_urgent_first_and_none_that_was_read() -> None:
    info, urgent = tell(Event.FIRMWARE_FAULTY), tell(Event.RED_IN_DANGER, hours=-1)
    read = tell(hours=1)
    acknowledge(read, by=person(Role.OPERATOR), now=NOON)
    assert [n.pk for n in open_notices(NOON)] == [urgent, info]


def test_the_first_reader_counts_and_what_lasts_stays_listed() -> None:
    notice_id, anna = tell(), person(Role.OPERATOR, "anna")
    assert acknowledge(notice_id, by=anna, now=NOON)
    assert not acknowledge(notice_id, by=person(Role.OPERATOR, "bea"), now=NOON)
    (current, past) = listed_notices(NOON)
    assert [n.acknowledged_by for n in current] == [anna]
    assert past == []


def test_a_failed_transaction_tells_nothing() -> None:
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_make_one_notice() -> None:
    ready, made = threading.Barrier(4), []

    def tell_in_a_thread() -> None:
        try:
            ready.wait(timeout=10)
            made.append(tell())
        finally:
            connection.close()

    threads = [threading.Thread(target=tell_in_a_thread) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(made) == 4
    assert len(set(made)) == 1
    assert Notification.objects.get().times == 4
