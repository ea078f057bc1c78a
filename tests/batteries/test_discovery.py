"""Searches as rows, on virtual time: claimed, run, kept, given up; what answers are claims of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from batteries import discovery, history
from batteries.discovery import (
    SearchRefused,
    ask_for_search,
    discovery_ports,
    fail_interrupted,
    job_at,
    run_search,
    run_waiting,
    start_discovery,
)
from batteries.jobs import DiscoveryJob, DiscoveryState
from batteries.marstek.errors import NotSent
from batteries.models import Battery
from batteries.searching import Search, Sighting
from batteries.simulator.faults import Faults
from batteries.simulator.spec import DeviceSpec

from .virtual_home import NOON, VirtualHome, virtual_home

pytestmark = pytest.mark.django_db
THREE = (DeviceSpec(), DeviceSpec(), DeviceSpec())
FIRST_MAC = "bc2a33000001"


def find(home: VirtualHome, **where: Sequence[int] | Sequence[str]) -> DiscoveryJob:
    """One whole search at the home's own time."""
    job = ask_for_search(None, home.now, **where)  # type: ignore[arg-type]
    assert run_search(job, home.poller.find_devices, home.site.clock)
    return job


def sightings(job: DiscoveryJob) -> list[Sighting]:
    return [Sighting.from_json(values) for values in job.results]


def test_three_devices_on_three_ports_are_found_by_broadcast() -> None:
    with virtual_home(THREE) as home:
        Battery.objects.all().delete()
        job = find(home)
    assert job.state == DiscoveryState.DONE
    assert [(one.ip, one.port, one.ble_mac) for one in sightings(job)] == [
        ("127.0.0.11", 30001, "bc2a33000001"),
        ("127.0.0.12", 30002, "bc2a33000002"),
        ("127.0.0.13", 30003, "bc2a33000003"),
    ]
    assert {(one.model, one.firmware, one.answered) for one in sightings(job)} == {
        ("VenusE 3.0", 150, "broadcast")
    }
    assert not Battery.objects.exists(), "nothing registers by itself"


def test_a_search_ends_within_fifteen_seconds() -> None:
    with virtual_home(THREE) as home:
        home.sweep()
        started = home.now
        find(home)
        assert home.now - started < timedelta(seconds=15)


def test_a_search_with_a_silent_address_ends_within_fifteen_seconds() -> None:
    with virtual_home() as home:
        started = home.now
        find(home, addresses=["127.0.0.99"])
        assert home.now - started < timedelta(seconds=15)


def test_ports_are_those_given_configured_and_known(settings: object) -> None:
    settings.DISCOVERY_PORTS = [30000, 28416]  # type: ignore[attr-defined]
    Battery.objects.create(name="Cave", ip_address="10.0.0.1", udp_port=41000)
    Battery.objects.create(name="Old", ip_address="10.0.0.2", udp_port=41001, is_active=False)
    assert discovery_ports([28000, 30000]) == [28000, 30000, 28416, 41000]


def test_an_address_is_asked_by_itself_where_it_hears_no_broadcast() -> None:
    with virtual_home() as home:
        device = home.devices[0]
        answer = device.respond
        device.respond = lambda *args, is_broadcast, **rest: (  # type: ignore[method-assign]
            [] if is_broadcast else answer(*args, is_broadcast=is_broadcast, **rest)
        )
        assert find(home).results == []
        (one,) = sightings(find(home, addresses=["127.0.0.11"]))
    assert (one.answered, one.ble_mac) == ("unicast", FIRST_MAC)


def test_a_port_that_is_taken_hides_only_itself() -> None:
    with virtual_home(THREE[:2]) as home:
        home.site.call(home.site.open_socket(("127.0.0.1", 30000), lambda *_: None))
        job = find(home)
    assert [one.port for one in sightings(job)] == [30001, 30002]
    assert list(job.surroundings["closed_ports"]) == ["30000"]
    assert job.surroundings["bind_address"] == "127.0.0.1"


def test_no_port_at_all_is_a_failed_search(settings: object) -> None:
    settings.DISCOVERY_PORTS = [30000]  # type: ignore[attr-defined]
    with virtual_home() as home:
        Battery.objects.all().delete()
        home.site.call(home.site.open_socket(("127.0.0.1", 30000), lambda *_: None))
        job = find(home)
    assert (job.state, job.error) == (DiscoveryState.FAILED, "port_unavailable")
    assert job.finished_at == home.now


def test_a_network_that_is_away_is_a_failed_search() -> None:
    def search(_ports: Sequence[int], _addresses: Sequence[str]) -> Search:
        raise NotSent("255.255.255.255", 30000, "Marstek.GetDevice", 3, "Network is unreachable")

    job = ask_for_search(None, NOON)
    assert run_search(job, search, lambda: NOON)
    assert (job.state, job.error) == (DiscoveryState.FAILED, "not_sent")
    assert "Network is unreachable" in job.error_detail


def test_a_lost_battery_is_followed_to_its_new_address() -> None:
    with virtual_home() as home:
        home.tick(1)
        Battery.objects.update(ip_address="127.0.0.99", missed_polls=3)
        find(home)
        assert home.battery().ip_address == "127.0.0.11"


def test_a_healthy_battery_is_not_led_away_by_a_claim() -> None:
    with virtual_home(THREE[:2]) as home:
        home.tick(1)
        home.devices[0].faults = Faults(api_off=True)
        home.devices[1].faults = Faults(override={"Marstek.GetDevice": {"ble_mac": FIRST_MAC}})
        find(home)
        assert home.battery().ip_address == "127.0.0.11"


def test_two_claims_to_one_identity_move_nobody() -> None:
    with virtual_home(THREE[:2]) as home:
        home.tick(1)
        Battery.objects.filter(udp_port=30001).update(ip_address="127.0.0.99", missed_polls=3)
        home.devices[1].faults = Faults(override={"Marstek.GetDevice": {"ble_mac": FIRST_MAC}})
        job = find(home)
        assert home.battery().ip_address == "127.0.0.99"
    assert [one.conflicts for one in sightings(job)] == [
        ("127.0.0.12:30002",),
        ("127.0.0.11:30001",),
    ]


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ({"device": "x" * 5000}, "x" * 40),
        ({"device": 17}, None),
        ({"device": "\u0007VenusE"}, "VenusE"),
        ({"ble_mac": "nonsense"}, "VenusE 3.0"),
        ({"ver": 10**30}, "VenusE 3.0"),
    ],
)
def test_only_checked_values_are_kept(claimed: dict[str, object], kept: str | None) -> None:
    with virtual_home() as home:
        home.devices[0].faults = Faults(override={"Marstek.GetDevice": claimed})
        found = sightings(find(home))
    assert [one.model for one in found] in ([kept or "VenusE 3.0"], [kept or ""], [])
    for one in found:
        assert one.firmware in (150, None)
        assert one.ble_mac in (FIRST_MAC, None)


def test_garbage_is_no_device() -> None:
    with virtual_home() as home:
        home.devices[0].faults = Faults(garbage_rate=1.0)
        job = find(home)
    assert (job.state, job.results) == (DiscoveryState.DONE, [])


def test_a_flood_of_claims_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batteries.searching.MOST_SIGHTINGS", 2)
    with virtual_home(THREE) as home:
        assert len(find(home).results) == 2


def test_the_database_lets_one_search_run() -> None:
    DiscoveryJob.objects.create(asked_at=NOON, started_at=NOON, state=DiscoveryState.RUNNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        DiscoveryJob.objects.create(asked_at=NOON, state=DiscoveryState.RUNNING)


def test_a_search_that_is_taken_is_not_run_again() -> None:
    job = ask_for_search(None, NOON)
    DiscoveryJob.objects.update(state=DiscoveryState.RUNNING, started_at=NOON)
    assert not run_search(job, _never, lambda: NOON)


def test_while_one_search_runs_the_next_one_waits_and_then_both_are_done() -> None:
    with virtual_home() as home:
        first, second = (ask_for_search(None, home.now, ports=[n]) for n in (28001, 28002))
        asked: list[Sequence[int]] = []

        def search(ports: Sequence[int], addresses: Sequence[str]) -> Search:
            asked.append(ports)
            assert not run_search(second, _never, home.site.clock)
            assert run_waiting(_never, home.site.clock) == 0
            return home.poller.find_devices(ports, addresses)

        assert run_search(first, search, home.site.clock)
        assert run_waiting(home.poller.find_devices, home.site.clock) == 1
    states = DiscoveryJob.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [DiscoveryState.DONE] * 2
    assert asked == [first.ports]


def _never(_ports: Sequence[int], _addresses: Sequence[str]) -> Search:
    raise AssertionError("two searches at once would take each other's answers")


@pytest.mark.parametrize(
    ("state", "error"),
    [(DiscoveryState.QUEUED, "not_taken"), (DiscoveryState.RUNNING, "interrupted")],
)
def test_a_search_that_nobody_ends_is_given_up_after_two_minutes(
    state: DiscoveryState, error: str
) -> None:
    job = DiscoveryJob.objects.create(asked_at=NOON, started_at=NOON, state=state)
    before = job_at(job.pk, NOON + timedelta(seconds=120))
    after = job_at(job.pk, NOON + timedelta(seconds=121))
    assert before is not None
    assert after is not None
    assert (before.state, after.state, after.error) == (state, DiscoveryState.FAILED, error)


def test_the_outcome_of_a_search_that_was_given_up_is_not_kept() -> None:
    def late(_ports: Sequence[int], _addresses: Sequence[str]) -> Search:
        discovery.fail_stale(NOON + timedelta(minutes=3))
        return Search(())

    job = ask_for_search(None, NOON)
    assert run_search(job, late, lambda: NOON)
    assert (job.state, job.error) == (DiscoveryState.FAILED, "interrupted")


def test_a_new_owner_ends_what_its_predecessor_left() -> None:
    job = DiscoveryJob.objects.create(asked_at=NOON, started_at=NOON, state=DiscoveryState.RUNNING)
    assert fail_interrupted(NOON) == 1
    job.refresh_from_db()
    assert (job.state, job.error, job.finished_at) == (DiscoveryState.FAILED, "interrupted", NOON)


def test_the_same_wish_twice_is_one_search() -> None:
    first = start_discovery(None, NOON, addresses=["192.168.1.9"])
    assert start_discovery(None, NOON, addresses=["192.168.1.9"]) == first
    assert start_discovery(None, NOON) != first


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"ports": [0]}, "0 is no port"),
        ({"ports": [70000]}, "70000 is no port"),
        ({"addresses": ["192.168.1.255"]}, "192.168.1.255 is not the IPv4 address of one device"),
        ({"addresses": ["battery.lan"]}, "battery.lan is not the IPv4 address"),
        ({"addresses": ["224.0.0.1"]}, "224.0.0.1 is not"),
        ({"addresses": [f"10.0.0.{n}" for n in range(1, 18)]}, "and 16 addresses at once"),
    ],
)
def test_nonsense_is_refused_before_a_row_is_written(
    where: dict[str, list[int]], words: str
) -> None:
    with pytest.raises(SearchRefused, match=words):
        start_discovery(None, NOON, **where)  # type: ignore[arg-type]
    assert not DiscoveryJob.objects.exists()


def test_old_searches_go() -> None:
    for days in (1, 89, 91):
        DiscoveryJob.objects.create(asked_at=NOON - timedelta(days=days))
    assert history.delete_expired(NOON) == 1
    assert DiscoveryJob.objects.count() == 2
