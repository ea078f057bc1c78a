"""The page of the tariff on a phone and a desk: today, tomorrow, and a season in squares."""

from __future__ import annotations

import re
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
    is_sunday = (fill(tomorrow=None) + timedelta(days=1)).weekday() == 6  # blue by rule
    page = visit(Role.VIEWER, width=360).go(PAGE)
    keep(page, "tempo-unknown")
    audit(page)
    word = "Blue" if is_sunday else "Unknown"
    expect(page.locator(".tempo-day .tempo-word").nth(1)).to_have_text(word)


def test_a_disputed_tomorrow(visit: Visitor) -> None:
    today = fill(tomorrow=Colour.BLUE)
    record_answers(Source.EDF, [Answer(today + timedelta(days=1), Colour.WHITE)], timezone.now())
    page = visit(Role.VIEWER, width=360, language="en").go(PAGE)
    keep(page, "tempo-disputed")
    audit(page)
    expect(page.locator(".note").first).to_contain_text("Sources disagree")


def test_the_wait_for_the_next_price_counts_down_without_a_reload(visit: Visitor) -> None:
    fill()
    opened = visit(Role.VIEWER, width=360, language="fr")
    opened.page.clock.install()
    page = opened.go(PAGE)
    wait = page.locator("time.wait")
    seconds_left = int(
        page.evaluate(
            "(time) => (Date.parse(time.dateTime) - Date.parse(time.dataset.now)) / 1000",
            wait.element_handle(),
        )
    )
    for left_s, words in ((60 * 61, "dans 1 h 0"), (60 * 30, "dans "), (30, "dans moins d’une")):
        if left_s < seconds_left:
            page.clock.fast_forward((seconds_left - left_s) * 1000)
            seconds_left = left_s
            expect(wait).to_contain_text(words)
    page.clock.fast_forward(60_000)
    expect(wait).to_have_text("maintenant")


def test_without_script_the_wait_is_as_the_server_wrote_it(visit: Visitor) -> None:
    fill()
    page = visit(Role.VIEWER, language="en", scripts=False).go(PAGE)
    words = r"(Peak|Off-peak) at (06|22):00, in (\d+ h \d\d|\d+ min|less than a minute)"
    expect(page.locator(".tempo-next")).to_contain_text(re.compile(words))


def test_no_english_in_french(visit: Visitor) -> None:
    fill()
    texts = []
    for language, role in (("fr", Role.ADMINISTRATOR), ("en", Role.OPERATOR)):
        page = visit(role, language=language).go(PAGE)
        texts.append(set(page.locator("main").inner_text().split("\n")))
    shared = {text for text in texts[0] & texts[1] if any(mark.isalpha() for mark in text)}
    assert shared == set()
