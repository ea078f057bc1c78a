"""What a source says of days, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .days import Colour

CAUTION = (Colour.RED, Colour.WHITE, Colour.BLUE, None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source says of one day. `colour` None: it does not know, or not yet."""

    day: date
    colour: Colour | None
    is_degraded: bool = False
    raw: str = ""


def one_a_day(answers: Iterable[Answer]) -> list[Answer]:
    """Each day once, in order. A day told in two colours is degraded, red before all else."""
    days: dict[date, Answer] = {}
    for answer in answers:
        other = days.get(answer.day)
        days[answer.day] = answer if other is None else _merged(other, answer)
    return [days[day] for day in sorted(days)]


def for_days(answers: Iterable[Answer], first: date, last: date) -> list[Answer]:
    """Exactly the days from `first` to `last`; those that were not told are unknown."""
    told = {answer.day: answer for answer in answers}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [told.get(day) or Answer(day, None) for day in days]


def _merged(one: Answer, other: Answer) -> Answer:
    if other.colour is None or one.colour is None:
        return one if other.colour is None else other
    if one.colour == other.colour:
        return replace(one, is_degraded=one.is_degraded or other.is_degraded)
    careful = min(one, other, key=lambda answer: CAUTION.index(answer.colour))
    return replace(careful, is_degraded=True, raw=f"{one.raw} / {other.raw}")
