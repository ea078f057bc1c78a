"""Two batteries in Auto that push against each other are named, once it has lasted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from batteries.models import Battery, BatteryStatusLog, ModeType
from notifications.events import Event
from notifications.models import Notification
from scheduling.telling import tell_state
from tests.rows import NOON, battery

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def live(powers_w: dict[Battery, int], minutes: range) -> None:
    """A sweep each minute, in which each battery tells this power."""
    for minute in minutes:
        now = NOON + minute * MINUTE
        for one, power_w in powers_w.items():
            flows = {"bat_power": power_w, "ongrid_power": -power_w}
            Battery.objects.filter(pk=one.pk).update(status_at=now, last_seen_at=now, **flows)
            BatteryStatusLog.objects.create(battery=one, timestamp=now, bat_power=power_w)
        tell_state(list(Battery.objects.order_by("id")), now)


def standing() -> list[Notification]:
    return list(Notification.objects.filter(event=Event.BATTERIES_PUSHING, closed_at=None))


def test_both_are_named_after_two_minutes_and_it_ends_by_itself() -> None:
    garage, cave = battery("Garage"), battery("Cave")
    live({garage: 600, cave: -500}, range(2))
    assert not standing()
    live({garage: 600, cave: -500}, range(2, 5))
    (notice,) = standing()
    assert notice.params["names"] == ["Garage", "Cave"]
    assert notice.params["power_w"] == 500
    live({garage: 600, cave: 300}, range(5, 6))
    assert not standing()


def test_a_charge_that_was_ordered_is_no_pushing() -> None:
    garage, cave = battery("Garage", mode=ModeType.PASSIVE), battery("Cave")
    live({garage: 600, cave: -500}, range(6))
    assert not standing()
