"""Colours and prices in the admin site."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tempo.answers import Answer
from tempo.consensus import Source, Why
from tempo.days import Colour
from tempo.models import PriceGrid, SourceContact, TempoDay, TempoStatement
from tempo.services import record_answers
from tests.rows import NOON  # 23 November 2026, 12:00 in Paris

ADD = reverse("admin:tempo_tempostatement_add")
TOMORROW = date(2026, 11, 24)
GRID = {
    "starts_on": "2027-02-01",
    **dict.fromkeys(("blue_hc", "blue_hp", "white_hc", "white_hp", "red_hc", "red_hp"), "10.5"),
    "source": "my bill",
    "subscriptions-TOTAL_FORMS": "1",
    "subscriptions-INITIAL_FORMS": "0",
    "subscriptions-0-power_kva": "9",
    "subscriptions-0-eur_a_month": "20.10",
}


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def test_a_person_enters_a_colour_and_it_counts_as_final(administrator: Client) -> None:
    response = administrator.post(ADD, {"day": "2026-11-24", "colour": "red"})
    assert response.status_code == 302
    said = TempoStatement.objects.get()
    assert (said.source, said.is_binding, str(said.said_by)) == ("person", True, "administrator")
    day = TempoDay.objects.get()
    assert (day.colour, day.why, day.is_binding) == ("red", Why.PERSON, True)


@pytest.mark.parametrize(
    ("day", "colour", "words"),
    [
        ("2026-11-22", "red", "red is only possible on working days"),
        ("2026-11-22", "white", "Sundays are always blue"),
        ("2026-11-25", "blue", "Colours are known from"),
        ("2010-01-01", "blue", "Colours are known from"),
        ("yesterday", "blue", "Enter a valid date"),
        ("2026-11-24", "", "This field is required"),
        ("2026-11-24", "green", "not one of the available choices"),
    ],
)
def test_a_colour_that_cannot_be_is_explained(
    administrator: Client, day: str, colour: str, words: str
) -> None:
    response = administrator.post(ADD, {"day": day, "colour": colour})
    assert words in response.content.decode()
    assert not TempoStatement.objects.exists()


def test_what_was_said_cannot_be_changed_or_deleted(administrator: Client) -> None:
    record_answers(Source.RTE_SITE, [Answer(TOMORROW, Colour.RED)], NOON)
    said = TempoStatement.objects.get()
    change = reverse("admin:tempo_tempostatement_change", args=[said.pk])
    assert administrator.get(change).status_code == 200
    assert administrator.post(change, {"day": "2026-11-24", "colour": "blue"}).status_code == 403
    delete = reverse("admin:tempo_tempostatement_delete", args=[said.pk])
    assert administrator.post(delete, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["tempostatement", "tempoday", "sourcecontact", "pricegrid"])
@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_as_many_queries_for_one_as_for_three(
    administrator: Client, name: str, count: int, django_assert_max_num_queries: Any
) -> None:
    days = [Answer(TOMORROW - timedelta(days=n), Colour.BLUE) for n in range(count)]
    record_answers(Source.RTE_SITE, days, NOON)
    for number in range(count):
        SourceContact.objects.create(source=Source.EDF, topic=str(number), asked_at=NOON)
    url = reverse(f"admin:tempo_{name}_changelist")
    administrator.get(url)
    with django_assert_max_num_queries(9):
        assert administrator.get(url).status_code == 200


def test_an_operator_looks_and_enters_nothing(operator: Client) -> None:
    assert operator.get(reverse("admin:tempo_tempoday_changelist")).status_code == 200
    assert operator.get(ADD).status_code == 403
    assert operator.get(reverse("admin:tempo_pricegrid_add")).status_code == 403


def test_a_new_grid_is_entered_by_hand(administrator: Client) -> None:
    response = administrator.post(reverse("admin:tempo_pricegrid_add"), GRID)
    assert response.status_code == 302
    grid = PriceGrid.objects.get(starts_on=date(2027, 2, 1))
    assert float(grid.red_hp) == 10.5
    assert [str(one) for one in grid.subscriptions.all()] == ["9 kVA"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"red_hp": "0"}, "greater than or equal to 0.01"),
        ({"red_hp": "-1"}, "greater than or equal to 0.01"),
        ({"red_hp": "72,95 EUR"}, "Enter a number"),
        ({"starts_on": "2026-08-01"}, "already exists"),
        ({"subscriptions-0-power_kva": "10"}, "not one of the available choices"),
    ],
)
def test_a_wrong_price_is_explained(
    administrator: Client, changes: dict[str, str], words: str
) -> None:
    response = administrator.post(reverse("admin:tempo_pricegrid_add"), GRID | changes)
    assert words in response.content.decode()


def test_the_last_grid_stays(administrator: Client) -> None:
    newest = PriceGrid.objects.first()
    assert newest is not None
    PriceGrid.objects.exclude(pk=newest.pk).delete()
    url = reverse("admin:tempo_pricegrid_delete", args=[newest.pk])
    assert administrator.post(url, {"post": "yes"}).status_code == 403
