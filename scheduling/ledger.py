"""The open orders in the database: what they want, who is let in, their verdict and their end.

Their datagrams are in `attempts.py`, what was seen of them in `evidence.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, When

from batteries.models import Battery

from .models import CLOCK_BACK, Order, OrderState, Outcome
from .selectors import IN_FORCE, is_held

CARRY_OUT = "scheduling.carry_out_orders"
VERDICT_WITHIN = timedelta(seconds=290)
PROVED = (OrderState.PROVED, OrderState.ARMED)
WITHOUT_VERDICT = (OrderState.QUEUED, OrderState.SENT)


def lock_battery(battery_id: int) -> Battery | None:
    """Let one in after the other who replaces a battery's order; None where it is gone. Readings
    may still come in."""
    return Battery.objects.select_for_update(no_key=True).filter(pk=battery_id).first()


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the desk has to do now: batteries to write to and to look at, orders that have waited
    long enough for their verdict."""

    due: list[int]
    unseen: list[int]
    overdue: list[int]


def agenda(now: datetime) -> Agenda:
    """Everything that open orders want at `now`: one query."""
    due, unseen, overdue = [], [], []
    fields = "pk", "battery_id", "next_at", "look_at", "claimed_at", "verdict_at", "asked_at"
    for pk, battery_id, next_at, look_at, claimed_at, verdict_at, asked_at in (
        Order.objects.open().order_by("next_at").values_list(*fields)
    ):
        if (next_at and next_at <= now) or (claimed_at and claimed_at > now + CLOCK_BACK):
            due.append(battery_id)
        elif look_at and look_at <= now:
            unseen.append(battery_id)
        if verdict_at is None and asked_at <= now - VERDICT_WITHIN:
            overdue.append(pk)
    return Agenda(due, unseen, overdue)


def next_moment(busy: Iterable[int] = ()) -> datetime | None:
    """When the next write, look or verdict is due, over all batteries but the busy ones; None where
    nothing waits."""
    without = Case(When(verdict_at=None, then=F("asked_at") + VERDICT_WITHIN), default=None)
    free = Order.objects.open().exclude(battery_id__in=list(busy))
    moments = free.values_list("next_at", "look_at", without)
    return min((at for one in moments for at in one if at is not None), default=None)


def give_verdicts(ids: list[int], now: datetime) -> list[Order]:
    """Each order gets its verdict within five minutes; those that got a bad one just now. The
    wish stays open: what proves later is proved."""
    if not ids:
        return []
    overdue = Order.objects.open().filter(pk__in=ids, verdict_at=None)
    late = list(overdue.select_related("battery", "decision"))
    for order in late:
        state = _verdict(order)
        note = order.note or ("ignored" if state == OrderState.ACKNOWLEDGED else "")
        overdue.filter(pk=order.pk).update(state=state, verdict_at=now, note=note)
        order.state, order.note = state, note
    return late


def _verdict(order: Order) -> OrderState:
    """Of an order that could not be proved in time."""
    outcomes = set(order.attempts.values_list("outcome", flat=True))
    if outcomes & set(IN_FORCE):
        return OrderState.ACKNOWLEDGED
    return OrderState.REFUSED if Outcome.REFUSED in outcomes else OrderState.NO_ANSWER


def close(order: Order, state: OrderState, now: datetime) -> None:
    """End an open order; one without a verdict gets this one."""
    changes: Mapping[str, object] = {
        "state": state,
        "closed_at": now,
        "proved_at": order.proved_at,
        "verdict_at": order.verdict_at or now,
        "next_at": None,
        "look_at": None,
    }
    Order.objects.open().filter(pk=order.pk).update(**changes)


def held_batteries() -> list[int]:
    """Those with an open order that may be under a lease of ours."""
    ids = Order.objects.open().values_list("battery_id", flat=True)
    return [battery_id for battery_id in ids if is_held(battery_id)]


def open_order(battery_id: int) -> Order | None:
    """The order in force, as the database has it now."""
    orders = Order.objects.open().select_related("battery", "decision")
    return orders.filter(battery_id=battery_id).first()
