"""Figures of orders: what became of them, how fast they were proved, and how many datagrams."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from scheduling.models import Cause, Note, Order, OrderAttempt

SAME_ROUND = timedelta(seconds=15)  # a retry follows its time-out and the gap
LATE_S = 150.0
NO_FAULT = (Note.FULL, Note.EMPTY)


def order_figures(orders: Sequence[Order], states: Mapping[int, str]) -> dict[str, Any]:
    """Of one battery's orders, their attempts prefetched. `states`: how each stood when it was
    last seen open."""
    untold = ("replaced before", "open")
    told = [order for order in orders if verdict_of(order, states) not in untold]
    proved = [order for order in told if order.proved_at is not None]
    acknowledged = [
        order
        for order in told
        if verdict_of(order, states) == "acknowledged" and order.note not in NO_FAULT
    ]
    return {
        "orders": len(orders),
        "verdicts": _verdicts(orders, states),
        "proof_s": {kind: spread(times) for kind, times in _proof_times(proved).items()},
        "datagrams_mean": _mean([len(first_writes(order)) for order in proved]),
        "rounds_mean": _mean([rounds(first_writes(order)) for order in proved]),
        "proved_within_3_datagrams_percent": _percent(proved, told, first_writes),
        "proved_within_3_rounds_percent": _percent(
            proved, told, lambda order: range(rounds(first_writes(order)))
        ),
        "acknowledged_percent": round(100 * len(acknowledged) / max(1, len(told)), 2),
    }


def verdict_of(order: Order, states: Mapping[int, str]) -> str:
    """The verdict of an order; `replaced before` where it was closed without one of its own."""
    if order.proved_at is not None:
        return "proved"
    if order.closed_at is not None and order.verdict_at == order.closed_at:
        return "replaced before"
    if order.verdict_at is None:
        return "open"
    state = states.get(order.pk, order.state)
    return f"{state} ({order.note})" if order.note in NO_FAULT else state


def _verdicts(orders: Sequence[Order], states: Mapping[int, str]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for order in orders:
        counted.setdefault(order.mode_type, Counter())[verdict_of(order, states)] += 1
    return {kind: dict(counts) for kind, counts in sorted(counted.items())}


def _proof_times(proved: Iterable[Order]) -> dict[str, list[float]]:
    """From the moment at which an order was wanted; planned charges begin 30 s apart, so theirs
    count from the first datagram. Those that were so already are left out."""
    times: dict[str, list[float]] = {}
    for order in proved:
        writes = first_writes(order)
        if writes and order.proved_at is not None:
            is_planned = order.mode_type == "charge" and order.override_id is None
            since = writes[0].sent_at if is_planned else order.asked_at
            took_s = (order.proved_at - since).total_seconds()
            times.setdefault(order.mode_type, []).append(took_s)
    return times


def first_writes(order: Order) -> list[OrderAttempt]:
    """The datagrams up to the first proof, renewals aside."""
    return [
        one
        for one in order.attempts.all()
        if one.cause != Cause.RENEWAL
        and (order.proved_at is None or one.sent_at <= order.proved_at)
    ]


def rounds(attempts: Sequence[OrderAttempt]) -> int:
    """How often it was set about; a round is a datagram with its retries."""
    count, last = 0, None
    for one in attempts:
        is_retry = last is not None and one.cause == last.cause
        if not is_retry or last is None or one.sent_at - last.sent_at > SAME_ROUND:
            count += 1
        last = one
    return count


def _percent(proved: Sequence[Order], told: Sequence[Order], count: Any) -> float:
    return round(100 * sum(len(count(order)) <= 3 for order in proved) / max(1, len(told)), 2)


def _mean(values: Sequence[int]) -> float:
    return round(statistics.fmean(values), 2) if values else 0.0


def spread(values: Sequence[float]) -> dict[str, float]:
    """How many, median and p95."""
    ordered = sorted(values)
    return {
        "n": len(ordered),
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
    }


def is_slow(order: Order) -> bool:
    """Whether it was not proved within three rounds, and two and a half minutes."""
    if order.proved_at is None or rounds(first_writes(order)) > 3:
        return True
    return (order.proved_at - order.asked_at).total_seconds() > LATE_S


def story(order: Order) -> str:
    """What was written when, until its proof, and what was read."""
    proved = (
        f"{(order.proved_at - order.asked_at).total_seconds():.0f} s"
        if order.proved_at
        else "never"
    )
    writes = [
        f"+{(one.sent_at - order.asked_at).total_seconds():.0f} s {one.cause}: {one.outcome}"
        for one in first_writes(order)
    ]
    told = f"{order.asked_at:%H:%M} {order.mode_type}, proved: {proved}"
    return f"{told}; {', '.join(writes)}; {order.effect}"
