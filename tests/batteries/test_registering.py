"""From a claim to a battery, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from batteries.jobs import DiscoveryJob, DiscoveryState
from batteries.models import Battery
from batteries.registering import (
    RegistrationRefused,
    Standing,
    free_names,
    offers_of,
    register_found,
)
from batteries.searching import Sighting

from .virtual_home import NOON

pytestmark = pytest.mark.django_db
MAC, OTHER = "bc2a33000001", "bc2a33000002"


@pytest.fixture(autouse=True)
def english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


def sighting(mac: str | None = MAC, ip: str = "192.168.1.100", **rest: Any) -> Sighting:
    return Sighting(ip, 30001, "VenusE 3.0", 150, mac, **rest)


def searched(*found: Sighting) -> DiscoveryJob:
    return DiscoveryJob.objects.create(
        asked_at=NOON,
        finished_at=NOON,
        state=DiscoveryState.DONE,
        results=[one.as_json() for one in found],
    )


def battery(mac: str | None = MAC, ip: str = "192.168.1.100", **rest: Any) -> Battery:
    return Battery.objects.create(name="Garage", ip_address=ip, udp_port=30001, ble_mac=mac, **rest)


def standing(one: Sighting) -> Standing:
    (offer,) = offers_of(searched(one))
    return offer.standing


def test_a_new_battery_gets_what_its_answer_told() -> None:
    done = register_found(searched(sighting()), sighting().key, "  Cave ")
    cave = Battery.objects.get()
    assert done.is_new
    assert (cave.name, cave.ip_address, cave.udp_port, cave.ble_mac) == (
        "Cave",
        "192.168.1.100",
        30001,
        MAC,
    )
    assert (cave.model, cave.firmware, cave.is_active) == ("VenusE 3.0", 150, True)


def test_it_is_polled_at_once(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as started:
        done = register_found(searched(sighting()), sighting().key, "Cave")
    (hint,) = started
    assert hint.args == ("batteries.poll_batteries", ([done.battery.pk],))  # type: ignore[attr-defined]


def test_a_known_battery_is_updated_and_never_doubled() -> None:
    known = battery(ip="192.168.1.7", soc=61)
    done = register_found(searched(sighting()), sighting().key, "Another name")
    known.refresh_from_db()
    assert not done.is_new
    assert Battery.objects.count() == 1
    assert (known.name, known.ip_address, known.soc) == ("Garage", "192.168.1.100", 61)


def test_a_retired_battery_comes_back_with_its_name() -> None:
    retired = battery(is_active=False)
    register_found(searched(sighting()), sighting().key)
    retired.refresh_from_db()
    assert (retired.is_active, retired.name) == (True, "Garage")


def test_two_batteries_that_swapped_addresses_are_both_set_right() -> None:
    first = battery(ip="192.168.1.1")
    second = Battery.objects.create(
        name="Cave", ip_address="192.168.1.2", udp_port=30001, ble_mac=OTHER
    )
    swapped = [sighting(MAC, "192.168.1.2"), sighting(OTHER, "192.168.1.1")]
    job = searched(*swapped)
    for one in swapped:
        register_found(job, one.key)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.ip_address, second.ip_address) == ("192.168.1.2", "192.168.1.1")


@pytest.mark.parametrize(
    ("make", "one", "expected"),
    [
        (lambda: None, sighting(), Standing.NEW),
        (lambda: None, sighting(mac=None), Standing.NEW),
        (battery, sighting(), Standing.KNOWN),
        (lambda: battery(mac=None), sighting(), Standing.KNOWN),
        (battery, sighting(mac=None), Standing.KNOWN),
        (lambda: battery(ip="10.0.0.1"), sighting(), Standing.MOVED),
        (lambda: battery(is_active=False), sighting(), Standing.RETIRED),
        (lambda: battery(mac=OTHER), sighting(), Standing.PLACE_TAKEN),
        (battery, sighting(conflicts=("192.168.1.7:30001",)), Standing.CONTESTED),
    ],
)
def test_standing(make: Callable[[], object], one: Sighting, expected: Standing) -> None:
    make()
    assert standing(one) == expected


@pytest.mark.parametrize(
    ("make", "one", "name", "words"),
    [
        (lambda: None, sighting(conflicts=("192.168.1.7:30001",)), "Cave", "192.168.1.7:30001 too"),
        (battery, sighting(), "Cave", "registered already, as “Garage”"),
        (lambda: battery(mac=OTHER), sighting(), "Cave", "“Garage” is registered at this address"),
        (lambda: None, sighting(), "  ", "Give the battery a name"),
        (lambda: None, sighting(), "x" * 61, "at most 60 characters"),
        (lambda: battery(mac=OTHER, ip="10.0.0.9"), sighting(), "Garage", "already exists"),
    ],
)
def test_refusals_are_one_sentence_and_change_nothing(
    make: Callable[[], object], one: Sighting, name: str, words: str
) -> None:
    make()
    before = list(Battery.objects.values())
    with pytest.raises(RegistrationRefused, match=words) as refused:
        register_found(searched(one), one.key, name)
    assert "\n" not in str(refused.value)
    assert list(Battery.objects.values()) == before


def test_a_retired_entry_gives_way_to_the_one_entered_anew() -> None:
    battery(is_active=False)
    Battery.objects.create(name="Anew", ip_address="192.168.1.100", udp_port=30001)
    (offer,) = offers_of(searched(sighting()))
    assert (offer.standing, offer.battery.name) == (Standing.KNOWN, "Anew")  # type: ignore[union-attr]


def test_a_key_of_another_search_is_refused() -> None:
    with pytest.raises(RegistrationRefused, match="did not find such a device"):
        register_found(searched(sighting()), sighting(ip="10.0.0.9").key, "Cave")


def test_names_that_are_free() -> None:
    for number in (1, 3):
        Battery.objects.create(name=f"Battery {number}", ip_address=f"10.0.0.{number}")
    assert list(islice(free_names(), 3)) == ["Battery 2", "Battery 4", "Battery 5"]


@pytest.mark.parametrize("count", [1, 3])
def test_offers_take_two_queries(count: int, django_assert_num_queries: Any) -> None:
    found = [sighting(f"bc2a3300000{n}", f"192.168.1.{n}") for n in range(1, count + 1)]
    job = searched(*found)
    with django_assert_num_queries(2):
        assert len(offers_of(job)) == count
