"""The page of the tariff on a phone and a desk: today, tomorrow, and a season in squares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from marstek_site.roles import Role
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour, tempo_day
from tempo.models import PriceGrid
from tempo.rules import can_be_red
from tempo.seasons import Season, season_of
from tempo.services import record_answers
from tests.browser.conftest import Visitor
from tests.browser.test_look import audit, device_name, keep

PAGE = reverse("tempo:season")
COLUMNS = ("blue_hc", "blue_hp", "white_hc", "white_hp", "red_hc", "red_hp")
PRICES = (13.56, 16.54, 15.36, 19.21, 16.15, 72.95)


def season_before(today: date) -> Iterator[Answer]:
    """The season before this one, as a real one looks: red in January, white around it."""
    season = Season(season_of(today).first_year - 1)
    for day in season.days():
        colour = Colour.BLUE
        if can_be_red(day) and day.month in (12, 1) and day.day % 2:
            colour = Colour.RED
        elif day.month in (11, 12, 1, 2, 3) and day.weekday() < 6 and day.day % 3 == 0:
            colour = Colour.WHITE
        yield Answer(day, colour)


def fill(tomorrow: Colour | None = Colour.RED) -> date:
    """Prices, this season until tomorrow, and the one before; the test database starts empty."""
    today = tempo_day(timezone.now())
    PriceGrid.objects.get_or_create(
        starts_on=date(2026, 8, 1), defaults=dict(zip(COLUMNS, PRICES, strict=True))
    )
    days = [day for day in season_of(today).days() if day < today]
    answers = [Answer(day, Colour.BLUE) for day in days]
    answers += [Answer(today, Colour.WHITE), Answer(today + timedelta(days=1), tomorrow)]
    record_answers(Source.RTE_SITE, answers, timezone.now())
    record_answers(Source.RTE_SEASON, list(season_before(today)), timezone.now())
    return today


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "fr"), (360, "dark", "en"), (1440, "light", "en"), (1440, "dark", "fr")],
)
def test_the_present_season(visit: Visitor, width: int, scheme: str, language: str) -> None:
    today = fill()
    page = visit(Role.VIEWER, width=width, scheme=scheme, language=language).go(PAGE)
    page.evaluate("document.fonts.ready")
    keep(page, f"tempo-{device_name(width, scheme)}")
    audit(page)
    expect(page.locator(".tempo-day.is-red")).to_contain_text(
        "Rouge" if language == "fr" else "Red"
    )
    assert page.locator(".months .square").count() == season_of(today).length
    assert page.locator(".months .square.is-today").count() == 1


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(360, "dark", "en"), (1440, "light", "fr")]
)
def test_a_whole_season(visit: Visitor, width: int, scheme: str, language: str) -> None:
    before = Season(season_of(fill()).first_year - 1)
    page = visit(Role.VIEWER, width=width, scheme=scheme, language=language).go(PAGE)
    page.get_by_role("link", name=before.label).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(before.label)
    page.evaluate("document.fonts.ready")
    page.set_viewport_size({"width": width, "height": 2200 if width < 600 else 1500})
    keep(page, f"tempo-season-{device_name(width, scheme)}")
    audit(page)


def test_an_unknown_tomorrow(visit: Visitor) -> None:
    fill(tomorrow=None)
    page = visit(Role.VIEWER, width=360).go(PAGE)
    keep(page, "tempo-unknown")
    audit(page)
    assert page.locator(".tempo-day").nth(1).inner_text().startswith("Tomorrow\nUnknown")


def test_a_disputed_tomorrow(visit: Visitor) -> None:
    today = fill(tomorrow=Colour.BLUE)
    record_answers(Source.EDF, [Answer(today + timedelta(days=1), Colour.WHITE)], timezone.now())
    page = visit(Role.VIEWER, width=360, language="en").go(PAGE)
    keep(page, "tempo-disputed")
    audit(page)
    expect(page.locator(".note").first).to_contain_text("Sources disagree")


def test_no_english_in_french(visit: Visitor) -> None:
    fill()
    texts = []
    for language, role in (("fr", Role.ADMINISTRATOR), ("en", Role.OPERATOR)):
        page = visit(role, language=language).go(PAGE)
        texts.append(set(page.locator("main").inner_text().split("\n")))
    shared = {text for text in texts[0] & texts[1] if any(mark.isalpha() for mark in text)}
    assert shared == set()
