"""RTE's public site: today and tomorrow (`tempoLight`), and a whole season, without an account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from ..answers import Answer, for_days, one_a_day
from ..consensus import Source
from ..seasons import season_of
from .errors import SourceUnreadable
from .http import ask
from .reading import colour_word, excerpt, iso_date, part

NAME = "RTE's site"
PATH = "/cms/open_data/v1"
FALLBACK = "-fallback"
ENOUGH_DAYS = 3


class RteSite:
    """What RTE shows of today and tomorrow."""

    source = Source.RTE_SITE

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}{PATH}/tempoLight"

    def ask(self, first: date, last: date) -> list[Answer]:
        answers = read_values(ask(NAME, self._url).document())
        return for_days(answers, first, last)


class RteSeason:
    """What RTE's site keeps of a season."""

    source = Source.RTE_SEASON

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}{PATH}/tempo"

    def ask(self, first: date, last: date) -> list[Answer]:
        """The known days from `first` to `last`, which lie in one season.

        A past without any colour is a fault of theirs (it happened in August 2025), no answer.
        """
        params: dict[str, str | list[str]] = {"season": season_of(first).label}
        answers = read_values(ask(NAME, self._url, params=params).document())
        known = [one for one in answers if one.colour and first <= one.day <= last]
        if not known and (last - first).days >= ENOUGH_DAYS:
            raise SourceUnreadable(f"{NAME} names no colour for season {season_of(first).label}.")
        return known


def read_values(document: Any) -> list[Answer]:
    """{"values": {"2026-11-23": "BLUE", "2026-11-23-fallback": "false"}}"""
    values: dict[str, Any] = part(NAME, document, "values", kind=dict)
    answers = one_a_day(_answers(values))
    if values and not answers:
        raise SourceUnreadable(f"{NAME} answered values that are no days.")
    return answers


def _answers(values: dict[str, Any]) -> Iterable[Answer]:
    for key, word in values.items():
        day = iso_date(key)
        if day is not None:
            degraded = str(values.get(key + FALLBACK, "false")).lower() != "false"
            yield Answer(day, colour_word(word), degraded, excerpt({key: word}))
