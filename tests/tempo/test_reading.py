"""Answers are other people's: whatever they hold, a reader tells or says that it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempo.answers import Answer
from tempo.sources import couleur_tempo, edf, rte_api, rte_site
from tempo.sources.errors import SourceUnreadable
from tempo.sources.http import Reply

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
WORDS = st.sampled_from(
    ["2026-11-26", "2026-11-26-fallback", "2026-11-26T00:00:00+01:00", "RED", "TEMPO_ROUGE", "0"]
)
KEYS = WORDS | st.sampled_from(
    [
        "values",
        "tempo_like_calendars",
        "start_date",
        "value",
        "fallback",
        "content",
        "options",
        "calendrier",
        "dateApplication",
        "statut",
        "dateJour",
        "codeJour",
        "errors",
    ]
)
DOCUMENTS = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
SHAPES: list[tuple[Callable[[Any], list[Answer]], Callable[[Any], Any]]] = [
    (rte_site.read_values, lambda inner: {"values": inner}),
    (rte_api.read_calendar, lambda inner: {"tempo_like_calendars": {"values": [inner]}}),
    (edf.read_calendar, lambda inner: {"content": {"options": [{"calendrier": [inner]}]}}),
    (couleur_tempo.read_days, lambda inner: [inner]),
]


@pytest.mark.parametrize(("read", "wrap"), SHAPES)
@given(inner=DOCUMENTS)
def test_any_json_is_read_or_refused(
    read: Callable[[Any], list[Answer]], wrap: Callable[[Any], Any], inner: Any
) -> None:
    for document in (inner, wrap(inner)):
        try:
            answers = read(document)
        except SourceUnreadable:
            continue
        days = [answer.day for answer in answers]
        assert days == sorted(set(days))
        assert all(len(answer.raw.encode()) <= 300 * 3 for answer in answers)  # PostgreSQL's text


@given(body=st.binary(max_size=40))
def test_any_body_is_json_or_refused(body: bytes) -> None:
    with suppress(SourceUnreadable):
        json.dumps(Reply("somebody", 200, body).document())


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(SourceUnreadable):
        Reply("somebody", 200, b"[" * 100_000).document()


def test_what_was_said_can_be_kept() -> None:
    document = json.loads('{"values": {"2026-11-26": "\\ud800\\u0000"}}')
    [answer] = rte_site.read_values(document)
    assert answer == Answer(date(2026, 11, 26), None, raw='{"2026-11-26": "\\ud800\\u0000"}')
