"""Every page on a phone and a desk, light and dark, in French and English."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from batteries.models import Battery
from marstek_site.login_links import create_login_link
from marstek_site.roles import Role
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour, tempo_day
from tempo.services import record_answers
from tests import rows
from tests.browser.conftest import Visit, Visitor

AUDIT = Path(__file__).with_name("audit.js").read_text()
KEPT = settings.BASE_DIR / "docs" / "screenshots"
DIRECTIONS = re.compile(
    r"charge at|charges at|feed the house|feeds the house|draws|gives|supplies|produce"
    r"|charging at|feeding the house|charger à|aliment(?:e|er) la maison"
    r"|charge à|chargent à|fournit|fournissent|tire|renvoie|produisent",
    re.IGNORECASE,
)
DEVICES = [
    (width, scheme, language)
    for width in (360, 1440)
    for scheme in ("light", "dark")
    for language in ("fr", "en")
]
SAME_IN_BOTH = {  # names, and words that French and English share
    "Administration",
    "Atelier du fond du jardin, à gauche",
    "Auto",
    "Tempo",
    "Batteries",
    "Cave",
    "Garage",
    "Journal",
    "Mode",
    "Plan",
    "VenusE 3.0",
    "manage.py login_link",
}


def audit(page: Page) -> Any:
    found = page.evaluate(AUDIT)
    assert found["scroll"] <= 0
    assert found["small"] == []
    assert found["faint"] == []
    assert found["tiny"] == []
    assert [text for text in found["bare"] if not DIRECTIONS.search(text)] == []
    return found


def keep(page: Page, name: str, *, whole: bool = False) -> None:
    """A picture for the README, only when it is asked for; `whole`: beyond the window, too."""
    if os.environ.get("KEEP_SCREENSHOTS"):
        KEPT.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=KEPT / f"{name}.png", full_page=whole)


def device_name(width: int, scheme: str) -> str:
    return f"{'phone' if width < 600 else 'desk'}-{scheme}"


@pytest.mark.parametrize(("width", "scheme", "language"), DEVICES)
def test_home(visit: Visitor, width: int, scheme: str, language: str) -> None:
    from tests.browser.test_tempo import fill

    fill(tomorrow=Colour.BLUE)
    rows.household(timezone.now())
    opened = visit(Role.ADMINISTRATOR, width=width, scheme=scheme, language=language)
    page = opened.go()
    page.evaluate("document.fonts.ready")
    if language == "fr":
        keep(page, f"home-{device_name(width, scheme)}")
    audit(page)
    page.locator("#user-menu summary").click()
    for summary in page.locator("details.more summary").all():
        summary.click()
    audit(page)


@pytest.mark.parametrize(("width", "scheme", "language"), DEVICES)
def test_pages_around_the_home(visit: Visitor, width: int, scheme: str, language: str) -> None:
    guest = visit(width=width, scheme=scheme, language=language)
    guest.watched.expected = ("410", "404")  # the browser logs every such answer
    for path in ("/login/", _welcome_path(), "/welcome/spent/", "/no/such/page"):
        audit(guest.go(path))
    member = visit(Role.ADMINISTRATOR, width=width, scheme=scheme, language=language)
    for path in ("/", reverse("site:password")):
        audit(member.go(path))


def _welcome_path() -> str:
    return reverse("site:welcome", args=[create_login_link(None, timezone.now())])


def test_a_worried_home(visit: Visitor) -> None:
    """Everything that can be said about a battery at once, in the narrowest place."""
    now = timezone.now()
    rows.battery(
        "Une batterie au nom si long qu'il ne tient pas sur une ligne",
        at=now,
        age_s=4000,
        polled_at=now,
        doubts=["soc_zero", "counter_back", "temperature_out_of_range"],
        pace="sparse",
        pace_reason="meter_lost",
        fault="device_unreachable",
        fault_detail="x" * 300,
        pv_power=1234,
        offgrid_power=456,
        bat_power=-2500,
        ongrid_power=2500,
        rated_capacity=51200,
    )
    rows.battery("W" * 60, at=now, fault="port_unavailable", firmware=144)
    Battery.objects.create(name="Neuve", ip_address="192.168.1.99")
    tomorrow = tempo_day(now) + timedelta(days=1)
    record_answers(Source.PERSON, [Answer(tomorrow, Colour.RED)], now)
    page = visit(Role.VIEWER, width=360, language="fr").go()
    assert page.locator(".readiness").is_visible()
    for summary in page.locator("details.more summary").all():
        summary.click()
    audit(page)


def test_html_in_a_name_stays_text(visit: Visitor) -> None:
    rows.battery("<img src=x onerror=alert(1)>", at=timezone.now())
    page = visit(Role.VIEWER).go()
    assert page.locator("h2", has_text="<img src=x").count() == 1
    assert page.locator("article img").count() == 0


@pytest.mark.parametrize("path", ["/", "/login/", "/password/", "/welcome/spent/"])
def test_no_english_in_french(visit: Visitor, path: str) -> None:
    rows.household(timezone.now())
    texts = {}
    for language, role in (("fr", Role.ADMINISTRATOR), ("en", Role.VIEWER)):
        opened = visit(None if path == "/login/" else role, language=language)
        opened.watched.expected = ("410",)
        page = opened.go(path)
        _open_everything(page)
        texts[language] = set(page.evaluate(AUDIT)["texts"])
    shared = {text for text in texts["fr"] & texts["en"] if re.search(r"[^\W\d_]{2}", text)}
    assert {text for text in shared - SAME_IN_BOTH if not _is_a_figure(text)} == set()


def _open_everything(page: Page) -> None:
    for summary in page.locator("details summary").all():
        summary.click()


def _is_a_figure(text: str) -> bool:
    """Numbers with units, addresses, and what a device itself said."""
    return (
        bool(re.fullmatch(r"[\d.:,\s−%°]*(?:kWh|W|C|dBm|min|h)?", text)) or "ES.GetStatus" in text
    )


def test_the_login_page_is_kept(visit: Visitor) -> None:
    page = visit(width=360, language="fr").go("/login/")
    page.evaluate("document.fonts.ready")
    keep(page, "login-phone")
    assert page.locator("input[name=username]").is_visible()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_admin_list(visit: Visitor, language: str) -> None:
    rows.household(timezone.now())
    opened: Visit = visit(Role.ADMINISTRATOR, language=language)
    page = opened.go(reverse("admin:batteries_battery_changelist"))
    page.evaluate("document.fonts.ready")
    if language == "fr":
        keep(page, "admin-batteries")
    found = page.evaluate(AUDIT)
    assert found["scroll"] <= 0
    assert [text for text in found["bare"] if not DIRECTIONS.search(text)] == []
    page.goto(opened.url + reverse("admin:batteries_battery_add"))
    assert page.evaluate(AUDIT)["scroll"] <= 0


def test_the_audit_sees_what_is_wrong(visit: Visitor) -> None:
    """Each thing that the tests above rely on, planted."""
    opened = visit()
    opened.watched.expected = ("Content Security Policy",)
    page = opened.go("/login/")
    page.evaluate(
        """() => {
          const main = document.querySelector("main");
          main.innerHTML = "<p id='faint'>Pale</p><p id='tiny'>Small</p>"
            + "<button id='small'>x</button><p id='bare'>590 W</p><div id='wide'>-</div>";
          document.getElementById("faint").style.color = "rgba(120, 120, 120, 0.6)";
          document.getElementById("tiny").style.fontSize = "9px";
          document.getElementById("small").style.cssText = "width:30px;height:30px;padding:0";
          document.getElementById("wide").style.width = "3000px";
        }"""
    )
    found = page.evaluate(AUDIT)
    assert found["scroll"] > 0
    assert [text.partition(" (")[0] for text in found["faint"]] == ["Pale"]
    assert found["tiny"] == ["Small"]
    assert len(found["small"]) == 1
    assert found["bare"] == ["590 W"]
    assert not DIRECTIONS.search(found["bare"][0])
