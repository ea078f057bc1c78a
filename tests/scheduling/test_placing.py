"""Placing orders: what is refused in one sentence, and two people at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from batteries.models import Battery, ControlMethod
from marstek_site.roles import Role
from scheduling.intentions import Override
from scheduling.ledger import CARRY_OUT
from scheduling.models import Order, OrderState, Origin
from scheduling.orders import cancel_order, place_order
from scheduling.refusals import OrderRefused
from scheduling.targets import Target, TargetMode
from tests.rows import NOON, battery, person

AUTO, AI, HOLD, CHARGE, DISCHARGE = TargetMode
OLD_SOC = {"soc_at": NOON - timedelta(hours=1)}
REFUSED: list[tuple[dict[str, Any], Target, str]] = [
    ({}, Target.of(CHARGE, 99), "Garage needs at least 100\u00a0W: below, it holds no power well."),
    ({}, Target.of(DISCHARGE, 0), "Garage needs at least 100\u00a0W: below, it holds no power"),
    ({}, Target.of(CHARGE, 2501), "Garage may charge at 2,500\u00a0W at most."),
    ({"charge_limit_w": 800}, Target.of(CHARGE, 801), "Garage may charge at 800\u00a0W at most."),
    ({"discharge_limit_w": 800}, Target.of(DISCHARGE, 900), "may feed the house with 800\u00a0W"),
    ({"model": "Venus A", "firmware": 149}, Target.of(CHARGE, 1501), "at 1,500\u00a0W at most"),
    ({"is_active": False}, Target.of(AUTO), "Garage is retired: take it back"),
    (
        {"fault": "wrong_device"},
        Target.of(AUTO),
        "Another battery answers at the address",
    ),
    ({"model": "VNSEM-0", "firmware": 300}, Target.of(HOLD), "Garage does not have this mode"),
    ({"firmware": 139}, Target.of(CHARGE, 600), "firmware of Garage ignores a power"),
    ({"soc": 100}, Target.of(CHARGE, 600), "Garage is full: 100\u00a0%."),
    ({"soc": 80, "soc_ceiling": 80}, Target.of(CHARGE, 600), "Garage is full: 80\u00a0%."),
    ({"soc": 12}, Target.of(DISCHARGE, 600), "Garage is empty: 12\u00a0%."),
    ({"control_method": ControlMethod.MODES_ONLY}, Target.of(CHARGE, 600), "automatic modes only"),
    ({"control_method": ControlMethod.MODES_ONLY}, Target.of(HOLD), "automatic modes only"),
    ({}, Target.of(CHARGE, 600, 0), "An order lasts from 1 to 1440 minutes."),
    ({}, Target.of(HOLD, None, 1441), "An order lasts from 1 to 1440 minutes."),
]
TAKEN: list[tuple[dict[str, Any], Target, int | None]] = [
    ({}, Target.of(AUTO), None),
    ({}, Target.of(AI), None),
    ({}, Target.of(HOLD), 0),
    ({}, Target.of(CHARGE, 100), 100),
    ({}, Target.of(DISCHARGE, 2500), -2500),
    ({"soc": 100} | OLD_SOC, Target.of(CHARGE, 600), 600),
    ({"soc": 5} | OLD_SOC, Target.of(DISCHARGE, 600), -600),
    ({"soc": None, "soc_at": None}, Target.of(CHARGE, 600), 600),
    ({"soc": 100}, Target.of(HOLD), 0),
    ({"control_method": ControlMethod.MODES_ONLY}, Target.of(AUTO), None),
    ({"model": "VNSEM-0", "firmware": 300}, Target.of(AUTO), None),
]


def place(target: Target, garage: Battery, **others: Any) -> Order:
    return place_order(
        garage, target, **({"by": None, "origin": Origin.PAGE, "now": NOON} | others)
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("changes", "target", "sentence"), REFUSED)
def test_what_is_forbidden_is_refused_in_one_sentence_without_a_row(
    changes: dict[str, Any], target: Target, sentence: str
) -> None:
    garage = battery(**changes)
    with translation.override("en"), pytest.raises(OrderRefused) as refused:
        place(target, garage)
    assert sentence in str(refused.value)
    assert str(refused.value).endswith(".")
    assert not Order.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("changes", "target", "power_w"), TAKEN)
def test_what_is_allowed_is_a_row(
    changes: dict[str, Any], target: Target, power_w: int | None
) -> None:
    order = place(target, battery(**changes))
    is_there = target.mode_type == AUTO  # as its mode was read
    assert order.state == (OrderState.PROVED if is_there else OrderState.QUEUED)
    assert order.power_w == power_w
    minutes = 60 if target.mode_type in (HOLD, CHARGE, DISCHARGE) else None
    assert order.until == (None if minutes is None else NOON + timedelta(minutes=minutes))


@pytest.mark.django_db
def test_limits_are_those_of_now_not_of_when_the_page_was_loaded() -> None:
    garage = battery()
    Battery.objects.update(is_active=False)
    with pytest.raises(OrderRefused):
        place(Target.of(AUTO), garage)
    Battery.objects.all().delete()
    with pytest.raises(OrderRefused):
        place(Target.of(AUTO), garage)


@pytest.mark.django_db
def test_a_refused_order_leaves_the_one_in_force() -> None:
    garage = battery()
    first = place(Target.of(CHARGE, 600), garage)
    with pytest.raises(OrderRefused):
        place(Target.of(CHARGE, 5), garage)
    assert Order.objects.open().get() == first


@pytest.mark.django_db
def test_the_earlier_order_names_its_successor() -> None:
    garage, bob = battery(), person(Role.OPERATOR, "bob")
    first = place(Target.of(CHARGE, 600), garage)
    second = place(Target.of(HOLD), garage, by=bob, now=NOON + timedelta(minutes=1))
    first.refresh_from_db()
    assert (first.state, first.closed_at) == (OrderState.SUPERSEDED, second.asked_at)
    assert first.replaced_by.asked_by == bob


@pytest.mark.django_db
def test_a_cancelled_order_ends_in_auto() -> None:
    garage = battery()
    first = place(Target.of(CHARGE, 600), garage)
    first.attempts.create(mode_type="charge", power_w=600, sent_at=NOON, outcome="accepted")
    back = cancel_order(garage, by=None, now=NOON)
    first.refresh_from_db()
    assert back is not None
    assert (first.state, back.mode_type) == (OrderState.CANCELLED, "auto")
    assert not Override.objects.running(NOON).exists()


@pytest.mark.django_db
def test_a_cancelled_order_that_was_never_sent_leaves_nothing_to_do() -> None:
    garage = battery()
    first = place(Target.of(CHARGE, 600), garage)
    assert cancel_order(garage, by=None, now=NOON) is None
    first.refresh_from_db()
    assert first.state == OrderState.CANCELLED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"power_w": -600},
        {"power_w": 50},
        {"power_w": None},
        {"until": None},
        {"until": NOON - timedelta(minutes=1)},
        {"mode_type": "auto"},
        {"mode_type": "hold"},
        {"closed_at": NOON},
    ],
)
def test_the_database_refuses_orders_that_cannot_be(changes: dict[str, Any]) -> None:
    order = place(Target.of(CHARGE, 600), battery())
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**changes)


@pytest.mark.django_db
def test_the_database_refuses_a_second_open_order() -> None:
    garage = battery()
    order = place(Target.of(CHARGE, 600), garage)
    order.pk, order._state.adding = None, True
    with pytest.raises(IntegrityError), transaction.atomic():
        order.save()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_wins_and_two_are_never_open() -> None:
    garage = battery()
    start = threading.Barrier(6)

    def ask(power_w: int) -> None:
        start.wait()
        try:
            for _again in range(5):
                place(Target.of(CHARGE, power_w), garage)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as people:
        list(people.map(ask, range(100, 700, 100)))
    replaced = Order.objects.filter(state=OrderState.SUPERSEDED, replaced_by__isnull=False)
    assert (Order.objects.count(), replaced.count()) == (30, 29)
    assert Order.objects.open().get() == Order.objects.latest("id")


def test_orders_go_to_the_devices_queue() -> None:
    current_app.loader.import_default_modules()
    assert CARRY_OUT in current_app.tasks
    assert settings.CELERY_TASK_ROUTES[CARRY_OUT] == {"queue": settings.DEVICES_QUEUE}


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_order_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: object, **_options: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", away)
    order = place(Target.of(CHARGE, 600), battery())
    assert Order.objects.open().get() == order
