"""Power over time, piecewise constant: `series(at) -> (power_w, until)`.

`until` is the moment up to which the power stays; it lets the house jump from change to change.
"""

import csv
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path


class Series:
    """Power over time. Call it with a moment (seconds since 1970)."""

    def __init__(self, read: Callable[[float], tuple[float, float]]) -> None:
        self._read = read

    def __call__(self, at: float) -> tuple[float, float]:
        return self._read(at)


Power = float | Sequence[float] | Callable[[float], float] | Series


def constant(power_w: float) -> Series:
    """The same power for ever."""
    return Series(lambda _at: (power_w, math.inf))


def repeating(powers_w: Sequence[float], *, step_s: float, starts_at: float = 0.0) -> Series:
    """One power for each step, from the first again after the last."""
    count = len(powers_w)

    def power(at: float) -> tuple[float, float]:
        index = math.floor((at - starts_at) / step_s)
        until = starts_at + (index + 1) * step_s
        if until <= at:  # float rounding at a boundary
            index, until = index + 1, until + step_s
        return powers_w[index % count], until

    return Series(power)


def sampled(power_w: Callable[[float], float], *, step_s: float = 60.0) -> Series:
    """A function of the moment, read once per step."""

    def power(at: float) -> tuple[float, float]:
        start = math.floor(at / step_s) * step_s
        if start + step_s <= at:
            start += step_s
        return power_w(start), start + step_s

    return Series(power)


def stepped(changes: Sequence[tuple[float, float]]) -> Series:
    """(moment, power from then on) in order of time; the first power holds before as well."""
    ordered = sorted(changes)

    def power(at: float) -> tuple[float, float]:
        later = next((i for i, (moment, _) in enumerate(ordered) if moment > at), len(ordered))
        until = ordered[later][0] if later < len(ordered) else math.inf
        return ordered[max(0, later - 1)][1], until

    return Series(power)


def series(power: Power, *, step_s: float = 60.0, starts_at: float = 0.0) -> Series:
    """A number, a list (one per step, repeating) or a function of the moment, as a Series.

    A Series stays what it is."""
    if isinstance(power, Series):
        return power
    if isinstance(power, int | float):
        return constant(float(power))
    if callable(power):
        return sampled(power, step_s=step_s)
    return repeating(power, step_s=step_s, starts_at=starts_at)


def csv_series(path: Path, *, column: str = "power_w", start_column: str = "start_utc") -> Series:
    """A regular recording (header line, one row per interval, start in UTC) that repeats.

    An empty field keeps the power before it. Raises ValueError for fewer than two rows.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) < 2:
        raise ValueError(f"{path} holds fewer than two rows")
    first, second = (_moment(row[start_column]) for row in rows[:2])
    return repeating(_filled(rows, column), step_s=second - first, starts_at=first)


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _filled(rows: Sequence[dict[str, str]], column: str) -> list[float]:
    powers_w, last_w = [], 0.0
    for row in rows:
        last_w = float(row[column]) if row[column] else last_w
        powers_w.append(last_w)
    return powers_w
