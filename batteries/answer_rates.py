"""How well a battery answers: what the poller counted, per method."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Sum

from .models import Battery, MethodHealth


@dataclass(frozen=True, slots=True)
class AnswerRate:
    """Datagrams of one method over some time. Latencies are of the answers [ms]."""

    method: str
    asked: int
    answered: int
    refused: int
    latency_ms_mean: int | None
    latency_ms_max: int

    @property
    def answered_percent(self) -> int:
        return round(100 * self.answered / self.asked) if self.asked else 0


def answer_rates(battery: Battery, since: datetime) -> list[AnswerRate]:
    """One row a method, from the hour of `since` on: one query."""
    hour_at = since.replace(minute=0, second=0, microsecond=0)
    sums = (
        MethodHealth.objects.filter(battery=battery, hour_at__gte=hour_at)
        .values("method")
        .annotate(
            asked_sum=Sum("asked"),
            answered_sum=Sum("answered"),
            refused_sum=Sum("refused"),
            latency_sum=Sum("latency_ms_total"),
            latency_max=Max("latency_ms_max"),
        )
        .order_by("method")
    )
    return [
        AnswerRate(
            method=row["method"],
            asked=row["asked_sum"],
            answered=row["answered_sum"],
            refused=row["refused_sum"],
            latency_ms_mean=round(row["latency_sum"] / row["answered_sum"])
            if row["answered_sum"]
            else None,
            latency_ms_max=row["latency_max"],
        )
        for row in sums
    ]
