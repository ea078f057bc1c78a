"""The meter guard's rest over restarts of the process that polls."""

from __future__ import annotations

from datetime import timedelta

import pytest

from batteries.models import Battery
from batteries.poller import Poller
from batteries.simulator.spec import DeviceSpec

from .virtual_home import VirtualHome, virtual_home

pytestmark = pytest.mark.django_db


def restart(home: VirtualHome) -> None:
    """Another process polls from now on: it knows what the database knows."""
    home.poller = Poller(home.front, home.gateway, home.site.clock)


def rest(home: VirtualHome, minutes: int) -> None:
    """The battery has rested for so long, of an hour."""
    Battery.objects.update(
        pace="sparse",
        pace_reason="meter_lost",
        pace_since=home.now - timedelta(minutes=minutes),
        pace_rest_s=3600,
    )
    restart(home)


def test_a_rest_of_an_hour_is_an_hour_whoever_restarts_meanwhile() -> None:
    with virtual_home([DeviceSpec()]) as home:
        home.tick(1)
        rest(home, minutes=30)
        paces = []
        for _ in range(4):
            home.tick(10)
            restart(home)
            paces.append(home.battery().pace)
    assert paces == ["sparse", "sparse", "sparse", "halved"], "30 minutes were left"


def test_a_rest_that_ended_while_nobody_polled_is_over_at_the_first_poll() -> None:
    with virtual_home([DeviceSpec()]) as home:
        home.tick(1)
        rest(home, minutes=90)
        home.tick(10)
        battery = home.battery()
    assert (battery.pace, battery.pace_reason) == ("halved", "recovering")


def test_since_when_and_how_long_are_kept_with_the_pace() -> None:
    with virtual_home([DeviceSpec()]) as home:
        started = home.now
        home.tick(2)
        battery = home.battery()
    assert started < battery.pace_since < started + timedelta(minutes=1)
    assert battery.pace_rest_s == 1800
