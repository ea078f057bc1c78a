"""Pieces of answers: dates, colours, shapes. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from ..days import PARIS, Colour
from .errors import SourceUnreadable

WORDS: Mapping[object, Colour] = {
    "BLUE": Colour.BLUE,
    "WHITE": Colour.WHITE,
    "RED": Colour.RED,
    "TEMPO_BLEU": Colour.BLUE,
    "TEMPO_BLANC": Colour.WHITE,
    "TEMPO_ROUGE": Colour.RED,
}
CODES: Mapping[object, Colour] = {1: Colour.BLUE, 2: Colour.WHITE, 3: Colour.RED}


def colour_word(word: object) -> Colour | None:
    """The colour of a word; None for every other text, such as NON_DEFINI."""
    return WORDS.get(word) if isinstance(word, str) else None


def colour_code(code: object) -> Colour | None:
    """The colour of a number; None for 0 and everything else."""
    return CODES.get(code) if isinstance(code, int) and not isinstance(code, bool) else None


def iso_date(text: object) -> date | None:
    """The date of an ISO text; None for every other."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def bound_date(text: object) -> date | None:
    """The day that starts at a bound: the date that it writes, where it writes midnight.

    The bound's own offset may be wrong on clock-change days, its date is not.
    """
    try:
        bound = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if bound is None:
        return None
    if bound.time() == time() or bound.tzinfo is None:
        return bound.date()
    return bound.astimezone(PARIS).date()


def part(name: str, document: Any, *keys: str, kind: type) -> Any:
    """What lies in `document` under these keys, of this kind. Raises `SourceUnreadable`."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    if not isinstance(document, kind):
        raise SourceUnreadable(f"{name} answered JSON of another shape than it publishes.")
    return document


def excerpt(value: object) -> str:
    """What was said, as one short line that a database can keep."""
    return json.dumps(value)[:300]
