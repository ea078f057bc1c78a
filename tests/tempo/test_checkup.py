"""What a check-up finds about colours and prices."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import translation
from pytest_django.fixtures import Settings

from notifications.checkup import Finding, State
from tempo.answers import Answer
from tempo.checkup import findings
from tempo.consensus import Source
from tempo.days import Colour
from tempo.fetching import fetch_due
from tempo.models import PriceGrid
from tempo.seasons import Season
from tempo.services import record_answers

from .publisher import EDF, TOKEN, Publisher
from .said import RED_POSSIBLE, paris

pytestmark = pytest.mark.django_db
EVE = RED_POSSIBLE - timedelta(days=1)
NOON = paris(EVE)
URLS = ("RTE_API_URL", "RTE_SITE_URL", "EDF_URL", "COULEUR_TEMPO_URL")


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


def found(code: str, now: Any = NOON) -> list[Finding]:
    return [finding for finding in findings(now) if finding.code == f"tempo.{code}"]


def only(code: str, now: Any = NOON) -> Finding:
    [finding] = found(code, now)
    return finding


def test_all_is_well_where_everything_is_known(publisher: Publisher) -> None:
    days = [day for day in Season(2026).days() if day <= RED_POSSIBLE]
    publisher.everywhere(dict.fromkeys(days, "BLUE"))
    fetch_due(NOON)
    states = {finding.code: finding.state for finding in findings(NOON)}
    assert set(states.values()) == {State.WELL}
    assert set(states) == {f"tempo.{c}" for c in ("asked", "source", "colours", "season", "prices")}


def test_a_fresh_start_waits_for_its_first_question() -> None:
    assert only("asked").state == State.UNSURE
    assert found("source") == []


def test_nobody_was_asked_for_a_day(publisher: Publisher) -> None:
    publisher.everywhere({})
    fetch_due(NOON)
    assert only("asked", NOON + timedelta(hours=26)).state == State.WELL
    late = only("asked", NOON + timedelta(hours=27))
    assert (late.state, late.finding) == (
        State.BROKEN,
        "None was asked since 11 January 2027, 12:00.",
    )


def test_every_source_is_switched_off(settings: Settings) -> None:
    for name in URLS:
        setattr(settings, name, "")
    assert only("asked").state == State.WARNING


def test_a_source_that_fails_again_and_again(publisher: Publisher) -> None:
    publisher.everywhere({RED_POSSIBLE: "RED"})
    publisher.publish(EDF, {}, status=503)
    states = []
    for hours in range(3):
        fetch_due(NOON + timedelta(hours=2 * hours))
        [edf] = [one for one in found("source") if one.subject == "EDF"]
        states.append(edf.state)
    assert states == [State.WELL, State.WELL, State.WARNING]
    assert edf.finding == (
        "It is overloaded or down (3 times in a row). EDF is overloaded or down (HTTP 503)."
    )


def test_a_wrong_secret_is_found_at_once(publisher: Publisher, settings: Settings) -> None:
    settings.RTE_CLIENT_ID, settings.RTE_CLIENT_SECRET = "id", "wrong-secret"
    publisher.everywhere({})
    publisher.publish(TOKEN, {}, status=401)
    fetch_due(NOON)
    [api] = [one for one in found("source") if one.subject == "RTE (API)"]
    assert api.state == State.WARNING
    assert "copy both again" in api.finding
    assert "wrong-secret" not in repr(api)


def test_an_unknown_colour_in_the_evening_and_a_disagreement() -> None:
    assert only("colours", paris(EVE, time(18))).state == State.WARNING
    for source, colour in ((Source.RTE_SITE, Colour.BLUE), (Source.EDF, Colour.RED)):
        record_answers(source, [Answer(RED_POSSIBLE, colour)], NOON)
    assert "Sources disagree" in only("colours").finding


def test_gaps_of_the_season() -> None:
    finding = only("season")
    assert (finding.state, finding.look) == (State.UNSURE, "manage.py tempo")
    assert "not known yet: 133" in finding.finding


def test_prices_that_are_old_and_none_at_all() -> None:
    assert only("prices", paris(date(2027, 1, 30))).state == State.WELL
    assert only("prices", paris(date(2027, 2, 2))).state == State.UNSURE
    PriceGrid.objects.all().delete()
    assert only("prices").state == State.BROKEN
