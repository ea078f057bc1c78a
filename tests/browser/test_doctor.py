"""The check-up in a real browser: phone and desk, light and dark, both languages, with its copy."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from batteries.models import Battery
from marstek_site import doctor
from marstek_site.roles import Role
from tests import rows
from tests.browser.conftest import Visitor
from tests.browser.test_look import AUDIT, DEVICES, audit, device_name
from tests.site.checkup_home import quick_ping

__all__ = ["quick_ping"]
pytestmark = pytest.mark.usefixtures("quick_ping")
PAGE = reverse("site:doctor")
SAME_IN_BOTH = re.compile(
    r"Batteries|TimescaleDB|Garage|Cave|Atelier du fond.*|VenusE 3.0, 150\.|default|devices"
    r"|Marstek doctor.*|LANGUAGE=.*|maxmemory.*|[Rr]edis.*|Valkey.*|PostgreSQL.*|.*manage\.py.*"
    r"|timedatectl status|sudo .*|[\d.:, ]*|default: \d+, devices: \d+|chmod .*|Administration"
)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    doctor.BROKEN.forget()
    yield
    doctor.BROKEN.keep(0)
    doctor.BROKEN.forget()


def keep(page: Page, name: str) -> None:
    """A picture, where a folder for it is named."""
    folder = os.environ.get("KEEP_DOCTOR_SCREENSHOTS")
    if folder:
        page.evaluate("document.fonts.ready")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def troubled() -> None:
    """Something of each state, with long names."""
    now = timezone.now()
    rows.household(now)
    rows.battery("W" * 60, at=now, fault="port_unavailable", firmware=144, rssi_dbm=-88)
    rows.battery("Haut", at=now, ct_connected=False, doubts=["soc_zero"], pace="halved")


def open_everything(page: Page) -> None:
    for summary in page.locator("main details summary").all():
        summary.click()


@pytest.mark.parametrize(("width", "scheme", "language"), DEVICES)
def test_the_check_up(visit: Visitor, width: int, scheme: str, language: str) -> None:
    troubled()
    page = visit(Role.VIEWER, width=width, scheme=scheme, language=language).go(PAGE)
    audit(page)
    keep(page, f"doctor-{device_name(width, scheme)}-{language}")
    open_everything(page)
    audit(page)
    keep(page, f"doctor-open-{device_name(width, scheme)}-{language}")


def test_no_english_in_french(visit: Visitor) -> None:
    troubled()
    texts = {}
    for language, role in (("fr", Role.ADMINISTRATOR), ("en", Role.OPERATOR)):
        page = visit(role, language=language).go(PAGE)
        page.locator("#well summary").click()
        found = page.evaluate(AUDIT)["texts"]
        texts[language] = set(found) - {"W" * 60, "Haut"}
    assert [one for one in texts["fr"] & texts["en"] if not SAME_IN_BOTH.fullmatch(one)] == []


def test_checking_again_shows_what_has_changed(visit: Visitor) -> None:
    rows.silent(timezone.now())
    page = visit(Role.OPERATOR, language="en").go(PAGE)
    expect(page.get_by_text("Nothing answers at 192.168.1.100, port 30001.")).to_be_visible()
    Battery.objects.update(last_seen_at=timezone.now(), fault="", missed_polls=0)
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("Nothing answers at 192.168.1.100, port 30001.")).to_have_count(0)
    audit(page)


def test_a_tap_copies_the_text_for_support(visit: Visitor) -> None:
    rows.silent(timezone.now())
    page = visit(Role.VIEWER, width=360, language="fr").go(PAGE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Copier pour une demande d’aide").click()
    page.get_by_role("button", name="Copier", exact=True).click()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Marstek doctor ")
    assert "battery.answers [battery 1]" in copied
    assert "Cave" not in copied


def test_the_home_page_leads_here_where_something_is_broken(visit: Visitor) -> None:
    rows.silent(timezone.now())
    page = visit(Role.VIEWER, width=360, language="fr").go()
    line = page.get_by_role("link", name=re.compile(r"points demandent votre attention"))
    expect(line).to_be_visible()
    audit(page)
    keep(page, "home-with-line")
    line.click()
    expect(page.get_by_role("heading", name="Bilan")).to_be_visible()


def test_without_javascript_it_can_be_read_and_asked_again(visit: Visitor) -> None:
    rows.silent(timezone.now())
    page = visit(Role.VIEWER, scripts=False, language="en").go(PAGE)
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("Nothing answers at 192.168.1.100, port 30001.")).to_be_visible()
    expect(page.locator(".copy")).to_be_hidden()
