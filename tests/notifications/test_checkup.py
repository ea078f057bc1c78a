"""Findings, and checks that fail without hiding the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import connection
from django.utils.translation import gettext_lazy, override

from notifications.checkup import OWN, Catalogue, Finding, State, each, worst_first
from tests.rows import NOON

SKY = Catalogue({"sky.sun": gettext_lazy("yes"), "sky.rain": gettext_lazy("no")})


def sun(_now: datetime) -> Iterator[Finding]:
    yield SKY.well("sky.sun", "It shines.")


def broken_check(_now: datetime) -> Iterator[Finding]:
    yield SKY.unsure("sky.rain", "Perhaps.")
    raise ValueError("a cloud\nwith more behind it")


def slow_question(_now: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        cursor.execute("SELECT pg_sleep(5)")
    yield SKY.well("sky.sun")


def test_a_check_that_fails_is_a_finding_and_the_others_go_on() -> None:
    found = list(each((broken_check, sun), NOON))
    assert [one.code for one in found] == ["sky.rain", "checkup.failed", "sky.sun"]
    assert found[1].finding == "ValueError: a cloud"
    assert found[1].subject == "broken_check"


def test_a_code_without_a_title_is_such_a_failure() -> None:
    def nameless(_now: datetime) -> Iterator[Finding]:
        yield SKY.well("sky.snow")

    assert [one.code for one in each((nameless,), NOON)] == ["checkup.failed"]


@pytest.mark.django_db
def test_a_question_that_takes_too_long_is_a_finding() -> None:
    [late] = each((slow_question,), NOON)
    assert (late.code, late.subject) == ("checkup.late", "slow_question")


def test_the_worst_comes_first_and_equals_keep_their_order() -> None:
    codes = ["well", "broken", "unsure", "warning", "broken"]
    found = [Finding(f"{n}", "", State(code)) for n, code in enumerate(codes)]
    assert [one.code for one in worst_first(found)] == ["1", "4", "3", "2", "0"]


def test_words_follow_the_language() -> None:
    finding = OWN.well("database.away")
    words = {}
    for language in ("en", "fr"):
        with override(language):
            words[language] = (finding.word, OWN.well("checkup.late").title)
    assert words["en"] == ("Well", "A check that took too long")
    assert set(words["en"]).isdisjoint(words["fr"])
