"""Each source against a real HTTP server: what it publishes, and everything else it may answer."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tempo.answers import Answer
from tempo.days import Colour
from tempo.sources import http
from tempo.sources.catalogue import ColourSource
from tempo.sources.couleur_tempo import CouleurTempo
from tempo.sources.edf import Edf
from tempo.sources.errors import (
    SourceBusy,
    SourceFailed,
    SourceRefused,
    SourceUnreachable,
    SourceUnreadable,
)
from tempo.sources.rte_api import RteApi, read_calendar
from tempo.sources.rte_site import RteSeason, RteSite, read_values

from .publisher import (
    API,
    COMMUNITY,
    EDF,
    LIGHT,
    SEASON,
    TOKEN,
    Publisher,
    api,
    community,
    edf,
    site,
)

TODAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 26)
COLOURS = {TODAY: "BLUE", TOMORROW: "RED"}
BLUE, WHITE, RED = Colour.BLUE, Colour.WHITE, Colour.RED
SECRET = "s3cr3t-of-the-household"


def rte(publisher: Publisher) -> RteApi:
    publisher.publish(TOKEN, {"access_token": "abc", "token_type": "Bearer", "expires_in": 7200})
    return RteApi(publisher.url, "an-id", SECRET)


def source_at(path: str, publisher: Publisher) -> ColourSource:
    """The source that asks this path."""
    if path == API:
        return rte(publisher)
    classes: dict[str, Callable[[str], ColourSource]] = {
        LIGHT: RteSite,
        SEASON: RteSeason,
        EDF: Edf,
        COMMUNITY: CouleurTempo,
    }
    return classes[path](publisher.url)


def published(path: str, colours: dict[date, str]) -> Any:
    return {LIGHT: site, SEASON: site, EDF: edf, COMMUNITY: community, API: api}[path](colours)


def told(answers: list[Answer]) -> dict[date, Colour | None]:
    return {answer.day: answer.colour for answer in answers}


PATHS = [LIGHT, EDF, COMMUNITY, API]


@pytest.mark.parametrize("path", PATHS)
def test_what_each_source_publishes_is_read(path: str, publisher: Publisher) -> None:
    source = source_at(path, publisher)
    publisher.publish(path, published(path, COLOURS))
    answers = source.ask(TODAY, TOMORROW)
    assert told(answers) == {TODAY: BLUE, TOMORROW: RED}
    assert not any(answer.is_degraded for answer in answers)
    assert all(answer.raw for answer in answers)


@pytest.mark.parametrize("path", PATHS)
def test_a_day_that_is_not_published_is_unknown(path: str, publisher: Publisher) -> None:
    source = source_at(path, publisher)
    for document in (
        published(path, {TODAY: "BLUE"}),
        published(path, {TODAY: "BLUE", TOMORROW: "?"}),
    ):
        publisher.publish(path, document)
        assert told(source.ask(TODAY, TOMORROW)) == {TODAY: BLUE, TOMORROW: None}


@pytest.mark.parametrize("path", [*PATHS, SEASON])
@pytest.mark.parametrize(
    ("document", "status", "error"),
    [
        ("<html><h1>Access denied</h1></html>", 200, SourceUnreadable),
        ("<html><h1>Access denied</h1></html>", 403, SourceRefused),
        ("<?xml version='1.0'?><tempo/>", 200, SourceUnreadable),
        ("not json", 200, SourceUnreadable),
        ("", 200, SourceUnreadable),
        ("null", 200, SourceUnreadable),
        ("[]", 200, SourceUnreadable),
        ({"values": [], "tempo_like_calendars": []}, 200, SourceUnreadable),
        ({"error": "x"}, 429, SourceBusy),
        ({"error": "COMMON_ERROR_T03"}, 500, SourceBusy),
        ("<h1>maintenance</h1>", 503, SourceBusy),
        ({"error": "limit"}, 509, SourceBusy),
        ({"error": "x"}, 413, SourceUnreadable),
    ],
)
def test_any_other_answer_is_one_line(
    path: str, document: Any, status: int, error: type[SourceFailed], publisher: Publisher
) -> None:
    source = source_at(path, publisher)
    publisher.publish(path, document, status=status)
    if (path, document) == (COMMUNITY, "[]"):
        assert told(source.ask(TODAY, TOMORROW)) == {TODAY: None, TOMORROW: None}
        return
    with pytest.raises(error) as caught:
        source.ask(TODAY, TOMORROW + timedelta(days=3))
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("path", PATHS)
def test_silence_is_said_after_the_time_out(
    path: str, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ_S", 0.05)
    source = source_at(path, publisher)
    publisher.publish(path, "", hangs=True)
    with pytest.raises(SourceUnreachable, match="did not answer within"):
        source.ask(TODAY, TOMORROW)


def test_no_way_there_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(SourceUnreachable, match="cannot be reached: check"):
            RteSite(url).ask(TODAY, TOMORROW)


def test_an_endless_answer_is_cut_off(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LARGEST_BYTES", 1000)
    publisher.publish(LIGHT, " " * 2000)
    with pytest.raises(SourceUnreadable, match="more than"):
        RteSite(publisher.url).ask(TODAY, TOMORROW)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_wrong_client_secret_is_one_clear_line(
    status: int, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = rte(publisher)
    publisher.publish(TOKEN, {"error": "invalid_client", "echo": SECRET}, status=status)
    with pytest.raises(SourceRefused) as caught:
        source.ask(TODAY, TOMORROW)
    assert str(caught.value) == (
        f"RTE's API refuses RTE_CLIENT_ID and RTE_CLIENT_SECRET (HTTP {status}): "
        "copy both again from data.rte-france.com."
    )
    assert SECRET not in caplog.text


def test_a_missing_subscription_is_said_apart(publisher: Publisher) -> None:
    source = rte(publisher)
    publisher.publish(API, {"error": "x"}, status=403)
    with pytest.raises(SourceRefused, match="subscribe the application"):
        source.ask(TODAY, TOMORROW)


def test_rte_is_asked_with_token_offsets_and_an_end_of_two_days(publisher: Publisher) -> None:
    source = rte(publisher)
    publisher.publish(API, api(COLOURS))
    source.ask(date(2026, 10, 25), date(2026, 10, 26))
    token, calendar = publisher.asked
    assert token.headers["Authorization"].startswith("Basic ")
    assert calendar.headers["Authorization"] == "Bearer abc"
    assert calendar.headers["Accept"] == "application/json"
    assert calendar.query == {
        "start_date": ["2026-10-25T00:00:00+02:00"],
        "end_date": ["2026-10-27T00:00:00+01:00"],
        "fallback_status": ["true"],
    }


def test_rte_is_never_asked_for_more_than_366_days(publisher: Publisher) -> None:
    source = rte(publisher)
    publisher.publish(API, api(COLOURS))
    source.ask(date(2025, 9, 1), TOMORROW)
    spans = [
        date.fromisoformat(one.query["end_date"][0][:10])
        - date.fromisoformat(one.query["start_date"][0][:10])
        for one in publisher.asked
        if one.path == API
    ]
    assert spans == [timedelta(days=366), timedelta(days=86)]


def test_asking_rte_too_early_means_not_published_yet(publisher: Publisher) -> None:
    source = rte(publisher)
    publisher.publish(API, {"error": "TMPLIKSUPCON_TMPLIKCAL_F04"}, status=400)
    assert told(source.ask(TODAY, TOMORROW)) == {TODAY: None, TOMORROW: None}
    publisher.publish(API, {"error": "TMPLIKSUPCON_TMPLIKCAL_F06"}, status=400)
    with pytest.raises(SourceUnreadable):
        source.ask(TODAY, TOMORROW)


def test_a_day_of_rte_without_value_is_unknown() -> None:
    document = api({TOMORROW: "RED"})
    del document["tempo_like_calendars"]["values"][0]["value"]
    assert told(read_calendar(document)) == {TOMORROW: None}


@pytest.mark.parametrize("flag", [True, "true"])
def test_degraded_mode_is_told(flag: object) -> None:
    [answer] = read_calendar(api({TOMORROW: "RED"}, fallback=flag))
    assert (answer.colour, answer.is_degraded) == (RED, True)
    [shown] = read_values(site({TOMORROW: "RED"}, degraded=True))
    assert (shown.colour, shown.is_degraded) == (RED, True)


def test_days_twice_and_out_of_order() -> None:
    document = api({TODAY: "BLUE", TOMORROW: "WHITE"})
    values = document["tempo_like_calendars"]["values"]
    values += [values[0], {"start_date": "nonsense", "value": "RED"}, "nonsense"]
    assert told(read_calendar(document)) == {TODAY: BLUE, TOMORROW: WHITE}


def test_a_day_told_in_two_colours_is_degraded_and_red() -> None:
    values = api({TOMORROW: "BLUE"})["tempo_like_calendars"]["values"]
    values += api({TOMORROW: "RED"})["tempo_like_calendars"]["values"]
    for order in (values, values[::-1]):
        [answer] = read_calendar({"tempo_like_calendars": {"values": order}})
        assert (answer.colour, answer.is_degraded) == (RED, True)


@pytest.mark.parametrize(
    ("start", "day"),
    [
        ("2027-03-28T00:00:00+01:00", date(2027, 3, 28)),
        ("2027-03-29T00:00:00+02:00", date(2027, 3, 29)),
        ("2026-10-25T00:00:00+02:00", date(2026, 10, 25)),
        ("2026-10-26T00:00:00+01:00", date(2026, 10, 26)),
        ("2026-10-26T00:00:00+02:00", date(2026, 10, 26)),  # the summer's offset, a day too long
        ("2026-10-24T22:00:00+00:00", date(2026, 10, 25)),
        ("2026-10-25T23:00:00Z", date(2026, 10, 26)),
    ],
)
def test_bounds_around_clock_changes_name_their_day(start: str, day: date) -> None:
    values = [{"start_date": start, "value": "BLUE"}]
    assert told(read_calendar({"tempo_like_calendars": {"values": values}})) == {day: BLUE}


def test_code_zero_and_a_label_without_code_are_unknown(publisher: Publisher) -> None:
    rows = [
        {"dateJour": TODAY.isoformat(), "codeJour": 0, "libCouleur": "Rouge"},
        {"dateJour": TOMORROW.isoformat(), "codeJour": "3"},
    ]
    publisher.publish(COMMUNITY, rows)
    source = CouleurTempo(publisher.url)
    assert told(source.ask(TODAY, TOMORROW)) == {TODAY: None, TOMORROW: None}
    publisher.publish(COMMUNITY, {"error": "no row"}, status=404)
    assert told(source.ask(TODAY, TODAY)) == {TODAY: None}


def test_a_season_of_zeros_is_a_fault_and_no_answer(publisher: Publisher) -> None:
    first, last = date(2026, 9, 1), TOMORROW
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    source = RteSeason(publisher.url)
    publisher.publish(SEASON, site(dict.fromkeys(days, "0")))
    with pytest.raises(SourceUnreadable, match="no colour for season 2026-2027"):
        source.ask(first, last)
    publisher.publish(SEASON, site(dict.fromkeys(days[:-1], "BLUE")))
    assert len(source.ask(first, last)) == len(days) - 1
    assert publisher.asked[-1].query == {"season": ["2026-2027"]}


def test_an_error_inside_edf_s_answer(publisher: Publisher) -> None:
    publisher.publish(EDF, {"errors": [{"code": "500"}], "content": None})
    with pytest.raises(SourceUnreadable, match="EDF answered with an error"):
        Edf(publisher.url).ask(TODAY, TOMORROW)
    publisher.publish(EDF, {"errors": [], "content": {"options": []}})
    with pytest.raises(SourceUnreadable, match="another shape"):
        Edf(publisher.url).ask(TODAY, TOMORROW)
