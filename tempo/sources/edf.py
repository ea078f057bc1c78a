"""The calendar of EDF's customer site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from ..answers import Answer, for_days, one_a_day
from ..consensus import Source
from .errors import SourceUnreadable
from .http import ask
from .reading import colour_word, excerpt, iso_date, part

NAME = "EDF"
PATH = "/commerce/activet/v1/calendrier-jours-effacement"
HEADERS = {"application-origine-controlee": "site_RC", "situation-usage": "Jours Effacement"}


class Edf:
    """What EDF shows its customers."""

    source = Source.EDF

    def __init__(self, base_url: str) -> None:
        self._url = base_url + PATH

    def ask(self, first: date, last: date) -> list[Answer]:
        params: dict[str, str | list[str]] = {
            "option": "TEMPO",
            "dateApplicationBorneInf": first.isoformat(),
            "dateApplicationBorneSup": last.isoformat(),
            "identifiantConsommateur": "src",
        }
        document = ask(NAME, self._url, params=params, headers=HEADERS).document()
        return for_days(read_calendar(document), first, last)


def read_calendar(document: Any) -> list[Answer]:
    """{"errors": [], "content": {"options": [{"calendrier": [{"dateApplication", "statut"}]}]}}"""
    if isinstance(document, dict) and document.get("errors") and not document.get("content"):
        raise SourceUnreadable(f"{NAME} answered with an error of its own.")
    options = part(NAME, document, "content", "options", kind=list)
    rows = part(NAME, options[0] if options else None, "calendrier", kind=list)
    return one_a_day(_answers(rows))


def _answers(rows: list[Any]) -> Iterable[Answer]:
    for row in rows:
        day = iso_date(row.get("dateApplication")) if isinstance(row, dict) else None
        if day is not None:
            yield Answer(day, colour_word(row.get("statut")), raw=excerpt(row))
