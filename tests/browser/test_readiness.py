"""From the home page: is tomorrow red, and will the batteries be ready?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from marstek_site.roles import Role
from scheduling.rehearsal import Found, Rehearsal
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour, tempo_day
from tempo.models import TempoDay, TempoStatement
from tempo.services import record_answers
from tests import rows
from tests.browser.conftest import Visitor
from tests.browser.test_look import audit, device_name, keep
from tests.browser.test_tempo import fill
from tests.scheduling.schedules import automatic


def red_eve() -> None:
    """Tomorrow is red, one of three batteries failed its rehearsal."""
    fill()
    today, now = tempo_day(timezone.now()), timezone.now()
    days = [Answer(today, Colour.WHITE), Answer(today + timedelta(days=1), Colour.RED)]
    record_answers(Source.PERSON, days, now)
    automatic()
    batteries = rows.household(now)
    for battery, outcome in zip(batteries, (Found.PASSED, Found.PASSED, Found.SILENT), strict=True):
        day = today + timedelta(days=1)
        Rehearsal.objects.create(battery=battery, day=day, outcome=outcome, at=now)


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "fr"), (360, "dark", "en"), (1440, "light", "en"), (1440, "dark", "fr")],
)
def test_tomorrow_is_red_and_will_they_be_ready(
    visit: Visitor, width: int, scheme: str, language: str
) -> None:
    red_eve()
    page = visit(Role.VIEWER, width=width, scheme=scheme, language=language).go("/")
    page.evaluate("document.fonts.ready")
    keep(page, f"readiness-{device_name(width, scheme)}", whole=width > 600)
    audit(page)
    expect(page.locator(".tempo-day.is-red")).to_contain_text(
        "Rouge" if language == "fr" else "Red"
    )
    expect(page.locator(".readiness .figure")).to_contain_text(
        "Prêt à" if language == "fr" else "Ready at"
    )
    expect(page.locator(".readiness-trouble")).to_have_count(1)


@pytest.mark.parametrize("kind", ["red", "unknown"])
def test_a_phone_answers_on_its_first_screen(visit: Visitor, kind: str) -> None:
    """Tomorrow, readiness and the first battery's charge, while something else needs attention."""
    red_eve()
    if kind == "unknown":
        TempoStatement.objects.all().delete()
        TempoDay.objects.all().delete()
    page = visit(Role.OPERATOR, width=360, language="fr").go("/")
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("document.fonts.ready")
    page.locator("#doctor-line:not(.htmx-request)").wait_for(state="attached")
    keep(page, f"phone-first-screen-{kind}")
    shown = [".tempo-day >> nth=1", ".wait", ".card h2 >> nth=0"]
    for place in [*shown, ".readiness .figure"] if kind == "red" else [*shown, ".soc >> nth=0"]:
        box = page.locator(place).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 740, place
