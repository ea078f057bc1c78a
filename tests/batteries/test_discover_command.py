"""`discover_batteries` over real UDP on loopback: three devices, each on a port of its own."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from batteries import searching
from batteries.discovery import run_waiting
from batteries.jobs import DiscoveryJob, DiscoveryState
from batteries.management.commands import discover_batteries
from batteries.models import Battery
from batteries.owner import OwnerLock, is_owned
from batteries.searching import Search
from batteries.simulator.faults import Faults
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.testing import ThreadedServer, free_port, running
from tests.process.proc import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One short round: loopback answers within milliseconds."""
    monkeypatch.setattr(searching, "WINDOW_S", 0.4)
    monkeypatch.setattr(searching, "REPEATS", 1)


@pytest.fixture
def server(settings: Any) -> Iterator[ThreadedServer]:
    with running([DeviceSpec()] * 3) as server:
        settings.DISCOVERY_PORTS = [device.spec.port for device in server.devices]
        yield server


def discover(*arguments: str) -> str:
    out = StringIO()
    call_command("discover_batteries", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_three_devices_with_different_ports_answer_one_broadcast_each(
    server: ThreadedServer,
) -> None:
    document = json.loads(discover("--json"))
    places = [(one["ip"], one["port"], one["ble_mac"]) for one in document["found"]]
    assert places == [(*server.address(d), d.spec.ble_mac) for d in server.devices]
    assert {one["standing"] for one in document["found"]} == {"new"}
    asked = server.do(lambda: [list(device.asked) for device in server.devices])
    assert asked == [["Marstek.GetDevice"]] * 3
    assert not Battery.objects.exists()


def test_register_adds_those_that_are_not_known(server: ThreadedServer) -> None:
    ip, port = server.address(server.device)
    Battery.objects.create(
        name="Cave", ip_address=ip, udp_port=port, ble_mac=server.device.spec.ble_mac
    )
    text = discover("--register")
    assert text.count(": known (Cave)") == 1
    assert text.count("registered as Battery") == 2
    assert sorted(Battery.objects.values_list("udp_port", flat=True)) == sorted(
        device.spec.port for device in server.devices
    )


def test_a_port_and_an_address_beyond_the_usual(settings: Any) -> None:
    settings.DISCOVERY_PORTS = [free_port()]
    with running([DeviceSpec()]) as server:
        ip, port = server.address(server.device)
        assert json.loads(discover("--json"))["found"] == []
        (one,) = json.loads(discover("--port", str(port), "--address", ip, "--json"))["found"]
    assert (one["ip"], one["port"]) == (ip, port)


def test_conflicting_claims_are_told_and_not_registered(server: ThreadedServer) -> None:
    mac = server.device.spec.ble_mac
    server.devices[1].faults = Faults(override={"Marstek.GetDevice": {"ble_mac": mac}})
    text = discover("--register")
    assert text.count("not registered. Several devices claim to be this battery") == 2
    assert Battery.objects.count() == 1


def test_nobody_there_says_what_to_look_at(settings: Any) -> None:
    settings.DISCOVERY_PORTS = [free_port()]
    assert discover().startswith("No battery answered. Is the local API on in the Marstek app")


def test_a_port_in_use_is_said_beside_the_result(server: ThreadedServer) -> None:
    port = server.device.spec.port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        text = discover()
    assert f"UDP port {port} was not searched: Address already in use" in text
    assert text.count(": new") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "70000"), "^70000 is no port: ports go from 1 to 65535.$"),
        (("--address", "192.168.1.255"), "^192.168.1.255 is not the IPv4 address of one device.$"),
        (("--address", "cave.lan"), "^cave.lan is not the IPv4 address of one device.$"),
    ],
)
def test_nonsense_is_one_line(arguments: tuple[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        discover(*arguments)


def test_every_port_taken_is_one_line(settings: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        settings.DISCOVERY_PORTS = [other.getsockname()[1]]
        with pytest.raises(CommandError, match=r"^None of the UDP ports is free"):
            discover()


@pytest.fixture
def owner() -> Iterator[OwnerLock]:
    lock = OwnerLock()
    assert lock.try_acquire()
    yield lock
    lock.release()


def test_with_an_owner_it_goes_through_the_queue(
    server: ThreadedServer, owner: OwnerLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's part is done while the command waits, by the very service of the task."""
    started: list[str] = []

    def work(name: str, *_args: object) -> None:
        started.append(name)
        run_waiting(lambda _ports, _addresses: Search(()), timezone.now)

    monkeypatch.setattr("batteries.discovery.start_task", work)
    assert json.loads(discover("--json"))["found"] == []
    assert started == ["batteries.discover_batteries"]
    asked = server.do(lambda: list(server.device.asked))
    assert asked == [], "two owners would take each other's answers"


def test_an_owner_that_never_comes_is_said_in_one_line(
    server: ThreadedServer, owner: OwnerLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discover_batteries, "WAIT_S", 0.4)
    with pytest.raises(CommandError, match=r"^the search did not end within 0 s: see the log$"):
        discover()
    assert DiscoveryJob.objects.get().state == DiscoveryState.QUEUED


def test_the_lock_can_be_seen_without_taking_it(owner: OwnerLock) -> None:
    assert is_owned()
    owner.release()  # the server frees it once it has seen the connection end
    wait_for(lambda: not is_owned(), within_s=5, what="the lock free")
