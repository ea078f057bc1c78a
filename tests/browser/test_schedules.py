"""Schedules as a thumb edits them: the form, its preview, and the strips that follow."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from marstek_site.roles import Role
from scheduling.intentions import ScheduleConfig, household
from scheduling.schedules import change_household, make_classic_set, save_schedule
from tests import rows
from tests.browser.conftest import Visitor
from tests.browser.test_look import AUDIT, DEVICES, audit, device_name, keep
from tests.scheduling.schedule_rows import schedule

FIGURE = re.compile(r"[\d.:,\s−%°]*(?:kVA|W|%)?")
SAME_IN_BOTH = {
    "Administration",
    "Journal",
    "Plan",
    "Tempo",
    "Garage",
    "Cave",
    "Auto",
    "Charge",
    "Soir",
    "Soleil du dimanche",
    "Jour",
    "Nuit",
    "Batteries",
}


def house() -> None:
    """Two batteries, the classic set and something above it."""
    now = timezone.now()
    rows.battery("Garage", at=now)
    rows.battery("Cave", at=now, soc=31)
    change_household(serves_red_days=False)
    make_classic_set()
    sunday = {"week_days": 0b1000000, "priority": 10, "target_soc": 90}
    save_schedule(schedule("Soleil du dimanche", "charge", "12:00-16:00", **sunday), ())
    evening = {"week_days": 0b0011111, "priority": 10, "floor_soc": 30, "power_setpoint": -800}
    save_schedule(schedule("Soir", "discharge", "19:00-21:30", **evening), ())


def one_battery() -> None:
    """Of a house that red days do not concern: only its schedules count."""
    rows.battery("Garage", at=timezone.now())
    change_household(serves_red_days=False)


def paths() -> list[str]:
    edited = ScheduleConfig.objects.get(name="Soir").pk
    return [
        "/schedules/",
        "/schedules/add/",
        f"/schedules/{edited}/",
        f"/schedules/{edited}/delete/",
        "/schedules/automation/",
        "/schedules/household/",
    ]


def widths(page: Page, kind: str) -> list[float]:
    """How much of the strips of the next hours is of this kind [%]."""
    found = page.locator(f".ribbon .stretch.is-{kind}").all()
    return [float((each.get_attribute("width") or "").rstrip("%")) for each in found]


@pytest.mark.parametrize(("width", "scheme", "language"), DEVICES)
def test_the_pages(visit: Visitor, width: int, scheme: str, language: str) -> None:
    house()
    opened = visit(Role.ADMINISTRATOR, width=width, scheme=scheme, language=language)
    for path in paths():
        page = opened.go(path)
        page.evaluate("document.fonts.ready")
        for summary in page.locator("details.more summary").all():
            summary.click()
        audit(page)


def test_pictures(visit: Visitor) -> None:
    """What docs/screenshots keeps."""
    house()
    for width, scheme in ((360, "light"), (1440, "dark")):
        role = Role.OPERATOR if width < 600 else Role.ADMINISTRATOR
        opened = visit(role, width=width, scheme=scheme, language="fr")
        page = opened.go("/schedules/")
        page.evaluate("document.fonts.ready")
        expect(page.locator(".ribbon")).to_have_count(2)
        keep(page, f"schedules-{device_name(width, scheme)}", whole=True)


def test_a_schedule_edited_and_its_ribbon(visit: Visitor) -> None:
    one_battery()
    opened = visit(Role.OPERATOR, width=360)
    page = opened.go("/schedules/")
    page.get_by_role("button", name="Make the classic set").click()
    assert 30 < sum(widths(page, "hold")) < 36, "two nights of eight hours in 48"
    page.get_by_role("link", name="Edit Night").click()
    page.get_by_label("From", exact=True).fill("20:00")
    page.get_by_role("button", name="Show the next 48 hours").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("“Night” and “Day” both count on Monday 20:00-22:00")
    audit(page)
    page.get_by_label("Priority").fill("5")
    page.get_by_role("button", name="Show the next 48 hours").click()
    expect(preview.locator(".ribbon")).to_have_count(2)
    audit(page)
    keep(page, "schedules-preview-phone", whole=True)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message")).to_contain_text("“Night” is saved and live.")
    assert 38 < sum(widths(page, "hold")) < 45, "two nights of ten hours in 48"
    audit(page)


def test_a_switch_changes_the_strip_in_place(visit: Visitor) -> None:
    one_battery()
    save_schedule(schedule("Toujours", window="00:00-00:00"), ())
    opened = visit(Role.OPERATOR, width=360)
    page = opened.go("/schedules/")
    assert sum(widths(page, "hold")) > 99
    page.get_by_role("button", name="Switch off Toujours").click()
    expect(page.locator(".schedule-row")).to_contain_text("switched off")
    assert widths(page, "hold") == []
    audit(page)


def test_what_is_opened_stays_open_when_the_page_renews_itself(visit: Visitor) -> None:
    one_battery()
    opened = visit(Role.VIEWER, width=360)
    opened.page.clock.install()
    page = opened.go("/schedules/")
    page.get_by_text("What, when and why").click()
    save_schedule(schedule("Toujours", window="00:00-00:00"), ())
    with page.expect_response("**/schedules/fragment"):
        page.clock.run_for(61_000)
    expect(page.locator(".changes").first).to_contain_text("Toujours")
    expect(page.locator(".changes").first).to_be_visible()


def test_automation_is_switched_on_after_it_said_what_follows(visit: Visitor) -> None:
    one_battery()
    make_classic_set()
    page = visit(Role.OPERATOR, width=360).go()
    page.get_by_role("link", name="Automation is off").click()
    page.get_by_role("button", name="Switch on…").click()
    expect(page.locator("dl")).to_contain_text(re.compile("On hold: schedule “(Night|Nuit)”"))
    keep(page, "schedules-automation-phone", whole=True)
    page.get_by_role("button", name="Switch on", exact=True).click()
    expect(page.locator("#automation")).to_contain_text("Automation is on")
    assert household().is_automatic


def test_without_script_a_schedule_is_added_and_seen_before(visit: Visitor) -> None:
    one_battery()
    page = visit(Role.OPERATOR, scripts=False).go("/schedules/add/")
    page.get_by_label("Name", exact=True).fill("Toujours")
    page.get_by_label("What the batteries do").select_option("hold")
    page.get_by_label("From", exact=True).fill("00:00")
    page.get_by_label("To", exact=True).fill("00:00")
    page.get_by_role("button", name="Show the next 48 hours").click()
    expect(page.locator("#preview .ribbon")).to_have_count(2)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".schedule-row")).to_contain_text("Toujours")


def test_no_english_in_french(visit: Visitor) -> None:
    house()
    french = visit(Role.ADMINISTRATOR, language="fr")
    english = visit(Role.OPERATOR, language="en")
    for path in paths():
        shared = _texts(french.go(path)) & _texts(english.go(path))
        words = {text for text in shared if re.search(r"[^\W\d_]{2}", text)}
        assert {text for text in words - SAME_IN_BOTH if not FIGURE.fullmatch(text)} == set()


def _texts(page: Page) -> set[str]:
    for summary in page.locator("details summary").all():
        summary.click()
    return set(page.evaluate(AUDIT)["texts"])
