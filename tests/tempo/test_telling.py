"""Alerts become notices: once each, and over when they are over."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from notifications.events import Event
from notifications.models import Notification
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour
from tempo.models import PriceGrid
from tempo.services import record_answers
from tempo.telling import tell_alerts

from .said import RED_POSSIBLE, paris

pytestmark = pytest.mark.django_db
EVE = RED_POSSIBLE - timedelta(days=1)
RED, BLUE = Colour.RED, Colour.BLUE


@pytest.fixture(autouse=True)
def today_is_blue() -> None:
    record_answers(Source.RTE_SITE, [Answer(EVE, BLUE)], paris(EVE - timedelta(days=1)))


def say(source: Source, colour: Colour, at: datetime) -> None:
    record_answers(source, [Answer(RED_POSSIBLE, colour)], at)


def told(event: Event) -> list[Notification]:
    return list(Notification.objects.filter(event=event))


def test_unknown_at_18_is_told_once_and_over_when_it_is_known() -> None:
    tell_alerts(paris(EVE, time(17, 59)))
    assert told(Event.COLOUR_UNKNOWN) == []
    for minute in range(3):
        tell_alerts(paris(EVE, time(18, minute)))
    [notice] = told(Event.COLOUR_UNKNOWN)
    assert (notice.times, notice.subject) == (1, "day:2027-01-12")
    say(Source.RTE_SITE, RED, paris(EVE, time(21, 55)))
    tell_alerts(paris(EVE, time(21, 56)))
    [notice] = told(Event.COLOUR_UNKNOWN)
    assert (notice.recovered_at is not None, notice.params["colour"]) == (True, "red")


def test_a_day_that_stays_unknown_is_not_told_as_known() -> None:
    tell_alerts(paris(EVE, time(18)))
    tell_alerts(paris(RED_POSSIBLE, time(12)))
    assert told(Event.COLOUR_UNKNOWN)[0].closed_at is None
    tell_alerts(paris(RED_POSSIBLE + timedelta(days=1), time(12)))
    [notice] = [one for one in told(Event.COLOUR_UNKNOWN) if one.subject == "day:2027-01-12"]
    assert (notice.closed_at is not None, notice.recovered_at) == (True, None)


def test_a_disagreement_is_told_with_who_says_what_and_ends() -> None:
    say(Source.RTE_SITE, BLUE, paris(EVE, time(11, 20)))
    say(Source.EDF, RED, paris(EVE, time(11, 25)))
    tell_alerts(paris(EVE, time(11, 30)))
    [notice] = told(Event.COLOUR_DISPUTED)
    assert notice.params["says"][0] == {"source": "EDF", "colour": "red"}
    say(Source.EDF, BLUE, paris(EVE, time(11, 40)))
    tell_alerts(paris(EVE, time(11, 41)))
    assert told(Event.COLOUR_DISPUTED)[0].recovered_at is not None


def test_a_colour_that_changed_at_11_10_is_told_once() -> None:
    say(Source.RTE_SITE, BLUE, paris(EVE, time(8)))
    say(Source.RTE_SITE, RED, paris(EVE, time(11, 10)))
    for minute in (11, 12):
        tell_alerts(paris(EVE, time(11, minute)))
    [notice] = told(Event.COLOUR_CHANGED)
    assert (notice.params["before"], notice.params["colour"]) == ("blue", "red")


def test_new_prices_are_told_once_and_old_ones_until_they_are_replaced() -> None:
    old = paris(date(2027, 2, 3))
    record_answers(Source.PERSON, [Answer(date(2027, 2, d), BLUE) for d in (3, 4)], old)
    tell_alerts(old)
    assert len(told(Event.PRICES_OLD)) == 1
    prices = dict.fromkeys(("blue_hc", "blue_hp", "white_hc", "white_hp", "red_hc", "red_hp"), 20)
    PriceGrid.objects.create(starts_on=date(2027, 2, 1), **prices)
    tell_alerts(old)
    assert told(Event.PRICES_OLD)[0].recovered_at is not None
    assert [one.subject for one in told(Event.PRICES_CHANGED)] == ["prices:2027-02-01"]


def test_a_quiet_run_is_few_queries(django_assert_num_queries: Any) -> None:
    say(Source.RTE_SITE, BLUE, paris(EVE, time(11, 20)))
    with django_assert_num_queries(7):
        tell_alerts(paris(EVE, time(20)))
    assert not Notification.objects.exists()
