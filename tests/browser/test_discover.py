"""Find, add, and the empty result, in a real browser in front of simulated batteries.

The worker's part is done here by its own service, over real UDP on loopback.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from batteries import searching
from batteries.devices import open_gateway
from batteries.discovery import run_waiting
from batteries.jobs import DiscoveryJob, DiscoveryState
from batteries.models import Battery
from batteries.poller import Poller
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.testing import ThreadedServer, free_port, running
from marstek_site.roles import Role
from tests import rows
from tests.browser.conftest import Visitor
from tests.browser.test_look import audit
from tests.site.test_pages_discover import search, sighting

PAGE = reverse("batteries:discover")
WIDTHS = [360, 1440]


@pytest.fixture
def devices(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadedServer]:
    """Two batteries, each on a port of its own; the second has old firmware."""
    monkeypatch.setattr(searching, "WINDOW_S", 0.4)
    monkeypatch.setattr(searching, "REPEATS", 1)
    old = DeviceSpec(firmware=FIRMWARES["venus-e3-148"])
    with running([DeviceSpec(), old]) as server:
        settings.DISCOVERY_PORTS = [device.spec.port for device in server.devices]
        yield server


def work() -> None:
    """What the devices worker does with the task."""
    gateway = open_gateway()
    try:
        poller = Poller(gateway, gateway.gateway, lambda: datetime.now(UTC))
        assert run_waiting(poller.find_devices, lambda: datetime.now(UTC)) == 1
    finally:
        gateway.stop()


def keep(page: Page, name: str) -> None:
    """A picture, where a folder for it is named."""
    folder = os.environ.get("KEEP_DISCOVER_SCREENSHOTS")
    if folder:
        page.evaluate("document.fonts.ready")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_find_and_add(visit: Visitor, devices: ThreadedServer, width: int) -> None:
    page = visit(Role.ADMINISTRATOR, width=width, language="en").go()
    audit(page)
    keep(page, f"home-empty-{width}")
    page.get_by_role("button", name="Find my batteries").click()
    audit(page)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("The search starts in a moment…")).to_be_visible()
    audit(page)
    keep(page, f"searching-{width}")
    work()
    expect(page.get_by_text("2 batteries answered.")).to_be_visible()
    expect(page.locator("progress")).to_be_hidden()
    audit(page)
    keep(page, f"found-{width}")
    page.locator(".found").first.locator("input[name=name]").fill("Cave")
    page.locator(".found").first.get_by_role("button", name="Add").click()
    expect(
        page.get_by_text("Cave is added. Its first figures come within a minute.")
    ).to_be_visible()
    expect(page.get_by_text("Already here, as “Cave”.")).to_be_visible()
    audit(page)
    cave = Battery.objects.get()
    assert (cave.ip_address, cave.udp_port) == devices.address(devices.device)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_empty_result_leads_to_one_address(
    visit: Visitor, settings: Any, devices: ThreadedServer, width: int, scheme: str
) -> None:
    settings.DISCOVERY_PORTS = [free_port()]
    opened = visit(Role.ADMINISTRATOR, width=width, scheme=scheme, language="fr")
    page = opened.go(PAGE)
    page.get_by_role("button", name="Chercher", exact=True).click()
    work()
    expect(page.get_by_text("Aucune batterie n’a répondu.")).to_be_visible()
    expect(page.locator(".check")).to_have_count(6)
    audit(page)
    keep(page, f"empty-{width}-{scheme}")
    ip, port = devices.address(devices.device)
    page.get_by_label("Adresse IP").fill(ip)
    page.get_by_label("Port UDP").fill(str(port))
    page.get_by_role("button", name="Essayer cette adresse").click()
    work()
    expect(page.get_by_text("1 batterie a répondu.")).to_be_visible()
    expect(page.locator(".found")).to_contain_text(f"{ip}:{port}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_of_card(visit: Visitor, width: int, language: str) -> None:
    now = timezone.now()
    rows.battery("Cave", at=now, ble_mac="bc2a33000001", ip_address="192.168.1.100")
    rows.battery(
        "Garage au nom si long qu’il ne tient pas sur une ligne",
        at=now,
        ble_mac="bc2a33000002",
        ip_address="192.168.1.7",
        udp_port=30001,
    )
    rows.battery("Vieille", at=now, ble_mac="bc2a33000003", is_active=False)
    job = search(
        sighting(),
        sighting(ip="192.168.1.101", ble_mac="bc2a33000002", model="HMG-50", firmware=153),
        sighting(ip="192.168.1.102", ble_mac="bc2a33000003", firmware=None),
        sighting(ip="192.168.1.103", ble_mac=None, model="", firmware=None),
        sighting(ip="192.168.1.104", ble_mac="bc2a33000004", conflicts=["192.168.1.105:30001"]),
        sighting(ip="192.168.1.7", ble_mac="bc2a33000009", model="W" * 40),
    )
    page = visit(Role.ADMINISTRATOR, width=width, language=language).go(
        reverse("batteries:discovery", args=[job.pk])
    )
    assert page.locator(".found").count() == 6
    audit(page)
    keep(page, f"cards-{width}-{language}")


def test_a_slip_is_said_beside_its_field(visit: Visitor) -> None:
    page = visit(Role.OPERATOR, language="en", width=360).go(PAGE)
    page.get_by_label("IP address").fill("192.168.1.255")
    page.get_by_role("button", name="Try this address").click()
    expect(page.get_by_text("This is not the address of one device.")).to_be_visible()
    audit(page)
    assert not DiscoveryJob.objects.exists()


def test_an_expired_session_leads_to_the_login_and_back(visit: Visitor) -> None:
    job = search(state=DiscoveryState.QUEUED, finished_at=None)
    path = reverse("batteries:discovery", args=[job.pk])
    page = visit(Role.OPERATOR).go(path)
    page.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    page.wait_for_url("**/login/?next=%2Fbatteries%2F**")


def test_without_javascript_one_can_find_and_add(visit: Visitor, devices: ThreadedServer) -> None:
    page = visit(Role.ADMINISTRATOR, scripts=False, language="en").go(PAGE)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("reload it for the result")).to_be_visible()
    work()
    page.reload()
    page.get_by_role("button", name="Add").first.click()
    expect(page.get_by_text("Battery 1 is added.")).to_be_visible()


def test_no_english_in_french(visit: Visitor) -> None:
    texts = []
    for language, role in (("fr", Role.ADMINISTRATOR), ("en", Role.OPERATOR)):
        page = visit(role, language=language).go(reverse("batteries:discovery", args=[search().pk]))
        texts.append(set(page.locator("main").all_inner_texts()[0].split("\n")))
    shared = {text for text in texts[0] & texts[1] if any(mark.isalpha() for mark in text)}
    assert shared == set()
