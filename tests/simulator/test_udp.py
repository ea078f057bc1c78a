import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from batteries.simulator.errors import AddressTaken, SettingWrong
from batteries.simulator.faults import NO_FAULTS, with_changes
from batteries.simulator.firmwares import firmware_named
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.testing import (
    BROADCAST_ADDRESS,
    ThreadedServer,
    free_port,
    request,
    running,
    set_mode,
)
from batteries.simulator.udp import bound_socket

STATUS = request("ES.GetStatus")


@pytest.fixture
def server() -> Iterator[ThreadedServer]:
    with running([DeviceSpec(mode="Manual", soc_percent=42)]) as started:
        yield started


@pytest.fixture
def asker() -> Iterator[socket.socket]:
    with asking_from(0) as sock:
        yield sock


def asking_from(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.bind(("127.0.0.1", port))
    sock.settimeout(5)
    return sock


def heard(sock: socket.socket) -> tuple[Any, tuple[str, int]]:
    payload, source = sock.recvfrom(65_535)
    return json.loads(payload), source


def test_a_device_answers_from_its_own_address(
    server: ThreadedServer, asker: socket.socket
) -> None:
    asker.sendto(STATUS, server.address(server.device))
    answer, source = heard(asker)
    assert (answer["id"], answer["result"]["bat_soc"]) == (7, 42)
    assert source == server.address(server.device)
    assert server.device.asked == ["ES.GetStatus"]


def test_a_lost_question_stays_without_answer(server: ThreadedServer, asker: socket.socket) -> None:
    server.device.lose_next(1)
    for number in (1, 2):
        asker.sendto(request("ES.GetStatus", request_id=number), server.address(server.device))
    assert heard(asker)[0]["id"] == 2
    assert server.device.asked == ["ES.GetStatus"] * 2


def test_an_order_reaches_the_device(server: ThreadedServer, asker: socket.socket) -> None:
    asker.sendto(set_mode("Passive", power=800, cd_time=60), server.address(server.device))
    assert heard(asker)[0]["result"]["set_result"] is True
    assert server.do(lambda: server.device.orders.mode) == "Passive"


def test_an_hmg50_answers_to_its_own_port_number() -> None:
    with running([DeviceSpec(firmware=firmware_named("hmg50-156"))]) as server:
        to = server.address(server.device)
        with asking_from(to[1]) as right, asking_from(0) as wrong:
            wrong.sendto(STATUS, to)
            assert heard(right)[1] == to


def test_a_broadcast_is_answered_by_all_on_its_port(asker: socket.socket) -> None:
    with running([DeviceSpec()] * 3, same_port=True) as server:
        port = server.device.spec.port
        asker.sendto(request("Marstek.GetDevice", request_id=0), (BROADCAST_ADDRESS, port))
        sources = {heard(asker)[1] for _ in range(3)}
    assert sources == {(f"127.0.0.{last}", port) for last in (11, 12, 13)}


def test_a_broadcast_passes_those_on_other_ports_by(asker: socket.socket) -> None:
    with running([DeviceSpec()] * 3) as server:
        second = server.devices[1]
        asker.sendto(request("Marstek.GetDevice"), (BROADCAST_ADDRESS, second.spec.port))
        assert heard(asker)[0]["result"]["ble_mac"] == second.spec.ble_mac
        assert [device.asked for device in server.devices] == [[], ["Marstek.GetDevice"], []]


def test_an_answer_may_leave_from_another_address(
    server: ThreadedServer, asker: socket.socket
) -> None:
    server.device.faults = with_changes(NO_FAULTS, {"foreign_address_rate": 1})
    asker.sendto(STATUS, server.address(server.device))
    assert heard(asker)[1][0] == "127.99.99.99"


def test_a_late_answer_holds_up_nobody() -> None:
    slow = DeviceSpec(latency_s=(0.5, 0.5))
    with running([slow, DeviceSpec()]) as server, asking_from(0) as asker:
        asker.sendto(STATUS, server.address(server.devices[0]))
        asker.sendto(STATUS, server.address(server.devices[1]))
        assert [heard(asker)[1][0] for _ in range(2)] == ["127.0.0.12", "127.0.0.11"]


def test_garbage_leaves_the_server_alive(server: ThreadedServer, asker: socket.socket) -> None:
    for payload in (b"\x00" * 2000, b"{", b"[]", b"\xff"):
        asker.sendto(payload, server.address(server.device))
        assert heard(asker)[0]["error"]["code"] in (-32700, -32600)
        server.device.link.last_reply_at = 0.0  # no pause between the four


def test_a_port_in_use_is_said_in_one_line() -> None:
    port = free_port()
    taken = f"127.0.0.11:{port} is in use"
    with running(port=port), pytest.raises(AddressTaken, match=taken), running(port=port):
        pytest.fail("a second server has the same address")


def test_a_failed_start_leaves_no_socket_and_no_thread() -> None:
    port = free_port(2)
    threads = threading.active_count()
    with bound_socket("127.0.0.12", port + 1), pytest.raises(AddressTaken):
        running([DeviceSpec()] * 2, port=port).__enter__()
    bound_socket("127.0.0.11", port).close()
    assert threading.active_count() == threads


def test_only_loopback_is_bound() -> None:
    for host in ("0.0.0.0", "192.168.1.4", "8.8.8.8"):
        with pytest.raises(SettingWrong, match="not a loopback address"):
            bound_socket(host, 30001)
    with pytest.raises(SettingWrong, match="not an IPv4 address"):
        bound_socket("battery", 30001)


def test_a_stopped_server_gives_its_ports_back() -> None:
    with running() as server:
        address = server.address(server.device)
    server.stop()
    bound_socket(*address).close()


def test_hundred_devices_answer_together() -> None:
    specs = [replace(DeviceSpec(), soc_percent=10 + number % 90) for number in range(100)]
    with running(specs, same_port=True) as server, asking_from(0) as asker:
        started = time.monotonic()
        for device in server.devices:
            asker.sendto(STATUS, server.address(device))
        sources = {heard(asker)[1] for _ in range(100)}
        assert time.monotonic() - started < 5
    assert len(sources) == 100
