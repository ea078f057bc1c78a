"""api-couleur-tempo.fr: a volunteer's service that reads RTE's site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ..answers import Answer, for_days, one_a_day
from ..consensus import Source
from .http import ask
from .reading import colour_code, excerpt, iso_date, part

NAME = "api-couleur-tempo.fr"


class CouleurTempo:
    """Rows exist before their colour is known: 200 with code 0 is no answer."""

    source = Source.COULEUR_TEMPO

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/joursTempo"

    def ask(self, first: date, last: date) -> list[Answer]:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        reply = ask(NAME, self._url, params={"dateJour[]": [day.isoformat() for day in days]})
        answers = [] if reply.status == 404 else read_days(reply.document())
        return for_days(answers, first, last)


def read_days(document: Any) -> list[Answer]:
    """[{"dateJour": "2026-11-23", "codeJour": 1}]"""
    return one_a_day(_answers(part(NAME, document, kind=list)))


def _answers(rows: list[Any]) -> Iterable[Answer]:
    for row in rows:
        day = iso_date(row.get("dateJour")) if isinstance(row, dict) else None
        if day is not None:
            yield Answer(day, colour_code(row.get("codeJour")), raw=excerpt(row))
