"""The page of the tariff: today, tomorrow, prices, and a season in squares."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour
from tempo.presentation import describe_season, describe_strip
from tempo.seasons import Season
from tempo.services import record_answers

NOW = datetime(2027, 1, 11, 11, 0, tzinfo=UTC)  # Monday, 12:00 in Paris
TODAY = date(2027, 1, 11)
pytestmark = pytest.mark.django_db
PAGE = reverse("tempo:season")


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


def fill(until: date = TODAY + timedelta(days=1)) -> None:
    """A season of blue days, Monday white, Tuesday red."""
    colours = {TODAY: Colour.WHITE, TODAY + timedelta(days=1): Colour.RED}
    days = [day for day in Season(2026).days() if day <= until]
    answers = [Answer(day, colours.get(day, Colour.BLUE)) for day in days]
    record_answers(Source.RTE_SITE, answers, NOW - timedelta(minutes=30))


def text_of(client: Client, url: str = PAGE, **headers: str) -> str:
    return client.get(url, headers=headers).content.decode()


def test_today_and_tomorrow_with_their_status(viewer: Client) -> None:
    fill()
    strip = describe_strip(NOW)
    assert [(tile.label, tile.colour, tile.word, tile.status) for tile in strip.tiles] == [
        ("Today", "white", "white", "final, from RTE (site)"),
        ("Tomorrow", "red", "red", "final, from RTE (site)"),
    ]
    assert (strip.price.now, strip.price.register) == ("19.21\u00a0c€/kWh", "white, peak hours")
    assert (strip.price.next_starts, strip.price.next) == ("Off-peak at 22:00", "15.36\u00a0c€/kWh")
    assert strip.price.changes_at == NOW + timedelta(hours=10)
    assert [(tally.left, tally.quota) for tally in strip.tallies] == [
        (21, 22),
        (42, 43),
        (168, 300),
    ]
    assert "Red" in text_of(viewer)


def test_in_the_small_hours_the_tiles_say_until_when() -> None:
    fill()
    strip = describe_strip(datetime(2027, 1, 12, 3, 0, tzinfo=UTC))  # 04:00
    assert [(tile.label, tile.colour) for tile in strip.tiles] == [
        ("Until 06:00", "white"),
        ("From 06:00", "red"),
    ]
    assert (strip.price.now, strip.price.next) == ("15.36\u00a0c€/kWh", "72.95\u00a0c€/kWh")


@pytest.mark.parametrize(
    ("now", "english", "french"),
    [
        (NOW + timedelta(hours=6, minutes=48), "Off-peak at 22:00, in 3 h 12", "Creuses à 22:00"),
        (NOW + timedelta(hours=9, minutes=55, seconds=1), "Off-peak at 22:00, in 4 min", "4 min"),
        (NOW + timedelta(hours=9, minutes=59, seconds=30), "in less than a minute", "une minute"),
        (datetime(2027, 3, 27, 21, 30, tzinfo=UTC), "Peak at 06:00, in 6 h 30", "dans 6 h 30"),
        (datetime(2026, 10, 24, 21, 0, tzinfo=UTC), "Peak at 06:00, in 8 h 00", "dans 8 h 00"),
    ],
)
def test_the_wait_for_the_next_price_is_right_as_the_server_writes_it(
    viewer: Client, now: datetime, english: str, french: str
) -> None:
    """On nights of 23 and 25 hours, too: real hours, not those of the clock's faces."""
    with time_machine.travel(now, tick=False):
        viewer.force_login(User.objects.get())
        said = [
            re.sub(r"<[^>]+>", "", text_of(viewer, **{"accept-language": language}))
            for language in ("fr", "en")
        ]
    assert english in said[1]
    assert french in said[0]


def test_an_unknown_tomorrow_says_its_chance_and_no_price() -> None:
    fill(until=TODAY)
    tomorrow = describe_strip(NOW).tiles[1]
    assert (tomorrow.colour, tomorrow.word) == ("unknown", "unknown")
    assert tomorrow.status.startswith("not known yet; chance of red: ")
    night = describe_strip(datetime(2027, 1, 12, 4, 59, tzinfo=UTC))
    assert (night.price.next, night.price.next_colour) == ("—", "colour not known")


def test_a_disputed_blue_is_possibly_red(viewer: Client) -> None:
    fill(until=TODAY)
    for source, colour in ((Source.RTE_SITE, Colour.BLUE), (Source.EDF, Colour.RED)):
        record_answers(source, [Answer(TODAY + timedelta(days=1), colour)], NOW)
    tomorrow = describe_strip(NOW).tiles[1]
    assert (tomorrow.colour, tomorrow.warning) == ("blue", "possibly red")
    text = text_of(viewer)
    assert "possibly red" in text
    assert "Sources disagree on Tuesday 12 January: EDF: red, RTE (site): blue." in text


def test_a_season_has_a_square_for_each_day() -> None:
    fill()
    view = describe_season(Season(2026), NOW)
    squares = [square for month in view.months for square in month.squares]
    assert len(squares) == 365
    assert [month.first_weekday for month in view.months[:2]] == [2, 4]  # 1 Sept, 1 Oct 2026
    assert (view.earlier, view.later, view.note) == ("2025-2026", "", "")
    [today] = [square for square in squares if square.is_today]
    assert today.title == "Monday 11 January: white"
    leap = describe_season(Season(2023), NOW)
    assert sum(len(month.squares) for month in leap.months) == 366


def test_days_that_are_missing_are_said(viewer: Client) -> None:
    record_answers(Source.RTE_SITE, [Answer(TODAY, Colour.WHITE)], NOW)
    assert "Days of this season not known yet: 132. They are being fetched." in text_of(viewer)


def test_past_seasons_have_their_page(viewer: Client) -> None:
    text = text_of(viewer, reverse("tempo:season-of", args=["2024-2025"]))
    assert "Season 2024-2025" in text
    assert text.count('class="square is-unknown"') == 366  # and one in the legend


@pytest.mark.parametrize("label", ["2027-2028", "2013-2014", "2024-2026", "x"])
def test_other_seasons_are_not_there(viewer: Client, label: str) -> None:
    assert viewer.get(reverse("tempo:season-of", args=[label])).status_code == 404


def test_the_page_speaks_french(viewer: Client) -> None:
    fill()
    text = text_of(viewer, **{"accept-language": "fr"})
    for words in (
        "Aujourd’hui",
        "Demain",
        "Rouge",
        "définitif, selon RTE (site)",
        "19,21\u00a0c€/kWh",
        "mardi 12 janvier\u00a0: rouge",
        "Saison 2026-2027",
        "blanc, heures pleines",
    ):
        assert words in text


def test_only_who_may_look_sees_it(anybody: Client) -> None:
    assert anybody.get(PAGE).status_code == 302


def test_the_page_takes_few_queries(viewer: Client, django_assert_max_num_queries: Any) -> None:
    fill()
    viewer.get(PAGE)
    with django_assert_max_num_queries(19):
        viewer.get(PAGE)
