"""The judge of `python -m bench week` itself: it believes the device's trace, not the ledger."""

from __future__ import annotations

from datetime import date

import pytest

from bench.judge import Judge
from scheduling.models import Order, OrderState
from tempo.days import Colour

from .order_home import CHARGE, HOLD, order_home
from .red_days import is_told
from .schedules import automatic, schedule

pytestmark = pytest.mark.django_db


def test_what_was_proved_and_done_is_true() -> None:
    with order_home() as home:
        judge = Judge(home.home)
        home.order(CHARGE, 600, 60)
        judge.look()
        home.pass_time(seconds=20)
        judge.look()
        assert [verdict.is_true for verdict in judge.verdicts] == [True]


def test_a_proof_of_what_was_never_done_is_false() -> None:
    with order_home() as home:
        judge = Judge(home.home)
        order = home.order(HOLD, minutes=60)
        judge.look()
        home.home.site.advance(20)
        now = home.now
        values = {"state": OrderState.PROVED, "proved_at": now, "written_at": order.asked_at}
        Order.objects.filter(pk=order.pk).update(**values)
        judge.look()
        assert [verdict.is_true for verdict in judge.verdicts] == [False]


def test_a_battery_that_does_something_else_is_wrong_after_its_grace() -> None:
    automatic()
    is_told(date(2026, 1, 14), Colour.BLUE)
    schedule("Repos", "hold", "00:00", "00:00")
    with order_home(load_w=400.0) as home:
        home.live(minutes=3)
        judge = Judge(home.home)
        judge.look()
        home.home.site.advance(60)
        home.device.drop_mode()
        home.home.site.advance(60)
        wrong = sum(b - a for a, b, _why in judge.wrong(home.home.battery().pk, home.home.site.now))
        assert 50 <= wrong <= 60
