"""`set_mode` over real UDP, and through the queue where somebody owns the sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from batteries import devices
from batteries.models import Battery
from batteries.owner import OwnerLock
from batteries.simulator.faults import Faults
from batteries.simulator.testing import ThreadedServer, running
from scheduling.intentions import Override
from scheduling.management.commands import set_mode
from scheduling.models import Order, OrderState, Origin
from tests.scheduling.planned_house import at
from tests.scheduling.red_days import red_day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with running() as server:
        ip, port = server.address(server.device)
        Battery.objects.create(
            name="Cave", ip_address=ip, udp_port=port, model="VenusE 3.0", firmware=150
        )
        yield server


def order(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("set_mode", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_orders_by_itself_where_nobody_owns_the_sockets(server: ThreadedServer) -> None:
    out, err = order("Cave", "charge", "--power", "600", "--minutes", "30")
    power_w, is_passive = server.do(
        lambda: (server.device.orders.passive_power_w, server.device.orders.mode == "Passive")
    )
    assert (power_w, is_passive) == (600, True)
    assert out.startswith("Cave: In progress: charges at 600\u00a0W until ")
    assert "accepted" in out
    assert "the power ends after 10 minutes" in err


def test_json_is_one_document_with_each_attempt(server: ThreadedServer) -> None:
    document = json.loads(order("Cave", "discharge", "--power", "300", "--json")[0])
    assert (document["mode"], document["power_w"]) == ("discharge", -300)
    assert document["state"] == "acknowledged"
    (attempt,) = document["attempts"]
    assert json.loads(attempt["request"])["params"]["config"]["passive_cfg"]["power"] == 300


def test_a_silent_battery_is_an_error_in_one_line(server: ThreadedServer) -> None:
    Battery.objects.update(scale_overrides={"write_timeout_s": 1.0}, firmware=149)  # no retries
    server.do(lambda: setattr(server.device, "faults", Faults(api_off=True)))
    with pytest.raises(CommandError, match=r"^Cave: no answer\. .* did not answer ES\.SetMode"):
        order("Cave", "auto")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("Cavee", "auto"), "no battery is named 'Cavee'; there are: Cave"),
        (("Cave", "charge"), "charge needs --power"),
        (("Cave", "hold", "--power", "5"), "hold takes no --power"),
        (("Cave", "auto", "--minutes", "5"), "auto takes no --minutes"),
        (("Cave", "charge", "--power", "-600"), "--power has no sign"),
        (("Cave", "charge", "--power", "50"), "Cave needs at least 100\u00a0W"),
        (("Cave", "charge", "--power", "600", "--minutes", "2000"), "from 1 to 1440 minutes"),
    ],
)
def test_a_slip_is_one_line_and_no_order(
    server: ThreadedServer, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        order(*words)
    assert not Order.objects.exists()


def test_with_an_owner_the_order_waits_in_the_ledger(
    server: ThreadedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_mode, "WAIT_S", 0.4)
    owner = OwnerLock()
    assert owner.try_acquire()
    try:
        assert "waits to be sent" in order("Cave", "auto")[0]
        with pytest.raises(CommandError, match="nothing came of it within"):
            order("Cave", "auto", "--wait")
    finally:
        owner.release()
    assert Order.objects.open().get().origin == Origin.COMMAND
    assert Order.objects.filter(state=OrderState.SUPERSEDED).count() == 1
    asked: list[str] = server.do(lambda: list(server.device.asked))
    assert asked == []


def test_over_a_red_night_it_says_the_cost_and_the_way_out(server: ThreadedServer) -> None:
    red_day(date(2026, 12, 2))
    owner = OwnerLock()
    assert owner.try_acquire()
    try:
        with time_machine.travel(at("20:00"), tick=False):
            words = "Cave", "hold", "--until", "2026-12-02T08:00"
            document = json.loads(order(*words, "--json")[0])
            err = order(*words)[1]
    finally:
        owner.release()
    assert "Cave would not be charged for it." in document["warning"]
    assert document["warning"].endswith("To resume in time: --until 2026-12-01T22:00")
    assert document["warning"] in err


def test_it_waits_for_answers_to_a_former_owner(
    server: ThreadedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "OWNER_QUIET_S", 0.5)
    began = server.clock()
    order("Cave", "hold")
    first: float = server.do(lambda: server.device.trace.requests[0].at)
    assert first - began >= 0.5


@pytest.mark.process
def test_slots_are_taken_over_by_a_command_and_end_in_auto(server: ThreadedServer) -> None:
    Battery.objects.update(scale_overrides={"quiet_gap_s": 1.0, "mode_read_quiet_s": 10.0})
    out = StringIO()
    call_command("take_slots", "Cave", stdout=out)
    assert out.getvalue() == "Cave: its slots are ours; it serves a red day by itself.\n"
    mode, slots = server.do(lambda: (server.device.orders.mode, server.device.orders.slots))
    assert mode == "Auto"
    assert [slot.is_enabled for slot in (slots or {}).values()] == [False] * 10


def test_a_charge_up_to_a_state_of_charge_until_a_time(server: ThreadedServer) -> None:
    until = (timezone.now() + timedelta(hours=2)).isoformat()
    document = json.loads(order("Cave", "charge", "--soc", "80", "--until", until, "--json")[0])
    assert (document["power_w"], document["until"][:16]) == (2500, until[:16])
    assert Override.objects.get().target_soc == 80
