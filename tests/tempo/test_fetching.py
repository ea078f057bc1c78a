"""A day of questions: real HTTP, real PostgreSQL, moments given by the test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django.fixtures import Settings

from tempo.asking import claim, contact_with
from tempo.backfill import seasons_with_gaps
from tempo.billing import charge_cases
from tempo.consensus import Source, Why
from tempo.days import Colour
from tempo.fetching import fetch_days, fetch_due
from tempo.models import SourceContact, TempoDay, TempoStatement
from tempo.seasons import Season
from tempo.selectors import colours_around
from tempo.tasks import fetch_colours

from .publisher import (
    API,
    COMMUNITY,
    DAILY,
    EDF,
    LIGHT,
    SEASON,
    TOKEN,
    Publisher,
    community,
    edf,
    site,
)
from .said import RED_POSSIBLE, paris

pytestmark = pytest.mark.django_db
EVE = RED_POSSIBLE - timedelta(days=1)
TICK, HOUR = timedelta(minutes=5), timedelta(hours=1)


def colour_of(day: date = RED_POSSIBLE) -> TempoDay:
    return TempoDay.objects.get(day=day)


def ticks(first: datetime, last: datetime, every: timedelta = TICK) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += every


def run(first: time, last: time, *, day: date = EVE, every: timedelta = TICK) -> None:
    """The periodic task from `first` to `last`."""
    for now in ticks(paris(day, first), paris(day, last), every):
        fetch_due(now)


@pytest.fixture(autouse=True)
def no_seasons(settings: Settings, publisher: Publisher, request: pytest.FixtureRequest) -> None:
    """Past seasons are filled already, unless a test is about them."""
    if "seasons" not in request.keywords:
        SourceContact.objects.bulk_create(
            SourceContact(
                source=Source.RTE_SEASON, topic=Season(year).label, asked_at=paris(date(2030, 1, 1))
            )
            for year in range(2014, 2027)
        )


def test_a_day_becomes_known_provisional_and_final(publisher: Publisher) -> None:
    publisher.everywhere({EVE: "BLUE"})
    run(time(6, 10), time(7), every=5 * TICK)
    assert colour_of(EVE).is_binding
    assert colour_of().colour == ""
    publisher.everywhere({EVE: "BLUE", RED_POSSIBLE: "RED"})
    run(time(8), time(11), every=HOUR)
    assert (colour_of().colour, colour_of().why) == ("red", Why.PROVISIONAL)
    run(time(11, 15), time(11, 30))
    assert (colour_of().colour, colour_of().why) == ("red", Why.BINDING)


def test_a_colour_that_changes_at_11_10_is_noticed(publisher: Publisher) -> None:
    publisher.everywhere({RED_POSSIBLE: "BLUE"})
    run(time(6, 10), time(11, 5), every=HOUR)
    assert colour_of().colour == "blue"
    publisher.everywhere({RED_POSSIBLE: "RED"})
    run(time(11, 10), time(11, 30))
    day = colour_of()
    assert (day.colour, day.is_binding, day.former_colour) == ("red", True, "blue")


def test_all_sources_down_for_a_day_leave_the_day_possibly_red(publisher: Publisher) -> None:
    publisher.down()
    run(time(6, 10), time(22), every=3 * HOUR)
    known = colours_around(paris(EVE, time(22)))[RED_POSSIBLE]
    assert (known.colour, known.may_be_red) == (None, True)
    assert known.red_probability > 0.3
    contact = contact_with(Source.RTE_SITE)
    assert contact is not None
    assert (contact.fault_code, contact.answered_at) == ("busy", None)
    assert contact.fault == "RTE's site is overloaded or down (HTTP 503)."
    case = charge_cases(colours_around(paris(EVE, time(22))), paris(EVE, time(22)))[RED_POSSIBLE]
    assert case.is_worth  # in the colour of a night that is not known either


def test_the_network_back_at_21_55_is_in_time(publisher: Publisher) -> None:
    publisher.down()
    run(time(12), time(20), every=2 * HOUR)
    run(time(21, 40), time(21, 50))
    publisher.everywhere({RED_POSSIBLE: "RED"})
    run(time(21, 55), time(22))
    assert (colour_of().colour, colour_of().is_binding) == ("red", True)


def test_one_source_that_lies_blue_is_outvoted(publisher: Publisher) -> None:
    publisher.everywhere({RED_POSSIBLE: "RED"})
    publisher.publish(COMMUNITY, community({RED_POSSIBLE: "BLUE"}))
    run(time(11, 15), time(11, 45))
    day = colour_of()
    assert (day.colour, day.is_binding, day.is_disputed) == ("red", True, True)


def test_one_source_that_lies_red_is_asked_again_until_it_agrees(publisher: Publisher) -> None:
    publisher.everywhere({RED_POSSIBLE: "BLUE"})
    publisher.publish(EDF, edf({RED_POSSIBLE: "RED"}))
    run(time(11, 15), time(12))
    day = colour_of()
    assert (day.is_binding, day.may_be_red, day.why) == (False, True, Why.DISPUTED)
    publisher.publish(EDF, edf({RED_POSSIBLE: "BLUE"}))
    run(time(12, 5), time(13))
    assert (colour_of().is_binding, colour_of().may_be_red) == (True, False)


def test_one_source_down_does_not_keep_the_others(publisher: Publisher) -> None:
    publisher.everywhere({RED_POSSIBLE: "RED"})
    publisher.publish(LIGHT, "<html>blocked</html>", status=403)
    run(time(11, 15), time(11, 30))
    assert (colour_of().source, colour_of().is_binding) == (Source.EDF, True)


def test_an_unknown_answer_after_a_colour_changes_nothing(publisher: Publisher) -> None:
    publisher.everywhere({RED_POSSIBLE: "RED"})
    run(time(8), time(8))
    publisher.everywhere({RED_POSSIBLE: "?"})
    run(time(11, 15), time(12))
    assert colour_of().colour == "red"


def test_a_settled_day_is_left_in_peace(publisher: Publisher) -> None:
    publisher.everywhere({EVE: "BLUE", RED_POSSIBLE: "RED"})
    run(time(6, 30), time(11, 30), every=HOUR)
    publisher.asked.clear()
    run(time(12, 5), time(23, 55), every=3 * HOUR)
    run(time(0), time(6), day=RED_POSSIBLE, every=3 * HOUR)
    assert publisher.asked == []


def test_a_whole_day_asks_each_source_a_few_times(publisher: Publisher) -> None:
    publisher.everywhere({EVE: "BLUE", RED_POSSIBLE: "RED"})
    run(time(6, 10), time(6, 30))
    run(time(7), time(11), every=HOUR)
    run(time(11, 10), time(11, 40))
    run(time(12), time(23), every=HOUR)
    assert {path: publisher.paths().count(path) for path in DAILY} == dict.fromkeys(DAILY, 2)


def test_a_wrong_secret_is_said_and_the_others_tell(
    publisher: Publisher, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RTE_CLIENT_ID, settings.RTE_CLIENT_SECRET = "id", "wrong-secret"
    publisher.everywhere({RED_POSSIBLE: "RED"})
    publisher.publish(TOKEN, {"error": "invalid_client"}, status=401)
    run(time(11, 15), time(11, 15))
    assert colour_of().is_binding
    contact = contact_with(Source.RTE_API)
    assert contact is not None
    assert contact.fault_code == "refused"
    assert contact.fault.endswith("copy both again from data.rte-france.com.")
    assert "wrong-secret" not in caplog.text + contact.fault
    assert API not in publisher.paths()


def test_a_tick_with_nothing_to_do_takes_four_queries(
    publisher: Publisher, django_assert_num_queries: Any
) -> None:
    publisher.everywhere({RED_POSSIBLE: "RED"})
    run(time(11, 15), time(11, 15))
    with django_assert_num_queries(4):
        fetch_due(paris(EVE, time(12)))


def test_the_task_is_the_door(publisher: Publisher) -> None:
    publisher.everywhere({EVE: "BLUE", RED_POSSIBLE: "RED"})
    with time_machine.travel(paris(EVE, time(12)), tick=False):
        fetch_colours()
    assert colour_of().is_binding


def test_the_log_has_a_line_where_a_source_begins_to_fail_and_where_it_is_back(
    publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    publisher.down()
    publisher.publish(LIGHT, site({}))
    publisher.publish(COMMUNITY, [])
    with time_machine.travel(paris(EVE, time(12)), tick=False) as clock:
        for status in (503, 503, 200):
            publisher.publish(EDF, edf({}), status=status)
            fetch_colours()
            clock.shift(HOUR)
    assert caplog.messages == ["EDF is overloaded or down (HTTP 503).", "EDF answers again."]


def test_two_processes_ask_once(publisher: Publisher) -> None:
    now = paris(EVE, time(12))
    assert claim(Source.EDF, "", None, now)
    assert not claim(Source.EDF, "", None, now)
    seen = contact_with(Source.EDF)
    assert claim(Source.EDF, "", seen, now + TICK)
    assert not claim(Source.EDF, "", seen, now + TICK)


def test_sources_that_are_switched_off_are_not_asked(
    publisher: Publisher, settings: Settings
) -> None:
    for name in ("RTE_API_URL", "RTE_SITE_URL", "EDF_URL", "COULEUR_TEMPO_URL"):
        setattr(settings, name, "")
    assert fetch_due(paris(EVE)) == []
    assert publisher.asked == []


def test_a_person_asks_everybody_at_once(publisher: Publisher) -> None:
    publisher.everywhere({EVE: "BLUE", RED_POSSIBLE: "RED"})
    now = paris(EVE, time(12))
    run(time(12), time(12))
    fetched = fetch_days(EVE, RED_POSSIBLE, now + TICK)
    assert [one.source for one in fetched] == [Source.RTE_SITE, Source.EDF, Source.COULEUR_TEMPO]
    assert TempoStatement.objects.filter(day=RED_POSSIBLE).count() == 3


def whole(season: Season, until: date) -> dict[date, str]:
    return {day: "BLUE" for day in season.days() if day <= until}


@pytest.mark.seasons
def test_past_seasons_are_filled_one_at_a_time_newest_first(publisher: Publisher) -> None:
    publisher.everywhere({EVE: "BLUE", RED_POSSIBLE: "BLUE"})
    for number, year in enumerate((2026, 2025, 2024)):
        colours = whole(Season(year), EVE)
        publisher.publish(SEASON, site(colours))
        fetch_due(paris(EVE, time(12)) + number * TICK)
        assert TempoDay.objects.filter(day=Season(year).starts_on, is_binding=True).exists()
    assert [one.query["season"] for one in publisher.asked if one.path == SEASON] == [
        ["2026-2027"],
        ["2025-2026"],
        ["2024-2025"],
    ]
    assert TempoDay.objects.count() == 365 * 2 + len(whole(Season(2026), RED_POSSIBLE))
    assert seasons_with_gaps(EVE)[-1] == Season(2023)


@pytest.mark.seasons
def test_a_season_of_zeros_overwrites_nothing_and_backs_off(publisher: Publisher) -> None:
    publisher.everywhere(whole(Season(2026), EVE))
    fetch_due(paris(EVE, time(12)))
    before = list(TempoDay.objects.values_list("day", "colour"))
    publisher.publish(SEASON, site(dict.fromkeys(Season(2025).days(), "0")))
    run(time(12, 5), time(13, 35), every=6 * TICK)
    assert list(TempoDay.objects.values_list("day", "colour")) == before
    assert publisher.paths().count(SEASON) == 2


@pytest.mark.seasons
def test_the_season_turns_on_1_september(publisher: Publisher) -> None:
    last, first = date(2027, 8, 31), date(2027, 9, 1)
    publisher.everywhere({last: "BLUE", first: "BLUE"})
    fetch_due(paris(last, time(12)))
    assert colour_of(first).is_binding
    known = colours_around(paris(first, time(12)))
    assert known[first].colour == Colour.BLUE
    assert seasons_with_gaps(last)[-1] == Season(2026)
    assert seasons_with_gaps(first)[-1] == Season(2026)  # the new one has begun without a gap
    assert seasons_with_gaps(first + timedelta(days=1))[-1] == Season(2027)


def test_29_february_is_a_day_like_others(publisher: Publisher) -> None:
    leap = date(2028, 2, 29)
    publisher.everywhere({leap: "RED"})
    fetch_due(paris(date(2028, 2, 28), time(12)))
    assert (colour_of(leap).colour, colour_of(leap).is_binding) == ("red", True)


@pytest.mark.parametrize("sunday", [date(2026, 10, 25), date(2027, 3, 28)])
def test_clock_change_sundays(publisher: Publisher, settings: Settings, sunday: date) -> None:
    settings.RTE_CLIENT_ID, settings.RTE_CLIENT_SECRET = "id", "secret"
    monday = sunday + timedelta(days=1)
    offsets = {date(2026, 10, 25): ("+02:00", "+01:00"), date(2027, 3, 28): ("+01:00", "+02:00")}
    values: list[dict[str, Any]] = [
        {"start_date": f"{day}T00:00:00{offset}", "value": "BLUE"}
        for day, offset in zip((sunday, monday), offsets[sunday], strict=True)
    ]
    publisher.publish(TOKEN, {"access_token": "abc"})
    publisher.publish(API, {"tempo_like_calendars": {"values": values[::-1]}})
    fetch_due(paris(sunday, time(12)))
    found = {row.day: (row.colour, row.is_binding) for row in TempoDay.objects.all()}
    assert found == {sunday: ("blue", True), monday: ("blue", True)}
    assert colours_around(paris(sunday, time(12)))[monday].colour == Colour.BLUE
