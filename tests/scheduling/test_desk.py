"""The desk beside its own jobs: when it looks, and when it leaves a battery in peace."""

from __future__ import annotations

import pytest

from batteries.simulator.faults import Faults
from scheduling.models import Origin
from scheduling.orders import place_order
from scheduling.targets import Target
from tests.batteries.virtual_home import virtual_home

from .order_home import CHARGE
from .virtual_process import VirtualProcess

pytestmark = pytest.mark.django_db


def test_a_battery_that_is_in_hand_is_waited_for_and_not_looked_at_again_and_again() -> None:
    with virtual_home() as home:
        looks: list[float] = []
        process = VirtualProcess(home, lambda: looks.append(home.site.now))
        process.live(seconds=30)
        target = Target.of(CHARGE, 600, 60)
        place_order(home.battery(), target, by=None, origin=Origin.PAGE, now=home.now)
        process.wake()
        process.live(seconds=3)
        home.devices[0].faults = Faults(api_off=True)
        since = home.site.now
        process.live(seconds=15)  # a look at the effect, with its retries
        assert 1 <= len([at for at in looks if at > since]) <= 6
