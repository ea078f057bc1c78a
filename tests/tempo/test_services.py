"""Keeping statements and settling days, in PostgreSQL."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tempo.answers import Answer
from tempo.consensus import Source, Why
from tempo.days import Colour
from tempo.models import PriceGrid, SourceContact, TempoDay, TempoStatement
from tempo.selectors import colours_around, counts_before
from tempo.services import record_answers

from .said import RED_POSSIBLE, paris

pytestmark = pytest.mark.django_db
EVE = RED_POSSIBLE - timedelta(days=1)
RED, BLUE = Colour.RED, Colour.BLUE


def say(source: Source, colour: Colour | None, at: time, **changes: Any) -> None:
    record_answers(source, [Answer(RED_POSSIBLE, colour, **changes)], paris(EVE, at))


def test_the_same_said_again_is_one_row_with_a_new_moment() -> None:
    say(Source.RTE_SITE, RED, time(11, 20))
    say(Source.RTE_SITE, RED, time(12))
    row = TempoStatement.objects.get()
    assert (row.at, row.seen_at) == (paris(EVE, time(11, 20)), paris(EVE, time(12)))


def test_each_other_word_is_a_row_of_its_own() -> None:
    for colour, clock in ((None, 7), (BLUE, 8), (RED, 9), (BLUE, 10)):
        say(Source.RTE_SITE, colour, time(clock))
    say(Source.RTE_SITE, BLUE, time(11, 30))  # the same colour, but final now
    rows = TempoStatement.objects.order_by("id").values_list("colour", "is_binding")
    assert list(rows) == [
        ("", False),
        ("blue", False),
        ("red", False),
        ("blue", False),
        ("blue", True),
    ]


def test_the_day_is_settled_and_a_change_is_remembered() -> None:
    say(Source.RTE_SITE, BLUE, time(8))
    assert TempoDay.objects.get().why == Why.PROVISIONAL
    say(Source.RTE_SITE, RED, time(11, 20))
    day = TempoDay.objects.get()
    assert (day.colour, day.is_binding, day.former_colour) == ("red", True, "blue")
    assert day.changed_at == day.settled_at == paris(EVE, time(11, 20))


def test_nothing_new_changes_nothing() -> None:
    say(Source.RTE_SITE, RED, time(11, 20))
    say(Source.EDF, RED, time(12))
    say(Source.EDF, None, time(13))
    assert TempoDay.objects.get().settled_at == paris(EVE, time(11, 20))


def test_colours_around_tells_known_and_unknown_days(django_assert_num_queries: Any) -> None:
    say(Source.RTE_SITE, RED, time(11, 20))
    with django_assert_num_queries(3):
        colours = colours_around(paris(EVE, time(12)))
    assert list(colours) == [EVE + timedelta(days=n) for n in range(-1, 4)]
    assert colours[RED_POSSIBLE].is_binding
    assert colours[EVE].colour is None
    assert colours[RED_POSSIBLE + timedelta(days=1)].red_probability >= 0.75


def test_a_past_moment_is_told_as_it_was() -> None:
    say(Source.RTE_SITE, BLUE, time(8))
    say(Source.RTE_SITE, RED, time(11, 20))
    assert colours_around(paris(EVE, time(9)))[RED_POSSIBLE].colour == BLUE
    assert colours_around(paris(EVE, time(7)))[RED_POSSIBLE].colour is None


def test_counts_begin_anew_on_1_september() -> None:
    days = [Answer(RED_POSSIBLE + timedelta(days=n), RED) for n in range(3)]
    record_answers(Source.RTE_SEASON, days, paris(date(2027, 9, 2)))
    assert counts_before(date(2027, 8, 31)).red == 3
    assert counts_before(date(2027, 9, 1)) == counts_before(date(2030, 9, 1))
    rollover = colours_around(paris(date(2027, 8, 31)))
    assert rollover[date(2027, 9, 1)].may_be_red is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "green"},
        {"colour": "", "is_binding": True},
        {"is_degraded": True, "is_binding": True},
        {"source": Source.COULEUR_TEMPO, "is_binding": True},
        {"source": "rumour"},
        {"seen_at": paris(EVE, time(1))},
    ],
)
def test_the_database_refuses_a_statement_that_cannot_be(wrong: dict[str, Any]) -> None:
    at = paris(EVE, time(12))
    row = {"source": Source.EDF, "day": RED_POSSIBLE, "colour": "red", "at": at, "seen_at": at}
    with pytest.raises(IntegrityError), transaction.atomic():
        TempoStatement.objects.create(**(row | wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "green"},
        {"is_binding": True},
        {"colour": "red"},
        {"red_probability": 1.2},
        {"changed_at": paris(EVE)},
    ],
)
def test_the_database_refuses_a_day_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TempoDay.objects.create(day=EVE, settled_at=paris(EVE), **wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"spread": 1.5}, {"failures": 2}, {"fault": "down"}, {"failures": 1, "fault": "down"}],
)
def test_the_database_refuses_a_contact_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SourceContact.objects.create(source=Source.EDF, asked_at=paris(EVE), **wrong)


@pytest.mark.parametrize("wrong", [{"power_kva": 10}, {"eur_a_month": 0}, {"power_kva": 9}])
def test_the_database_refuses_a_subscription_that_cannot_be(wrong: dict[str, Any]) -> None:
    grid = PriceGrid.objects.get(starts_on=date(2026, 8, 1))
    row = {"power_kva": 24, "eur_a_month": 30}
    grid.subscriptions.filter(power_kva=24).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        grid.subscriptions.create(**(row | wrong))
