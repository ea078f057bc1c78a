"""What pages, the planner and the desk read about orders and intentions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Max

from .intentions import Decision
from .models import Cause, Order, OrderAttempt, Outcome
from .targets import LEASED

LEASE = timedelta(minutes=10)  # the longest
RESPONSE = timedelta(seconds=2)  # from a write to its power
SHOWN_FOR = timedelta(minutes=10)
IN_FORCE = (Outcome.ACCEPTED, Outcome.ALREADY)
MAY_HAVE_ACTED = (Outcome.SENDING, Outcome.ACCEPTED, Outcome.NO_ANSWER)
ANSWERED = (Outcome.ACCEPTED, Outcome.ALREADY, Outcome.REFUSED)


def is_held(battery_id: int) -> bool:
    """Whether this battery may be under a lease of ours: a power was written after the last mode
    that it accepted. An answer that was lost counts as a power that was taken."""
    attempts = OrderAttempt.objects.filter(order__battery_id=battery_id).order_by("-id")
    accepted = attempts.exclude(mode_type__in=LEASED).filter(outcome__in=IN_FORCE)
    freed_by = accepted.values_list("id", flat=True).first() or 0
    leases = attempts.filter(mode_type__in=LEASED, outcome__in=MAY_HAVE_ACTED)
    return leases.filter(id__gt=freed_by).exists()


def last_accepted(battery_id: int) -> OrderAttempt | None:
    """The last write that this battery accepted."""
    accepted = OrderAttempt.objects.filter(order__battery_id=battery_id, outcome__in=IN_FORCE)
    return accepted.order_by("-id").first()


def writes_around(now: datetime) -> Mapping[int, list[tuple[datetime, int]]]:
    """For each battery the powers that it accepted in the last ten minutes, and since when it acted
    on each, in order. One query."""
    recent = OrderAttempt.objects.filter(
        mode_type__in=LEASED, outcome__in=IN_FORCE, sent_at__gt=now - LEASE, slot=None
    )
    found: dict[int, list[tuple[datetime, int]]] = {}
    columns = recent.order_by("id").values_list("order__battery_id", "sent_at", "power_w")
    for battery_id, sent_at, power_w in columns:
        found.setdefault(battery_id, []).append((sent_at + RESPONSE, power_w or 0))
    return found


def times_applied_again(battery_id: int, since: datetime) -> tuple[int, datetime | None]:
    """How often a battery was written anew since then because it had ignored or undone what it was
    told, silence not counted; and when last."""
    again = OrderAttempt.objects.filter(
        order__battery_id=battery_id,
        cause=Cause.AGAIN,
        outcome__in=ANSWERED,
        sent_at__gt=since,
    )
    found = again.aggregate(times=Count("id"), last=Max("sent_at"))
    return found["times"], found["last"]


def last_charge_began_at() -> datetime | None:
    """When a charge that nobody asked for by hand was last begun, on any battery."""
    first = OrderAttempt.objects.filter(mode_type="charge", cause=Cause.FIRST)
    planned = first.filter(order__override=None).order_by("-id")
    return planned.values_list("sent_at", flat=True).first()


def shown_orders(battery_ids: Iterable[int], now: datetime) -> dict[int, Order]:
    """For each battery the order that its card speaks of: the open one, else the last that closed
    within ten minutes. One query."""
    recent = Order.objects.filter(battery_id__in=list(battery_ids))
    recent = recent.open() | recent.filter(closed_at__gt=now - SHOWN_FOR)
    people = "asked_by", "replaces__asked_by", "replaced_by__asked_by"
    ordered = recent.select_related(*people).order_by("battery_id", "-id")
    return {order.battery_id: order for order in ordered.distinct("battery_id")}


def standing_decisions(battery_ids: Iterable[int]) -> dict[int, Decision]:
    """For each battery the decision that stands. One query."""
    rows = Decision.objects.filter(battery_id__in=list(battery_ids), ended_at=None)
    return {row.battery_id: row for row in rows}
