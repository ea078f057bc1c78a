"""The check-up of batteries: rows as the poller leaves them, a port really held, a lock really had.

`findings` is asked as the doctor asks it; each test looks at one code.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone, translation

from batteries import checkup
from batteries.firewall import firewalls
from batteries.jobs import DiscoveryJob, DiscoveryState
from batteries.models import Battery, BatteryStatusLog, MethodHealth
from batteries.owner import OwnerLock
from batteries.port_holders import holders_of, worker_pids
from notifications.checkup import Finding, State
from tests import rows

pytestmark = pytest.mark.django_db
SEEN = {
    "networks": ["192.168.1.20/24"],
    "is_boxed": False,
    "bind_address": "0.0.0.0",
    "closed_ports": {},
}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def owner() -> Iterator[None]:
    lock = OwnerLock()
    assert lock.try_acquire()
    yield
    lock.release()


@pytest.fixture
def held_port() -> Iterator[int]:
    """A UDP port of this machine that this very process holds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        yield link.getsockname()[1]


def said(code: str, now: datetime) -> list[Finding]:
    with translation.override("en"):
        return [one for one in checkup.findings(now) if one.code == code]


def one(code: str, now: datetime) -> Finding:
    [finding] = said(code, now)
    return finding


def searched(**seen: Any) -> None:
    at = timezone.now()
    DiscoveryJob.objects.create(
        asked_at=at, finished_at=at, state=DiscoveryState.DONE, surroundings=SEEN | seen
    )


# --- one battery ------------------------------------------------------------------


def test_a_battery_that_answers_is_well(now: datetime) -> None:
    rows.charging(now)
    finding = one("battery.answers", now)
    assert (finding.state, finding.subject) == (State.WELL, "Garage")
    assert finding.finding.startswith("Last answer: ")


def test_a_silent_battery_is_broken_with_cause_and_remedy(now: datetime) -> None:
    rows.silent(now)
    finding = one("battery.answers", now)
    assert finding.state is State.BROKEN
    assert finding.finding == "Nothing answers at 192.168.1.100, port 30001."
    assert "local API is on" in finding.advice


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("wrong_device", "Another battery answers at"),
        ("identity_taken", "is already known as"),
        ("port_unavailable", "is taken by another program"),
        ("not_sent", "cannot reach"),
        ("method_missing", "its firmware cannot"),
        ("answer_malformed", "cannot be understood"),
    ],
)
def test_faults_that_no_next_poll_mends_are_broken(now: datetime, fault: str, words: str) -> None:
    rows.battery(at=now, fault=fault)
    finding = one("battery.answers", now)
    assert finding.state is State.BROKEN
    assert words.lower() in finding.finding.lower()
    assert finding.advice


def test_one_missed_poll_is_nothing_and_three_are_a_warning(now: datetime) -> None:
    battery = rows.battery(at=now, fault="device_refused", missed_polls=1)
    assert one("battery.answers", now).is_well
    Battery.objects.filter(pk=battery.pk).update(missed_polls=3)
    assert one("battery.answers", now).state is State.WARNING


def test_a_battery_that_nobody_asks_is_not_to_blame(now: datetime) -> None:
    rows.battery(at=now, age_s=3600)
    Battery.objects.create(name="Neuve", ip_address="192.168.1.9")
    assert {it.state for it in said("battery.answers", now)} == {State.UNSURE}


def test_orders_only_and_retired_are_no_trouble(now: datetime) -> None:
    rows.battery("Cave", at=now, age_s=99999, polling="orders_only")
    rows.battery("Vieille", at=now, age_s=99999, is_active=False)
    finding = one("battery.answers", now)
    assert (finding.subject, finding.state) == ("Cave", State.WELL)


def test_history_that_is_written_is_counted(now: datetime) -> None:
    battery = rows.charging(now)
    for minutes in (1, 2, 61):
        BatteryStatusLog.objects.create(battery=battery, timestamp=now - timedelta(minutes=minutes))
    assert one("battery.history", now).finding == "2 readings were kept in the last hour."


def test_a_battery_that_tells_and_leaves_no_row_is_broken(now: datetime) -> None:
    battery = rows.charging(now)
    old = now - timedelta(minutes=61)
    BatteryStatusLog.objects.create(battery=battery, timestamp=old)
    assert one("battery.history", now).state is State.BROKEN
    Battery.objects.update(status_at=old)
    assert said("battery.history", now) == []


@pytest.mark.parametrize(
    ("model", "firmware", "state", "words"),
    [
        ("VenusE 3.0", 150, State.WELL, "VenusE 3.0, 150."),
        ("VenusE 3.0", 148, State.WARNING, "may switch its local API off"),
        ("Toaster", 7, State.UNSURE, "Toaster, 7."),
    ],
)
def test_firmware(now: datetime, model: str, firmware: int, state: State, words: str) -> None:
    rows.battery(at=now, model=model, firmware=firmware)
    finding = one("battery.firmware", now)
    assert finding.state is state
    assert words in finding.finding


def test_old_firmware_is_told_what_to_update_to(now: datetime) -> None:
    rows.battery(at=now, firmware=144)
    assert "Update it to 150 or newer" in one("battery.firmware", now).advice


@pytest.mark.parametrize(
    ("asked", "answered", "states"),
    [(100, 67, [State.WELL]), (100, 49, [State.WARNING]), (19, 0, [])],
)
def test_answer_rate(now: datetime, asked: int, answered: int, states: list[State]) -> None:
    battery = rows.charging(now)
    counted = {1: (asked, answered), 30: (5000, 0)}  # the second one is older than a day
    for hours, (sent, heard) in counted.items():
        MethodHealth.objects.create(
            battery=battery,
            method="ES.GetStatus",
            hour_at=now - timedelta(hours=hours),
            asked=sent,
            answered=heard,
        )
    assert [it.state for it in said("battery.rate", now)] == states


@pytest.mark.parametrize(("dbm", "state"), [(-58, State.WELL), (-75, State.WARNING)])
def test_signal(now: datetime, dbm: int, state: State) -> None:
    rows.battery(at=now, rssi_dbm=dbm)
    assert one("battery.signal", now).state is state


def test_a_battery_without_a_meter_is_for_a_person_to_judge(now: datetime) -> None:
    battery = rows.charging(now)
    assert one("battery.meter", now).is_well
    Battery.objects.filter(pk=battery.pk).update(ct_connected=False)
    assert one("battery.meter", now).state is State.UNSURE


def test_a_pace_that_the_meter_guard_slowed_is_a_warning(now: datetime) -> None:
    rows.battery(at=now, pace="sparse", pace_reason="meter_lost")
    finding = one("battery.pace", now)
    assert finding.state is State.WARNING
    assert "only every 10 minutes" in finding.finding


def test_readings_that_are_doubted_are_said(now: datetime) -> None:
    rows.battery(at=now, doubts=["soc_zero"])
    assert "held back until confirmed" in one("battery.readings", now).finding


def test_the_device_s_clock_matters_for_slots_alone(now: datetime) -> None:
    battery = rows.charging(now)
    assert said("battery.clock", now) == []
    Battery.objects.filter(pk=battery.pk).update(control_method="manual")
    assert one("battery.clock", now).state is State.UNSURE


# --- the program and its network ------------------------------------------------------------------


def test_the_worker_is_seen_by_its_lock(now: datetime) -> None:
    assert one("devices.running", now).state is State.BROKEN


def test_the_worker_that_holds_its_lock_is_well(now: datetime, owner: None) -> None:
    rows.charging(now)
    assert one("devices.running", now).is_well
    assert one("devices.sweep", now).is_well


def test_an_owner_that_asks_nobody_is_broken(now: datetime, owner: None) -> None:
    rows.battery(at=now, age_s=400)
    assert one("devices.sweep", now).state is State.BROKEN


def test_one_worker_at_most_is_seen_here(now: datetime) -> None:
    assert worker_pids() == []
    assert one("devices.single", now).is_well


def test_without_a_battery_one_is_to_be_found(now: datetime) -> None:
    assert one("battery.none", now).state is State.UNSURE
    rows.charging(now)
    assert said("battery.none", now) == []


def test_a_held_port_names_the_program(now: datetime, held_port: int) -> None:
    rows.battery(at=now, udp_port=held_port)
    finding = one("ports.held", now)
    assert (finding.state, finding.subject) == (State.BROKEN, str(held_port))
    assert f", {os.getpid()}." in finding.finding
    assert finding.look == f"sudo ss -lunp 'sport = :{held_port}'"


def test_a_port_that_the_worker_could_not_have(now: datetime, owner: None, held_port: int) -> None:
    battery = rows.battery(at=now, udp_port=held_port)
    assert one("ports.held", now).is_well  # with the lock taken, its holder is the worker
    Battery.objects.filter(pk=battery.pk).update(fault="port_unavailable")
    assert f"{os.getpid()}" in one("ports.held", now).finding


def test_a_holder_that_has_gone_meanwhile_is_another_program(now: datetime, owner: None) -> None:
    rows.battery(at=now, udp_port=1, fault="port_unavailable")
    assert one("ports.held", now).finding.endswith("is taken by another program.")


def test_free_ports_are_well(now: datetime) -> None:
    rows.charging(now)
    assert one("ports.held", now).is_well


@pytest.mark.parametrize(
    ("ours", "theirs", "is_in_the_way"),
    [
        ("0.0.0.0", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "127.0.0.2", False),
    ],
)
def test_a_socket_on_another_address_is_not_in_the_way(
    settings: Any, ours: str, theirs: str, is_in_the_way: bool
) -> None:
    settings.GATEWAY_BIND_ADDRESS = ours
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind((theirs, 0))
        port = link.getsockname()[1]
        assert bool(holders_of([port])) is is_in_the_way


def test_a_container_on_a_bridge_is_broken(now: datetime) -> None:
    searched(is_boxed=True)
    assert "network_mode: host" in one("network.same", now).finding


def test_a_silent_battery_of_another_network_is_broken(now: datetime) -> None:
    searched()
    rows.battery("Loin", at=now, ip_address="10.0.0.7")
    assert one("network.same", now).is_well  # it answers: it is reached somehow
    rows.battery("Cave", at=now, age_s=720, ip_address="10.0.0.8")
    assert "10.0.0.8 is in no network" in one("network.same", now).finding


def test_ports_that_the_search_could_not_have(now: datetime) -> None:
    searched(closed_ports={"30001": "Address already in use"})
    rows.silent(now)
    assert one("ports.free", now).state is State.BROKEN


# --- the firewall ------------------------------------------------------------------


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def test_firewalls_are_told_from_what_everybody_may_read(tmp_path: Path) -> None:
    assert firewalls(tmp_path) == []
    write(tmp_path, "etc/ufw/ufw.conf", "# ENABLED=yes\nENABLED=no\n")
    write(tmp_path, "proc/modules", "nf_tables 303104 81 nft_compat, Live 0x0\n")
    write(tmp_path, "proc/812/comm", "firewalld\n")
    assert [it.name for it in firewalls(tmp_path)] == ["firewalld", "nftables"]
    write(tmp_path, "etc/ufw/ufw.conf", "ENABLED=yes\n")
    assert firewalls(tmp_path)[0].look == "sudo ufw status verbose"


def test_an_answer_is_the_proof_that_nothing_stops_it(now: datetime) -> None:
    rows.charging(now)
    assert one("firewall.passes", now).finding == "Every battery answers."


@pytest.mark.parametrize("has_firewall", [True, False])
def test_with_a_silent_battery_a_firewall_is_for_root_to_see(
    now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_firewall: bool
) -> None:
    if has_firewall:
        write(tmp_path, "etc/ufw/ufw.conf", "ENABLED=yes\n")
    monkeypatch.setattr(checkup, "firewalls", lambda: firewalls(tmp_path))
    rows.silent(now)
    finding = one("firewall.passes", now)
    assert finding.state is (State.UNSURE if has_firewall else State.WELL)
    assert bool(finding.look) is has_firewall


@pytest.mark.parametrize("count", [1, 3])
def test_three_batteries_take_as_many_queries_as_one(
    now: datetime, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        rows.battery(f"Cave {number}", at=now)
    # worker 2, none 1, sweep 2 (no lock: asked once), network 3, ports 3, firewall 1, batteries 3
    with django_assert_num_queries(14):
        list(checkup.findings(now))
