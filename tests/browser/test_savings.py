"""The pages of the savings on a phone and a desk: what was saved, and the rows behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from batteries.energy_slots import EnergySlot, HouseSlot
from marstek_site.roles import Role
from tempo.days import Colour, is_peak, tempo_day
from tests import rows
from tests.browser.conftest import Visitor
from tests.browser.test_look import audit, device_name, keep
from tests.browser.test_tempo import fill as fill_tempo
from tests.scheduling.energy_rows import house_slot, quarters, slot
from tests.scheduling.red_days import is_told

PAGE = reverse("scheduling:savings")


def fill() -> None:
    """Two days of three batteries, yesterday red and not covered whole."""
    now = timezone.now()
    fill_tempo()
    is_told(tempo_day(now) - timedelta(days=1), Colour.RED)
    start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=48)
    garage, atelier, cave = rows.household(now)
    slots, house = [], []
    for number, moment in enumerate(quarters(start, now)):
        taken, given, bought = (0, 75.5, 12.3) if is_peak(moment) else (150, 0, 320)
        house.append(house_slot(moment, bought))
        for each in (garage, atelier):
            slots.append(slot(each, moment, charged_wh=taken, discharged_wh=given, soc=95))
        if number < 120:
            slots.append(slot(cave, moment, discharged_wh=5, soc=20))
    EnergySlot.objects.bulk_create(slots)
    HouseSlot.objects.bulk_create(house)


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "fr"), (360, "dark", "en"), (1440, "light", "en"), (1440, "dark", "fr")],
)
def test_from_the_season_to_the_rows(
    visit: Visitor, width: int, scheme: str, language: str
) -> None:
    fill()
    page = visit(Role.VIEWER, width=width, scheme=scheme, language=language).go(PAGE)
    page.evaluate("document.fonts.ready")
    page.locator("details.more").first.locator("summary").click()
    keep(page, f"savings-{device_name(width, scheme)}")
    audit(page)
    expect(page.locator(".glance-card")).to_have_count(3)
    page.locator(".savings-table tbody a").first.click()
    expect(page.locator(".savings-wide")).to_be_visible()
    keep(page, f"savings-day-{device_name(width, scheme)}")
    audit(page)
