"""Strips of time as a page draws them: what a battery will do, from left to right. Pure.

Places are texts in percent of the strip's width or height, so that one drawing fits every screen
and letters keep their shape; no style is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from batteries import wording
from tempo.days import at_local

from .reasons import sentence
from .situation import Decision, Segment
from .targets import TargetMode

RULED_HOURS = (0, 6, 12, 18)
LETTER = 2.4  # percent of a strip's width on a phone
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A coloured piece. `kind` is the mode, or `alone`; `label` is empty where it would not fit."""

    kind: str
    x: str
    width: str
    label: str
    title: str
    y: str = "0%"
    height: str = "100%"


@dataclass(frozen=True, slots=True)
class Slope:
    """The expected state of charge from one moment to another."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the ruler with its word."""

    x: str
    text: str
    is_midnight: bool


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The next hours of one battery."""

    battery_id: int
    name: str
    stretches: tuple[Stretch, ...]
    slopes: tuple[Slope, ...]
    marks: tuple[Mark, ...]


def ribbon(battery_id: int, name: str, segments: Sequence[Segment], now: datetime) -> Ribbon:
    """A plan as a strip; empty where the plan is."""
    if not segments:
        return Ribbon(battery_id, name, (), (), ())
    starts_at, ends_at = segments[0].starts_at, segments[-1].ends_at
    span = Span(starts_at, ends_at)
    return Ribbon(
        battery_id,
        name,
        tuple(_stretch(segment, span, now) for segment in segments),
        tuple(_slopes(segments, span)),
        tuple(marks(starts_at, ends_at)),
    )


@dataclass(frozen=True, slots=True)
class Span:
    """The time from a strip's left end to its right end."""

    starts_at: datetime
    ends_at: datetime

    def share(self, moment: datetime) -> float:
        """How far to the right a moment is [%]."""
        return (moment - self.starts_at) / (self.ends_at - self.starts_at) * 100


def percent(value: float) -> str:
    """A place in a drawing, the same in every language."""
    return f"{value:.3f}%"


def fitting(label: str, width: float) -> str:
    """The label, where a phone has room for it in so many percent."""
    return label if len(label) * LETTER <= width else ""


def marks(starts_at: datetime, ends_at: datetime) -> Iterator[Mark]:
    """Every six hours of the household's clock; a midnight has the name of the day that begins."""
    span, day = Span(starts_at, ends_at), localtime(starts_at).date()
    while at_local(day, time()) < ends_at:
        for hour in RULED_HOURS:
            at = at_local(day, time(hour))
            if 2 < span.share(at) < 98:
                text = date_format(day, "D") if hour == 0 else str(hour)
                yield Mark(percent(span.share(at)), text, hour == 0)
        day += DAY


def kind_of(decision: Decision) -> str:
    """The mode, or `alone`."""
    return "alone" if decision.goal is None else str(decision.goal.mode_type)


def when(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    """From when until when, days named where they are not today."""
    words = {"from": wording.moment(starts_at, now), "to": wording.moment(ends_at, now)}
    return _("%(from)s to %(to)s") % words


def _stretch(segment: Segment, span: Span, now: datetime) -> Stretch:
    left, right = span.share(segment.starts_at), span.share(segment.ends_at)
    kind = kind_of(segment.decision)
    label = _("Left alone") if kind == "alone" else str(TargetMode(kind).label)
    words = {
        "when": when(segment.starts_at, segment.ends_at, now),
        "what": sentence(replace(segment.decision, writes=True), now),  # the page says if it is off
    }
    return Stretch(
        kind,
        percent(left),
        percent(right - left),
        fitting(label, right - left),
        _("%(when)s: %(what)s") % words,
    )


def _slopes(segments: Sequence[Segment], span: Span) -> Iterator[Slope]:
    for segment in segments:
        if segment.soc_start is not None and segment.soc_end is not None:
            yield Slope(
                percent(span.share(segment.starts_at)),
                percent(_height(segment.soc_start)),
                percent(span.share(segment.ends_at)),
                percent(_height(segment.soc_end)),
            )


def _height(soc: float) -> float:
    """From the top: the full battery just below it, the empty one just above the ground."""
    return 95 - 0.9 * soc
