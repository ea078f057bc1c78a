"""The page of one battery on a phone and a desk, light and dark, in French and English."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from batteries.models import Battery
from marstek_site.roles import Role
from tests import rows
from tests.browser.conftest import Visitor
from tests.browser.test_look import AUDIT, DEVICES, _is_a_figure, audit, device_name, keep

FRAGMENT = re.compile(r"/batteries/\d+/fragment")
SAME_IN_BOTH = {"Charge", "Garage", "VenusE 3.0", "Mode", "Administration", "Auto", "Batteries"}


def garage(**changes: Any) -> Battery:
    """One that feeds the house, as it did in the last hours of its day."""
    now = timezone.now()
    power = {"bat_power": -760, "ongrid_power": 760, "soc": 50}
    battery = rows.battery("Garage", at=now, **(power | changes))
    rows.a_day(battery, now)
    rows.an_answer(battery, "ES.GetStatus", {"id": 0, "bat_soc": 62}, asked_at=now)
    return battery


def url_of(battery: Battery) -> str:
    return reverse("batteries:battery-detail", args=[battery.pk])


def opened_wide(page: Page) -> Page:
    for summary in page.locator("details.more summary").all():
        summary.click()
    return page


@pytest.mark.parametrize(("width", "scheme", "language"), DEVICES)
def test_the_page(visit: Visitor, width: int, scheme: str, language: str) -> None:
    battery = garage(firmware=147)
    page = visit(Role.ADMINISTRATOR, width=width, scheme=scheme, language=language).go(
        url_of(battery)
    )
    page.evaluate("document.fonts.ready")
    if language == "fr":
        keep(page, f"battery-{device_name(width, scheme)}")
    audit(page)
    audit(opened_wide(page))


def test_no_english_in_french(visit: Visitor) -> None:
    battery = garage(firmware=147)
    texts = {}
    for language, role in (("fr", Role.ADMINISTRATOR), ("en", Role.VIEWER)):
        page = visit(role, language=language).go(url_of(battery))
        texts[language] = set(opened_wide(page).evaluate(AUDIT)["texts"])
    shared = {text for text in texts["fr"] & texts["en"] if re.search(r"[^\W\d_]{2}", text)}
    assert {text for text in shared - SAME_IN_BOTH if not _is_a_figure(text)} == set()


def test_a_battery_without_history_has_a_whole_page(visit: Visitor) -> None:
    battery = Battery.objects.create(name="W" * 60, ip_address="192.168.1.99")
    page = visit(Role.VIEWER, width=360, language="fr").go(url_of(battery))
    audit(page)
    assert page.locator("svg.plot").count() == 0


def test_from_the_card_to_the_page_and_back_by_keyboard(visit: Visitor) -> None:
    garage()
    page = visit(Role.VIEWER).go("/")
    page.locator("article.card h2 a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Garage")
    page.locator("#day-figures summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("table.hours")).to_be_visible()
    page.get_by_role("link", name="All batteries").click()
    expect(page.locator("article.card h2")).to_have_text(["Garage"])


def test_a_screen_reader_hears_each_plot_in_words(visit: Visitor) -> None:
    page = visit(Role.VIEWER).go(url_of(garage()))
    plots = page.get_by_role("img")
    expect(plots).to_have_count(2)
    expect(plots.nth(0)).to_have_accessible_name(re.compile(r"Its charge went from \d+.% to"))
    expect(plots.nth(1)).to_have_accessible_name(re.compile(r"It charged about 5.\d.kWh"))


def test_a_new_reading_appears_and_keeps_what_is_open(visit: Visitor) -> None:
    battery = garage()
    opened = visit(Role.VIEWER)
    opened.page.clock.install()
    page = opened.go(url_of(battery))
    page.locator("#day-figures summary").click()
    Battery.objects.update(soc=63)
    with page.expect_response(FRAGMENT) as response:
        page.clock.run_for(5000)
    assert response.value.status == 200
    expect(page.locator(".soc")).to_have_text("63\u00a0%")
    expect(page.locator("table.hours")).to_be_visible()


def test_the_answers_are_downloaded_under_a_name_that_tells_nothing(visit: Visitor) -> None:
    page = visit(Role.VIEWER).go(url_of(garage()))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download what this device answered").click()
    assert re.fullmatch(
        r"marstek-answers-venus-e3-\d{4}-\d\d-\d\d\.jsonl", download.value.suggested_filename
    )
    assert '"request_method": "ES.GetStatus"' in download.value.path().read_text()
