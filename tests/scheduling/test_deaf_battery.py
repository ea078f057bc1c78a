"""Orders to a battery that hears only broadcasts: to it alone, or not at all with the reason."""

from __future__ import annotations

import pytest
from django.utils import translation

from batteries.models import Battery
from batteries.simulator.faults import Faults
from batteries.simulator.spec import DeviceSpec
from scheduling.models import OrderState
from scheduling.presentation import order_panels
from scheduling.surroundings import situation_at

from .order_home import CHARGE, OrderHome, order_home

pytestmark = pytest.mark.django_db


def grow_deaf(home: OrderHome) -> None:
    home.device.faults = Faults(unicast_unanswered=True)
    Battery.objects.filter(pk=home.home.battery().pk).update(fault="hears_only_broadcasts")


def test_an_order_is_sent_to_it_alone_and_the_card_says_why_nothing_came_of_it() -> None:
    with order_home([DeviceSpec()] * 2) as home:
        grow_deaf(home)
        order = home.order(CHARGE, 600, 30)
        home.pass_time(minutes=1)
        battery, now = home.home.battery(), home.home.now
        with translation.override("en"):
            (panel,) = order_panels([battery], situation_at(now, [battery]), now)
        assert home.writes(1) == 0
    order.refresh_from_db()
    assert order.state == OrderState.NO_ANSWER
    assert panel.is_trouble
    assert panel.detail == (
        "127.0.0.11:30001 did not answer ES.SetMode: its firmware hears only broadcasts, which "
        "would order every battery: update it."
    )
    writes = [r for r in home.device.trace.requests if r.method == "ES.SetMode"]
    assert {request.outcome for request in writes} == {"unheard"}


def test_an_order_that_it_hears_all_the_same_is_carried_out() -> None:
    with order_home() as home:
        grow_deaf(home)
        home.device.faults = Faults()
        order = home.order(CHARGE, 600, 30)
        home.pass_time(seconds=20)
    order.refresh_from_db()
    assert order.state == OrderState.PROVED


def test_what_it_answers_among_all_lets_it_be_written_no_oftener() -> None:
    with order_home() as home:
        grow_deaf(home)
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=18)
        assert len(sent(home)) == 6, "two rounds of three, ten minutes apart"
        home.device.faults = Faults()
        home.live(minutes=12)
    order.refresh_from_db()
    assert order.state == OrderState.PROVED


def sent(home: OrderHome) -> list[float]:
    return [one.at for one in home.device.trace.requests if one.method == "ES.SetMode"]
