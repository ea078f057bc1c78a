"""Geometry of a plot over time: pure functions from values to what SVG attributes hold.

Paths live in a frame of 1000 x 100 that the page stretches (`preserveAspectRatio="none"`); lines
and words beside them take percentages, so they keep their width and size. All results are text:
numbers in a template would get the language's decimal comma.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

WIDTH, HEIGHT = 1000, 100
STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
ABOVE, BELOW = "-0.4em", "1.1em"
EDGE_PERCENT = 6  # nearer to an edge, a centred label would be cut off


@dataclass(frozen=True, slots=True)
class Span:
    """A value that holds from one moment to another."""

    since: datetime
    until: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the plot, with its words. `place` is a percentage; `anchor` aligns the words
    and `dy` moves them off the line; the main ones are drawn stronger, or stay on a phone."""

    place: str
    text: str
    anchor: str = "start"
    dy: str = ABOVE
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of time and of values that a plot shows."""

    since: datetime
    until: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        """Distance from the left edge, of `WIDTH`; a moment outside is put on the edge."""
        share = (at - self.since) / (self.until - self.since)
        return WIDTH * min(1.0, max(0.0, share))

    def y(self, value: float) -> float:
        """Distance from the top, of `HEIGHT`; a value outside is put on the edge."""
        share = (self.high - value) / (self.high - self.low)
        return HEIGHT * min(1.0, max(0.0, share))


def held(points: Iterable[tuple[datetime, float]], step: timedelta, join: timedelta) -> list[Span]:
    """Values in order of time, each holding until the next one.

    Where the next one is further away than `join`, or there is none, a value holds for one `step`
    only: a gap stays a gap.
    """
    known = list(points)
    spans = [
        Span(at, later if later - at <= join else at + step, value)
        for (at, value), (later, _next) in pairwise(known)
    ]
    return [*spans, *(Span(at, at + step, value) for at, value in known[-1:])]


def runs(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Spans that follow each other without a gap, together."""
    run: list[Span] = []
    for span in spans:
        if run and run[-1].until != span.since:
            yield run
            run = []
        run.append(span)
    if run:
        yield run


def line(frame: Frame, spans: Iterable[Span]) -> str:
    """A path along the values, broken at gaps."""
    return "".join(_outline(frame, run, "M") for run in runs(spans))


def area(frame: Frame, spans: Iterable[Span], base: float = 0) -> str:
    """A path around what lies between the values and `base`, closed at gaps."""
    bottom = number(frame.y(base))
    return "".join(
        f"M{number(frame.x(run[0].since))} {bottom}{_outline(frame, run, 'L')}V{bottom}Z"
        for run in runs(span for span in spans if span.value != base)
    )


def _outline(frame: Frame, run: Sequence[Span], first: str) -> str:
    start = f"{first}{number(frame.x(run[0].since))} {number(frame.y(run[0].value))}"
    rest = (f"V{number(frame.y(s.value))}H{number(frame.x(s.until))}" for s in run[1:])
    return f"{start}H{number(frame.x(run[0].until))}{''.join(rest)}"


def strip(words: Sequence[str], gap: float = 0.15) -> dict[str, str]:
    """Fields side by side, one wide and one high, as one path for each word."""
    field = f"h{number(1 - gap, 2)}v1H"
    return {
        word: "".join(f"M{at} 0{field}{at}Z" for at, its in enumerate(words) if its == word)
        for word in dict.fromkeys(words)
    }


def time_ticks(frame: Frame, zone: tzinfo, every_h: int = 3, main_h: int = 6) -> list[Tick]:
    """The full hours of the clock on the wall that are multiples of `every_h`."""
    hour = frame.since.replace(minute=0, second=0, microsecond=0)
    ticks = []
    while hour <= frame.until:
        wall = hour.astimezone(zone)
        if hour >= frame.since and wall.hour % every_h == 0:
            percent = frame.x(hour) * 100 / WIDTH
            is_main = wall.hour % main_h == 0
            place, anchor = f"{number(percent)}%", _anchor(percent)
            ticks.append(Tick(place, f"{wall:%H:%M}", anchor, is_main=is_main))
        hour += timedelta(hours=1)
    return ticks


def value_place(frame: Frame, value: float) -> str:
    """Where a value's line goes, as a percentage from the top."""
    return f"{number(frame.y(value) * 100 / HEIGHT)}%"


def round_limit(value: float, least: float = 100) -> float:
    """A round number at or above `value`: where an axis may end."""
    wanted, power = max(value, least), 1
    while power * 10 < wanted:
        power *= 10
    return next(power * step for step in STEPS if power * step >= wanted)


def number(value: float, decimals: int = 1) -> str:
    """As few decimals as are needed, always with a point."""
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _anchor(percent: float) -> str:
    if percent < EDGE_PERCENT:
        return "start"
    return "end" if percent > 100 - EDGE_PERCENT else "middle"
