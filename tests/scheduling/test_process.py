"""The desk in its process: real threads, real UDP, real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from batteries.devices import open_gateway, sockets_closing, sockets_opened
from batteries.models import Battery
from batteries.poller import Poller
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.testing import ThreadedServer, running
from scheduling import attempts, process
from scheduling.models import Order, OrderAttempt, OrderState, Origin
from scheduling.orders import place_order
from scheduling.targets import Target, TargetMode
from scheduling.tasks import carry_out_orders
from tests.process.proc import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with running([DeviceSpec(), DeviceSpec()]) as server:
        for number, device in enumerate(server.devices):
            ip, port = server.address(device)
            now = timezone.now()
            moments = dict.fromkeys(("polled_at", "mode_at", "bat_at", "wifi_at", "device_at"), now)
            Battery.objects.create(
                name=f"B{number}", ip_address=ip, udp_port=port, model="VenusE 3.0", firmware=150,
                **moments,
            )  # fmt: skip
        yield server


@pytest.fixture
def sockets(server: ThreadedServer) -> Iterator[None]:
    """What the devices process does when it has won the lock, and when it stops."""
    gateway = open_gateway()
    poller = Poller(gateway, gateway.gateway, lambda: datetime.now(UTC))
    sockets_opened.send(None, gateway=gateway, poller=poller)
    yield
    sockets_closing.send(None, is_clean=False)
    gateway.stop()


def order(number: int, mode: TargetMode, power_w: int | None = None) -> Order:
    battery, target = Battery.objects.get(name=f"B{number}"), Target.of(mode, power_w)
    return place_order(battery, target, by=None, origin=Origin.API, now=timezone.now())


def mode_of(server: ThreadedServer, number: int) -> str:
    return server.do(lambda: server.devices[number].orders.mode)


def is_accepted(placed: Order) -> bool:
    placed.refresh_from_db()
    return placed.state == OrderState.ACKNOWLEDGED


def test_a_message_wakes_the_desk_and_a_clean_stop_leaves_auto(
    server: ThreadedServer, sockets: None
) -> None:
    placed = [order(0, TargetMode.CHARGE, 600), order(1, TargetMode.HOLD)]
    carry_out_orders()
    wait_for(lambda: all(map(is_accepted, placed)), within_s=4, what="both accepted")
    assert [mode_of(server, n) for n in (0, 1)] == ["Passive", "Passive"]
    delay_s = OrderAttempt.objects.earliest("id").sent_at - placed[0].asked_at
    assert delay_s.total_seconds() < 1
    sockets_closing.send(None, is_clean=True)
    assert [mode_of(server, n) for n in (0, 1)] == ["Auto", "Auto"]
    assert Order.objects.open().count() == 2, "they go on with the next start"


def test_a_later_order_is_taken_up_though_no_message_came(
    server: ThreadedServer, sockets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.desk.LOOK_EVERY_S", 0.2)
    process.wake_desk()
    placed = order(0, TargetMode.CHARGE, 600)
    wait_for(lambda: is_accepted(placed), within_s=8, what="accepted by the look of the desk")


def test_a_database_that_is_away_sends_nothing_and_the_desk_goes_on(
    server: ThreadedServer, sockets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, asked = threading.Event(), threading.Event()
    claim = attempts.claim_due

    def failing(*arguments: Any) -> Order | None:
        asked.set()
        if away.is_set():
            raise OperationalError("the server closed the connection")
        return claim(*arguments)

    away.set()
    monkeypatch.setattr(attempts, "claim_due", failing)
    placed = order(0, TargetMode.CHARGE, 600)
    carry_out_orders()
    assert asked.wait(4)
    assert server.do(lambda: server.device.asked) == []
    away.clear()
    carry_out_orders()
    wait_for(lambda: is_accepted(placed), within_s=8, what="accepted once it is back")


def test_without_sockets_waking_is_harmless() -> None:
    carry_out_orders()
    assert not OrderAttempt.objects.exists()
