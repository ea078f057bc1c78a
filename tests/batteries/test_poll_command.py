"""`poll_batteries` over real UDP: it opens the sockets itself where nobody owns them."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from batteries import devices
from batteries.management.commands import poll_batteries
from batteries.models import Battery, BatteryStatusLog, ModeType
from batteries.owner import OwnerLock
from batteries.simulator.faults import Faults
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.testing import ThreadedServer, running

pytestmark = pytest.mark.django_db(transaction=True)


def known() -> dict[str, Any]:
    """A battery whose rare reads are not due: each exchange here costs its real quiet gap."""
    now = timezone.now()
    moments = dict.fromkeys(("polled_at", "mode_at", "bat_at", "wifi_at", "device_at"), now)
    return {"model": "VenusE 3.0", "firmware": 150, "mode": ModeType.AUTO, **moments}


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with running([DeviceSpec(soc_percent=61.0)]) as server:
        ip, port = server.address(server.device)
        Battery.objects.create(name="Cave", ip_address=ip, udp_port=port, **known())
        yield server


def poll(*arguments: str) -> str:
    out = StringIO()
    call_command("poll_batteries", *arguments, stdout=out)
    return out.getvalue()


def test_one_poll_prints_what_the_device_itself_reports(server: ThreadedServer) -> None:
    (document,) = json.loads(poll("Cave", "--json"))
    power_w = server.do(lambda: server.device.power_w)
    assert (document["answered"], document["soc"], document["mode"]) == (True, 61, "Auto")
    assert document["bat_power"] == pytest.approx(power_w, abs=900), "its phase test may run"
    assert BatteryStatusLog.objects.get().soc == 61
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[0-9:.]{12}Z", document["last_seen_at"])


def test_words_for_a_person_name_a_direction(server: ThreadedServer) -> None:
    line = poll()
    assert line.startswith("Cave: 61 %, ")
    assert any(word in line for word in ("charges at", "discharges at", "stands still"))


def test_a_state_that_was_not_told_is_not_shown_as_new(server: ThreadedServer) -> None:
    Battery.objects.update(soc=42, soc_at=timezone.now())
    server.do(lambda: setattr(server.device, "faults", Faults(null_rate=1.0)))
    assert poll().startswith("Cave: it answers, but did not tell its state.")


def test_an_unknown_name_is_one_line_with_the_known_ones(server: ThreadedServer) -> None:
    with pytest.raises(CommandError, match=r"^no active battery is named 'Cavee'.*: Cave$"):
        poll("Cavee")


def test_without_batteries_it_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="no battery is registered: add one in the admin"):
        poll()


def test_a_port_in_use_is_said_and_nothing_is_stored(server: ThreadedServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", server.address(server.device)[1]))
        (document,) = json.loads(poll("--json"))
    assert (document["answered"], document["fault"]) == (False, "port_unavailable")
    assert "stop the program that holds it" in document["fault_detail"]
    assert not BatteryStatusLog.objects.exists()


def test_with_an_owner_it_goes_through_the_queue_and_says_when_nobody_comes(
    server: ThreadedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll_batteries, "WAIT_S", 0.5)
    owner = OwnerLock()
    assert owner.try_acquire()
    try:
        with pytest.raises(CommandError, match="the devices worker polled nothing within"):
            poll()
    finally:
        owner.release()
    asked: list[Any] = server.do(lambda: list(server.device.asked))
    assert asked == [], "two owners would take each other's answers"


def test_it_waits_for_answers_to_a_former_owner(
    server: ThreadedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "OWNER_QUIET_S", 0.5)
    began = server.clock()
    poll()
    first: float = server.do(lambda: server.device.trace.requests[0].at)
    assert first - began >= 0.5


def test_one_that_hears_only_broadcasts_is_read_over_real_sockets(server: ThreadedServer) -> None:
    Battery.objects.update(fault="hears_only_broadcasts")
    server.do(lambda: setattr(server.device, "faults", Faults(unicast_unanswered=True)))
    (document,) = json.loads(poll("--json"))
    assert (document["answered"], document["soc"]) == (True, 61)
    assert document["fault"] == "hears_only_broadcasts"
