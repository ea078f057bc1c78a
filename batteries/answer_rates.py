"""How well a battery answers: what the poller counted, per method and hour."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby, starmap
from operator import attrgetter

from .models import Battery, MethodHealth


@dataclass(frozen=True, slots=True)
class HourRate:
    """Datagrams of one method in one hour. Latencies are of the answers [ms]."""

    method: str
    hour_at: datetime
    asked: int
    answered: int
    refused: int
    latency_ms_total: int
    latency_ms_max: int

    @property
    def answered_percent(self) -> int:
        return _percent(self.answered, self.asked)


COUNTS = [field.name for field in fields(HourRate)]


@dataclass(frozen=True, slots=True)
class AnswerRate:
    """Datagrams of one method over some time. Latencies are of the answers [ms]. `hours` holds
    those in which it was asked, in order."""

    method: str
    asked: int
    answered: int
    refused: int
    latency_ms_mean: int | None
    latency_ms_max: int
    hours: tuple[HourRate, ...]

    @property
    def answered_percent(self) -> int:
        return _percent(self.answered, self.asked)


def answer_rates(battery: Battery, since: datetime) -> list[AnswerRate]:
    """One a method, from the hour of `since` on: one query."""
    counts = MethodHealth.objects.filter(battery=battery, hour_at__gte=hour_of(since))
    rows = counts.order_by("method", "hour_at").values_list(*COUNTS)
    by_method = groupby(starmap(HourRate, rows), attrgetter("method"))
    return [_rate(method, tuple(hours)) for method, hours in by_method]


def hour_of(moment: datetime) -> datetime:
    """The start of its hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _rate(method: str, hours: tuple[HourRate, ...]) -> AnswerRate:
    answered = sum(hour.answered for hour in hours)
    total_ms = sum(hour.latency_ms_total for hour in hours)
    return AnswerRate(
        method=method,
        asked=sum(hour.asked for hour in hours),
        answered=answered,
        refused=sum(hour.refused for hour in hours),
        latency_ms_mean=round(total_ms / answered) if answered else None,
        latency_ms_max=max(hour.latency_ms_max for hour in hours),
        hours=hours,
    )


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
