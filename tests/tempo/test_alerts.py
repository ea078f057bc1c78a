"""What people must be told: as long as it is so, and no longer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import translation

from tempo.alerts import Alert, alerts_due
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour
from tempo.services import record_answers

from .said import RED_POSSIBLE, paris

pytestmark = pytest.mark.django_db
EVE = RED_POSSIBLE - timedelta(days=1)
RED, BLUE = Colour.RED, Colour.BLUE
SUMMER = date(2027, 7, 6)


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


def say(
    source: Source, colour: Colour | None, at: time, *, day: date = RED_POSSIBLE, **more: Any
) -> None:
    moment = paris(day - timedelta(days=1), at)
    record_answers(source, [Answer(day, colour, **more)], moment)


def standing(now: datetime, *, event: str | None = None) -> list[Alert]:
    return [alert for alert in alerts_due(now) if event in (None, alert.event)]


@pytest.mark.parametrize(
    ("clock", "count"), [(time(6), 0), (time(17, 59), 0), (time(18), 1), (time(23, 59), 1)]
)
def test_unknown_is_told_from_18_00_on(clock: time, count: int) -> None:
    alerts = standing(paris(EVE, clock), event="colour_unknown")
    assert [alert.subject for alert in alerts] == ["day:2027-01-12"] * count


def test_unknown_is_told_in_the_night_too_and_urgently() -> None:
    [alert] = standing(paris(RED_POSSIBLE, time(2)), event="colour_unknown")
    assert alert.is_urgent
    assert "chance of red: " in alert.text


def test_a_colour_that_only_the_community_knows_is_not_final() -> None:
    say(Source.COULEUR_TEMPO, BLUE, time(12))
    [alert] = standing(paris(EVE, time(18)), event="colour_unknown")
    assert "not official, from api-couleur-tempo.fr" in alert.text


def test_a_final_colour_ends_it() -> None:
    say(Source.RTE_SITE, RED, time(19))
    assert standing(paris(EVE, time(19, 1)), event="colour_unknown") == []


def test_in_summer_it_is_not_urgent() -> None:
    [alert] = standing(paris(SUMMER, time(18)), event="colour_unknown")
    assert not alert.is_urgent
    assert "it cannot be red" in alert.text


def test_a_disagreement_names_who_says_what() -> None:
    say(Source.RTE_SITE, BLUE, time(11, 20))
    say(Source.EDF, RED, time(11, 25))
    [alert] = standing(paris(EVE, time(11, 30)))
    assert alert.text == (
        "Sources disagree on Tuesday 12 January: EDF: red, RTE (site): blue."
        " The day counts as possibly red."
    )
    assert alert.params["says"] == [
        {"source": "EDF", "colour": RED},
        {"source": "RTE (site)", "colour": BLUE},
    ]
    assert alert.is_urgent


def test_a_colour_that_changed_is_told_for_a_day() -> None:
    say(Source.RTE_SITE, BLUE, time(8))
    say(Source.RTE_SITE, RED, time(11, 10))
    [alert] = standing(paris(EVE, time(11, 11)))
    assert alert.text == "The colour of Tuesday 12 January changed from blue to red."
    assert (alert.event, alert.is_urgent) == ("colour_changed", True)
    assert standing(paris(RED_POSSIBLE, time(11, 11)), event="colour_changed") == []


def test_a_binding_colour_against_the_rules_is_told() -> None:
    sunday = date(2027, 1, 10)
    say(Source.RTE_SITE, RED, time(11, 20), day=sunday)
    [alert] = standing(paris(sunday, time(12)), event="colour_breaks_rule")
    assert "red is only possible on working days" in alert.text


def test_the_season_is_announced_on_its_first_day() -> None:
    first = date(2027, 9, 1)
    assert standing(paris(first, time(5, 59)), event="season_started") == []
    [alert] = standing(paris(first, time(6)), event="season_started")
    assert alert.params == {"season": "2027-2028"}
    assert standing(paris(first + timedelta(days=1)), event="season_started") == []


def test_prices_of_more_than_half_a_year_ago_are_to_be_checked() -> None:
    assert standing(paris(date(2027, 1, 31)), event="prices_old") == []
    [alert] = standing(paris(date(2027, 2, 1)), event="prices_old")
    assert "1 August 2026" in alert.text


def test_nothing_is_wrong_on_an_ordinary_day(django_assert_num_queries: Any) -> None:
    for day in (EVE, RED_POSSIBLE):
        say(Source.RTE_SITE, BLUE, time(11, 20), day=day)
    with django_assert_num_queries(5):
        assert standing(paris(EVE, time(20))) == []


def test_french(in_english: None) -> None:
    with translation.override("fr"):
        [alert] = standing(paris(EVE, time(18)), event="colour_unknown")
    assert alert.text.startswith("La couleur du mardi 12 janvier n’est pas encore définitive")
