"""The last 24 hours of one battery: two plots on one time axis, and the same in words and hours.

Values are means of five minutes. Each holds until the next one, at most as long as a reading
counts as live; where nothing was said there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from . import wording
from .models import Battery, BatteryStatusLog
from .plotting import (
    BELOW,
    Frame,
    Span,
    Tick,
    area,
    held,
    line,
    round_limit,
    time_ticks,
    value_place,
)
from .selectors import stale_after

STEP, LENGTH = timedelta(minutes=5), timedelta(hours=24)
HOUR = timedelta(hours=1)
HEADROOM = 1.25  # the words of the outer lines stand beyond them, where no value comes
BINS = f"""
    SELECT date_bin('5 minutes', timestamp, '2000-01-01Z') AS bin,
           avg(soc)::float, avg(coalesce(bat_power, -ongrid_power))::float
    FROM {BatteryStatusLog._meta.db_table}
    WHERE battery_id = %s AND timestamp >= %s AND timestamp < %s
    GROUP BY bin ORDER BY bin
"""  # noqa: S608  the table's own name


@dataclass(frozen=True, slots=True)
class Bin:
    """Means of five minutes from `at` on; `power_w > 0` charges. None: nothing was said."""

    at: datetime
    soc: float | None
    power_w: float | None


@dataclass(frozen=True, slots=True)
class Plot:
    """One of the two plots: closed shapes, a line over them, and the lines of its values."""

    shapes: tuple[tuple[str, str], ...]
    line: str
    ticks: tuple[Tick, ...]
    words: str


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour as figures, for the table."""

    hour: str
    soc: str
    charged: str
    given: str


@dataclass(frozen=True, slots=True)
class Day:
    """What the page shows of the last 24 hours. `summary` is empty where nothing was kept."""

    summary: str
    soc: Plot
    power: Plot
    ticks: tuple[Tick, ...]
    hours: tuple[HourRow, ...]


def day_bins(battery_id: int, since: datetime, until: datetime) -> list[Bin]:
    """The log of one battery in steps of five minutes: one query along its key."""
    with connection.cursor() as cursor:
        cursor.execute(BINS, [battery_id, since, until])
        return [Bin(*row) for row in cursor.fetchall()]


def day_edges(now: datetime) -> tuple[datetime, datetime]:
    """Start and end of the 24 hours that end with the present five minutes."""
    until = datetime.fromtimestamp(now.timestamp() // 300 * 300, tz=now.tzinfo) + STEP
    return until - LENGTH, until


def describe_day(battery: Battery, bins: Sequence[Bin], now: datetime) -> Day:
    """Plots, table and summary of these bins."""
    since, until = day_edges(now)
    join = max(STEP, stale_after(battery))
    soc = held(((b.at, b.soc) for b in bins if b.soc is not None), STEP, join)
    power = held(((b.at, b.power_w) for b in bins if b.power_w is not None), STEP, join)
    axis = Frame(since, until, 0, 100 * HEADROOM)
    return Day(
        summary=_summary(soc, power),
        soc=_soc_plot(axis, soc),
        power=_power_plot(since, until, power),
        ticks=tuple(time_ticks(axis, timezone.get_current_timezone())),
        hours=tuple(_hours(soc, power)),
    )


def _soc_plot(frame: Frame, spans: Sequence[Span]) -> Plot:
    ticks = (Tick(value_place(frame, value), wording.percent(value)) for value in (100, 50, 0))
    return Plot(
        shapes=(("soc", area(frame, spans)),),
        line=line(frame, spans),
        ticks=tuple(ticks),
        words=_soc_words(spans) or _("The state of charge is not known."),
    )


def _power_plot(since: datetime, until: datetime, spans: Sequence[Span]) -> Plot:
    most = round_limit(max((abs(span.value) for span in spans), default=0))
    frame = Frame(since, until, -most * HEADROOM, most * HEADROOM)
    ticks = (
        Tick(value_place(frame, most), wording.battery_power(most)),
        Tick(value_place(frame, 0), "", is_main=True),
        Tick(value_place(frame, -most), wording.battery_power(-most), dy=BELOW),
    )
    return Plot(
        shapes=(
            ("charge", area(frame, [span for span in spans if span.value > 0])),
            ("feed", area(frame, [span for span in spans if span.value < 0])),
        ),
        line="",
        ticks=ticks,
        words=_energy_words(spans) or _("The power is not known."),
    )


def _summary(soc: Sequence[Span], power: Sequence[Span]) -> str:
    return " ".join(words for words in (_energy_words(power), _soc_words(soc)) if words)


def _soc_words(spans: Sequence[Span]) -> str:
    if not spans:
        return ""
    values = [span.value for span in spans]
    return _("Its charge went from %(first)s to %(last)s, between %(least)s and %(most)s.") % {
        "first": wording.percent(values[0]),
        "last": wording.percent(values[-1]),
        "least": wording.percent(min(values)),
        "most": wording.percent(max(values)),
    }


def _energy_words(spans: Sequence[Span]) -> str:
    if not spans:
        return ""
    charged_wh, given_wh = _energy_wh(spans)
    return _("It charged about %(charged)s and gave back about %(given)s.") % {
        "charged": wording.kilowatt_hours(charged_wh),
        "given": wording.kilowatt_hours(given_wh),
    }


def _energy_wh(spans: Iterable[Span]) -> tuple[float, float]:
    """What went in and what came out [Wh]."""
    parts = [span.value * ((span.until - span.since) / HOUR) for span in spans]
    return sum(part for part in parts if part > 0), -sum(part for part in parts if part < 0)


def _hours(soc: Sequence[Span], power: Sequence[Span]) -> Iterator[HourRow]:
    """The newest first; hours in which nothing was said are left out."""
    said, moved = _by_hour(soc), _by_hour(power)
    for hour in sorted(said | moved, reverse=True):
        yield _hour_row(hour, said.get(hour, []), moved.get(hour, []))


def _by_hour(spans: Iterable[Span]) -> dict[datetime, list[Span]]:
    groups = groupby(spans, lambda span: span.since.replace(minute=0))
    return {hour: list(its) for hour, its in groups}


def _hour_row(start: datetime, said: Sequence[Span], moved: Sequence[Span]) -> HourRow:
    charged_wh, given_wh = _energy_wh(moved)
    return HourRow(
        hour=date_format(timezone.localtime(start), "H:i"),
        soc=wording.percent(said[-1].value) if said else "—",
        charged=wording.with_unit(charged_wh / 1000, "kWh", 2) if moved else "—",
        given=wording.with_unit(given_wh / 1000, "kWh", 2) if moved else "—",
    )
