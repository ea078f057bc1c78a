"""`fetch_tempo` and `tempo`: words, one JSON document, one line on failure."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour
from tempo.services import record_answers

from .publisher import EDF, Publisher

pytestmark = pytest.mark.django_db
TODAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 26)
NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)  # 12:00 in Paris


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def output(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def document(*words: str) -> Any:
    return json.loads(output(*words, "--json")[0])


def test_fetching_tells_who_says_what(publisher: Publisher) -> None:
    publisher.everywhere({TODAY: "BLUE", TOMORROW: "RED"})
    publisher.publish(EDF, "<html>no</html>", status=403)
    out, err = output("fetch_tempo")
    assert out.splitlines() == [
        "2026-11-25: blue, final, from RTE (site)",
        "  couleur_tempo: blue",
        "  rte_site: blue",
        "2026-11-26: red, final, from RTE (site)",
        "  couleur_tempo: red",
        "  rte_site: red",
    ]
    assert err == "EDF: EDF refuses to answer (HTTP 403).\n"


def test_fetching_one_day_as_json(publisher: Publisher) -> None:
    past = date(2026, 11, 20)
    publisher.everywhere({past: "WHITE"})
    told = document("fetch_tempo", "--date", "2026-11-20")
    [day] = told["days"]
    assert (day["day"], day["colour"], day["is_binding"]) == ("2026-11-20", "white", True)
    assert [one["source"] for one in told["sources"]] == [
        "rte_site",
        "edf",
        "couleur_tempo",
        "rte_season",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tomorrow", "is no date: write it as 2026-11-26"),
        ("2026-11-27", r"to tomorrow \(2026-11-26\), not of 2026-11-27"),
        ("2014-08-31", "colours are known from 2014-09-01"),
    ],
)
def test_a_day_that_nobody_knows_is_refused(text: str, said: str, publisher: Publisher) -> None:
    with pytest.raises(CommandError, match=said):
        output("fetch_tempo", "--date", text)
    assert publisher.asked == []


def test_no_answer_at_all_is_one_line(publisher: Publisher) -> None:
    publisher.down()
    with pytest.raises(CommandError, match="no source answered"):
        output("fetch_tempo")


def test_no_source_at_all_is_one_line(settings: Settings) -> None:
    for name in ("RTE_API_URL", "RTE_SITE_URL", "EDF_URL", "COULEUR_TEMPO_URL"):
        setattr(settings, name, "")
    with pytest.raises(CommandError, match="every source is switched off"):
        output("fetch_tempo")


def test_the_season_in_words() -> None:
    days = [Answer(TODAY, Colour.WHITE), Answer(TOMORROW, Colour.RED)]
    record_answers(Source.RTE_SITE, days, datetime(2026, 11, 25, 10, 30, tzinfo=UTC))
    assert output("tempo")[0].splitlines() == [
        "Season 2026-2027",
        "  blue    0 used, 300 left",
        "  white   1 used,  42 left",
        "  red     1 used,  21 left",
        "  85 days until today are not known",
        "Today: white, final, from RTE (site)",
        "Tomorrow: red, final, from RTE (site)",
    ]


def test_a_past_season_as_json() -> None:
    answers = [Answer(date(2024, 1, 9), Colour.RED)]
    record_answers(Source.RTE_SEASON, answers, NOON)
    told = document("tempo", "--season", "2023-2024")
    assert told["now"] is None
    assert told["days"] == [{"day": "2024-01-09", "colour": "red", "is_binding": True}]
    assert told["left"] == {"blue": 301, "white": 43, "red": 21}
    assert told["unknown_days"] == 365


@pytest.mark.parametrize(
    ("label", "said"),
    [("2027-2028", "has not begun"), ("2026", "write two years"), ("2010-2011", "before")],
)
def test_a_season_that_there_is_not(label: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        output("tempo", "--season", label)
