"""The page that finds batteries: who may, what it shows of a search, and the empty result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batteries import first_aid, found
from batteries.jobs import DiscoveryJob, DiscoveryState
from batteries.models import Battery
from batteries.owner import OwnerLock
from notifications.checkup import Finding, State
from tests import rows

PAGE = reverse("batteries:discover")
MAC = "bc2a33000001"
SEEN = {
    "networks": ["192.168.1.20/24"],
    "is_boxed": False,
    "bind_address": "0.0.0.0",
    "closed_ports": {},
}


def sighting(**changes: Any) -> dict[str, Any]:
    usual = {
        "ip": "192.168.1.100",
        "port": 30001,
        "model": "VenusE 3.0",
        "firmware": 150,
        "ble_mac": MAC,
        "answered": "broadcast",
        "conflicts": [],
    }
    return usual | changes


def search(*results: dict[str, Any], **changes: Any) -> DiscoveryJob:
    """A search that is done."""
    now = timezone.now()
    values: dict[str, Any] = {
        "asked_at": now,
        "finished_at": now,
        "state": DiscoveryState.DONE,
        "ports": [30000, 30001],
        "results": list(results),
        "surroundings": SEEN,
    }
    return DiscoveryJob.objects.create(**values | changes)


def under_way(state: DiscoveryState, age_s: float = 0) -> DiscoveryJob:
    at = timezone.now() - timedelta(seconds=age_s)
    return search(state=state, asked_at=at, started_at=at, finished_at=None)


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def page_of(client: Client, job: DiscoveryJob) -> str:
    return page(client, reverse("batteries:discovery", args=[job.pk]))


def progress(client: Client, job: DiscoveryJob) -> Any:
    return client.get(reverse("batteries:discovery-progress", args=[job.pk]))


def register(client: Client, job: DiscoveryJob, **values: str) -> Any:
    url = reverse("batteries:discovery-register", args=[job.pk])
    usual = {"key": f"192.168.1.100:30001:{MAC}", "name": "Cave"}
    return client.post(url, usual | values, follow=True)


@pytest.fixture
def owner(db: None) -> Iterator[None]:
    lock = OwnerLock()
    assert lock.try_acquire()
    yield
    lock.release()


def test_a_click_writes_a_row_and_waits_for_nothing(operator: Client) -> None:
    response = operator.post(PAGE)
    job = DiscoveryJob.objects.get()
    assert response["Location"] == reverse("batteries:discovery", args=[job.pk])
    assert (job.state, job.asked_by.username) == (DiscoveryState.QUEUED, "operator")  # type: ignore[union-attr]
    assert set(job.ports) >= {30000, 30003, 49200}


def test_one_address_and_port_are_tried(operator: Client) -> None:
    operator.post(PAGE, {"address": "192.168.1.77", "port": "41000"})
    job = DiscoveryJob.objects.get()
    assert (job.addresses, job.ports[0]) == (["192.168.1.77"], 41000)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("address", "192.168.1.255", "not the address of one device"),
        ("address", "cave.lan", "valid IPv4"),
        ("port", "70000", "65535"),
    ],
)
def test_a_slip_is_explained_and_searches_nothing(
    operator: Client, field: str, value: str, words: str
) -> None:
    text = operator.post(PAGE, {field: value}).content.decode()
    assert words in text
    assert f'value="{value}"' in text
    assert not DiscoveryJob.objects.exists()


def test_while_it_runs_the_page_asks_for_its_progress(operator: Client, owner: None) -> None:
    job = under_way(DiscoveryState.RUNNING)
    text = page_of(operator, job)
    assert f'hx-get="{reverse("batteries:discovery-progress", args=[job.pk])}"' in text
    assert "Asking everybody on 2 ports…" in text
    assert progress(operator, job).status_code == 200


def test_when_it_is_over_the_page_stops_asking(operator: Client) -> None:
    job = search(sighting())
    assert "hx-get" not in page_of(operator, job)
    response = progress(operator, job)
    assert response.status_code == 286
    assert "1 battery answered." in response.content.decode()
    assert "<html" not in response.content.decode()


def test_a_search_that_nobody_takes_says_whom_to_wake(operator: Client) -> None:
    job = under_way(DiscoveryState.QUEUED, age_s=7)
    assert "does not run: restart the service" in progress(operator, job).content.decode()


def test_with_a_worker_the_search_starts_in_a_moment(operator: Client, owner: None) -> None:
    job = under_way(DiscoveryState.QUEUED, age_s=7)
    assert "starts in a moment" in progress(operator, job).content.decode()


def test_the_last_search_is_shown_for_a_while(operator: Client) -> None:
    search(sighting(), asked_at=timezone.now() - timedelta(minutes=20))
    assert "answered" not in page(operator, PAGE)
    search(sighting())
    assert "1 battery answered." in page(operator, PAGE)


def test_a_card_tells_model_firmware_and_what_to_know(administrator: Client) -> None:
    job = search(sighting(), sighting(ip="192.168.1.101", ble_mac="bc2a33000002", firmware=144))
    text = page_of(administrator, job)
    assert text.count("VenusE 3.0") == 2
    assert "This firmware is recommended." in text
    assert "Update it to 150 or newer in the Marstek app" in text
    assert "It may switch its local API off by itself." in text
    assert 'value="Battery 1"' in text
    assert 'value="Battery 2"' in text


def test_every_known_fault_has_words() -> None:
    from batteries.advice import MEANINGS
    from batteries.marstek.profiles import Fault

    assert set(MEANINGS) == set(Fault)


def test_adding_names_it_and_keeps_who_did_it(administrator: Client) -> None:
    job = search(sighting())
    text = register(administrator, job).content.decode()
    cave = Battery.objects.get()
    assert (cave.name, cave.ble_mac) == ("Cave", MAC)
    assert "Cave is added." in text
    assert "Already here, as “Cave”." in text
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("administrator", str(cave.pk))


def test_a_moved_one_is_offered_and_followed(administrator: Client) -> None:
    rows.battery("Cave", ble_mac=MAC, ip_address="192.168.1.7", udp_port=30001)
    job = search(sighting())
    assert "This is “Cave”, which was at 192.168.1.7:30001 before." in page_of(administrator, job)
    text = register(administrator, job).content.decode()
    assert "Cave is asked at its new address from now on." in text
    assert Battery.objects.get().ip_address == "192.168.1.100"


def test_a_name_that_is_taken_is_said_beside_the_card_and_kept(administrator: Client) -> None:
    rows.battery("Cave", ip_address="10.0.0.9")
    text = register(administrator, search(sighting())).content.decode()
    assert "already exists" in text
    assert 'value="Cave"' in text
    assert Battery.objects.count() == 1


def test_contested_claims_have_no_button_and_are_refused(administrator: Client) -> None:
    job = search(
        sighting(conflicts=["192.168.1.66:30001"]),
        sighting(ip="192.168.1.66", conflicts=["192.168.1.100:30001"]),
    )
    assert "Two devices claim to be this one" in page_of(administrator, job)
    text = register(administrator, job).content.decode()
    assert "Several devices claim to be this battery (192.168.1.66:30001 too)" in text
    assert not Battery.objects.exists()


def test_an_operator_searches_and_cannot_add(operator: Client) -> None:
    job = search(sighting())
    text = page_of(operator, job)
    assert "An administrator of this site can add it." in text
    assert register(operator, job).status_code == 403
    assert not Battery.objects.exists()


def test_html_in_an_answer_is_text(administrator: Client) -> None:
    text = page_of(administrator, search(sighting(model="<b>x</b>")))
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert "<b>x</b>" not in text


@pytest.mark.parametrize("path", ["discovery", "discovery-progress"])
def test_a_search_that_is_gone_is_404(operator: Client, path: str) -> None:
    assert operator.get(reverse(f"batteries:{path}", args=[4711])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_cards_take_as_many_queries_for_one_as_for_three(
    operator: Client, count: int, django_assert_num_queries: Any
) -> None:
    found = [sighting(ip=f"192.168.1.{n}", ble_mac=f"bc2a3300000{n}") for n in range(count)]
    job = search(*found)
    progress(operator, job)
    # session, person, permissions (2), giving up stale ones (2), search, offers (2), names
    with django_assert_num_queries(10):
        progress(operator, job)


@pytest.fixture
def in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


# --- the empty result ---------------------------------------------------------------------------


def checks(job: DiscoveryJob | None) -> dict[str, Finding]:
    """By their first word or two, for short tests."""
    names = ("api", "worker", "ports", "network", "tools", "reservation")
    return dict(zip(names, first_aid.first_aid(job, timezone.now()), strict=True))


def test_an_empty_result_is_a_list_to_go_through(operator: Client) -> None:
    text = page_of(operator, search())
    for words in (
        "No battery answered.",
        "switch “Local API” on",
        "The program that talks to the batteries",
        "Searched: 30000, 30001.",
        "This machine is in 192.168.1.0/24.",
        "No other program of this machine holds one of these ports.",
        "reserve the battery&#x27;s address",
        "Try this address and port now",
    ):
        assert words in text


def test_a_failed_search_shows_the_list_too(operator: Client) -> None:
    job = search(state=DiscoveryState.FAILED, error="not_taken", surroundings={})
    text = page_of(operator, job)
    assert "did not take the search" in text
    assert "The local API is on" in text


def test_a_result_needs_no_list(operator: Client) -> None:
    assert "Go through this list" not in page_of(operator, search(sighting()))


def test_the_worker_is_seen_by_its_lock(db: None, settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    assert checks(search())["worker"].is_broken
    lock = OwnerLock()
    assert lock.try_acquire()
    rows.battery(at=timezone.now())
    alive = checks(search())["worker"]
    lock.release()
    assert alive.is_well
    assert "Last poll:" in alive.finding


@pytest.mark.parametrize(
    ("seen", "addresses", "state", "words"),
    [
        ({}, [], "well", "This machine is in 192.168.1.0/24."),
        ({}, ["192.168.1.77"], "well", "This machine is in"),
        ({}, ["10.0.0.7"], "broken", "10.0.0.7 is in no network of this machine: 192.168.1.0/24."),
        ({"is_boxed": True}, [], "broken", "container with a network of its own"),
        ({"networks": []}, [], "broken", "This machine has no network."),
        ({"bind_address": "127.0.0.1"}, [], "unsure", "Only this very machine is asked"),
    ],
)
@pytest.mark.django_db
@pytest.mark.usefixtures("in_english")
def test_the_network_check(
    seen: dict[str, Any],
    addresses: list[str],
    state: str,
    words: str,
) -> None:
    check = checks(search(surroundings=SEEN | seen, addresses=addresses))["network"]
    assert check.state == state
    assert words in check.finding


def test_a_port_that_is_held_is_named(db: None, settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    held = SEEN | {"closed_ports": {"30001": "Address already in use"}}
    check = checks(search(surroundings=held))["tools"]
    assert (check.state, check.finding) == (
        State.BROKEN,
        "Another program of this machine holds: 30001.",
    )


def test_before_any_search_ran_this_machine_itself_is_looked_at(db: None, settings: Any) -> None:
    import socket

    settings.LANGUAGE_CODE = "en"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        job = search(state=DiscoveryState.FAILED, ports=[port], surroundings={})
        assert str(port) in checks(job)["tools"].finding
    assert checks(job)["tools"].is_well


@pytest.mark.parametrize(
    "error", ["not_taken", "interrupted", "port_unavailable", "not_sent", "deadline_passed"]
)
def test_each_failure_has_a_sentence(error: str) -> None:
    job = DiscoveryJob(error=error, error_detail="detail")
    assert "detail" not in found.failure(job)


def test_an_unknown_failure_shows_its_detail() -> None:
    assert "something odd" in found.failure(DiscoveryJob(error="odd", error_detail="something odd"))


# --- ways to the page ---------------------------------------------------------------------------


def test_the_menu_and_the_empty_home_lead_here(operator: Client) -> None:
    assert page(operator, reverse("site:home")).count(f'href="{PAGE}"') == 2


def test_a_viewer_is_not_led_here(viewer: Client) -> None:
    assert PAGE not in page(viewer, reverse("site:home"))


def test_the_administration_leads_here(administrator: Client) -> None:
    assert f'href="{PAGE}"' in page(administrator, reverse("admin:batteries_battery_changelist"))
