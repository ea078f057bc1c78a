"""What people hear of the machine: its disk and its clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marstek_site.machine_watch import tell_clock, tell_disk, watch_machine
from marstek_site.tasks import watch_machine as watch_task
from notifications.models import Notification
from tests.rows import NOON

pytestmark = pytest.mark.django_db
GB = 1000 * 1024 * 1024
LONG_UP = timedelta(days=3)


def standing() -> list[str]:
    return list(Notification.objects.filter(closed_at=None).values_list("event", flat=True))


def test_a_disk_that_fills_and_has_room_again() -> None:
    tell_disk(GB / 2, 20 * GB, NOON)
    assert Notification.objects.get().params == {"free_percent": 2}
    tell_disk(GB * 1.1, 20 * GB, NOON)
    assert standing() == ["disk_filling"]
    tell_disk(GB * 2, 20 * GB, NOON)
    assert standing() == []


def test_a_clock_that_nobody_keeps_right() -> None:
    tell_clock(False, timedelta(minutes=5), NOON)
    assert standing() == []  # it has just started
    tell_clock(False, LONG_UP, NOON)
    assert standing() == ["clock_wrong"]
    tell_clock(None, LONG_UP, NOON)
    assert standing() == ["clock_wrong"]
    tell_clock(True, LONG_UP, NOON)
    assert standing() == []


def test_this_machine_can_be_watched() -> None:
    watch_machine(NOON)
    before = standing()
    watch_task()
    assert standing() == before
