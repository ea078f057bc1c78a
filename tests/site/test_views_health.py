"""healthz: whether database and broker answer, for machines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from marstek_site.health import KEEP_S, MEMO, Health, look
from marstek_site.memo import Memo
from tests import rows

URL = reverse("site:healthz")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    MEMO.forget()
    yield
    MEMO.forget()


def test_all_is_well(anybody: Client) -> None:
    rows.battery(at=timezone.now() + timedelta(seconds=10))
    response = anybody.get(URL)
    said = response.json()
    assert response.status_code == 200
    assert 9 < said.pop("last_poll_age_s") < 15
    assert said == {"status": "ok", "database": True, "broker": True}


def test_without_batteries_there_is_no_age(anybody: Client) -> None:
    assert anybody.get(URL).json()["last_poll_age_s"] is None


def test_a_broker_that_is_away_is_503(anybody: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = anybody.get(URL)
    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "database": True,
        "broker": False,
        "last_poll_age_s": None,
    }


def test_a_database_that_fails_is_503_without_its_words(anybody: Client) -> None:
    """The table is gone for the length of this transaction: as near to "away" as a test gets."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE batteries_battery RENAME TO gone")
    response = anybody.get(URL)
    assert response.status_code == 503
    assert response.json()["database"] is False
    assert "gone" not in response.content.decode()


def test_many_questions_are_one_look(anybody: Client, django_assert_num_queries: object) -> None:
    anybody.get(URL)
    with django_assert_num_queries(0):  # type: ignore[operator]
        for _question in range(20):
            assert anybody.get(URL).status_code == 200


def test_who_asks_during_a_look_gets_the_answer_before() -> None:
    memo = Memo(look, KEEP_S, Health(database=False, broker=False))
    assert memo._looking.acquire(blocking=False)
    assert memo.current() == Health(database=False, broker=False)
