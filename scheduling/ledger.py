"""The steps of an order in the database: claim, attempt, result, end.

The rule that keeps two contradicting datagrams apart:
1. One devices process owns the sockets, and tends one order of a battery at a time.
2. It claims an order by a conditional UPDATE, and renews the claim, in the same transaction that
   writes the attempt's row, before each datagram. An order that was replaced meanwhile cannot be
   claimed, so its datagram is not sent.
3. A datagram leaves within 20 s of its claim or never. A claim of 30 s is nobody's any more: the
   worker was killed, and nothing of it is in flight or waits.
4. An attempt whose result nobody wrote down counts as one that may have acted. It is repeated if
   its order still stands; if not, the order that replaced it is written after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction

from batteries.marstek.wire import Request
from batteries.models import Battery
from notifications.queue import start_task

from .models import Order, OrderAttempt, OrderQuerySet, OrderState, Origin, Outcome
from .selectors import IN_FORCE, is_held
from .targets import LEASED, TargetMode

CARRY_OUT = "scheduling.carry_out_orders"
CLAIM = timedelta(seconds=30)
LONGEST_LEASE_S = 600
TRY_AGAIN = timedelta(seconds=60)
END_TRIED_FOR = timedelta(days=1)
ENDED_UNHEARD = "killed or cut off before its result was known"
FAILED = {
    Outcome.REFUSED: OrderState.REFUSED,
    Outcome.NO_ANSWER: OrderState.NO_ANSWER,
    Outcome.NOT_SENT: OrderState.NO_ANSWER,
}


@dataclass(frozen=True, slots=True)
class Write:
    """What one datagram tells a battery. `lease_s` where it ends by itself."""

    mode_type: TargetMode
    power_w: int = 0
    lease_s: int | None = None

    @classmethod
    def of(cls, order: Order, now: datetime) -> Write:
        """What an order asks for at `now`: a lease of ten minutes, or of what is left."""
        mode_type = TargetMode(order.mode_type)
        if mode_type not in LEASED or order.until is None:
            return cls(mode_type)
        left_s = ceil((order.until - now).total_seconds())
        return cls(mode_type, order.power_w or 0, max(1, min(LONGEST_LEASE_S, left_s)))

    def request(self) -> Request:
        """The wire's request for it."""
        if self.lease_s is not None:
            return Request.set_passive(self.power_w, self.lease_s)
        return Request.set_ai() if self.mode_type == TargetMode.AI else Request.set_auto()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one attempt."""

    outcome: Outcome
    answer: str
    sent_at: datetime | None = None
    request: str = ""
    latency_ms: int | None = None


def lock_battery(battery_id: int) -> Battery | None:
    """Let one in after the other who replaces a battery's order; None where it is gone. Readings
    may still come in."""
    return Battery.objects.select_for_update(no_key=True).filter(pk=battery_id).first()


def due_batteries(now: datetime) -> list[int]:
    """The batteries for which an order wants something done."""
    due = Order.objects.due(now).order_by("next_at")
    return list(due.values_list("battery_id", flat=True))


def claim_due(battery_id: int, now: datetime) -> Order | None:
    """The order of this battery that is to be tended, for us alone; None where there is none."""
    due = Order.objects.due(now).filter(battery_id=battery_id)
    order = due.select_related("battery").first()
    return order if order is not None and _claim(order, now) else None


def _claim(order: Order, now: datetime) -> bool:
    """Take or renew the claim on an order that is still open and claimed as we know it."""
    changed = _mine(order).update(claimed_at=now, next_at=now + CLAIM)
    if changed:
        order.claimed_at = now
    return bool(changed)


def _mine(order: Order) -> OrderQuerySet:
    return Order.objects.open().filter(pk=order.pk, claimed_at=order.claimed_at)


def begin_attempt(order: Order, write: Write, now: datetime) -> OrderAttempt | None:
    """Write down what is about to be sent; None, and nothing may be sent, where the order has
    ended or somebody else has it."""
    request = write.request()
    with transaction.atomic():
        if not _claim(order, now):
            return None
        unheard = OrderAttempt.objects.filter(
            order__battery_id=order.battery_id, outcome=Outcome.SENDING
        )
        unheard.update(outcome=Outcome.NO_ANSWER, answer=ENDED_UNHEARD)
        if order.state == OrderState.QUEUED:
            order.state = OrderState.SENT
            Order.objects.filter(pk=order.pk).update(state=order.state)
        return OrderAttempt.objects.create(
            order=order,
            mode_type=write.mode_type,
            lease_s=write.lease_s,
            sent_at=now,
            request=f'{{"method":"{request.method}","params":{request.params}}}',
        )


def end_attempt(attempt: OrderAttempt, result: Result) -> None:
    """Complete the attempt's row with what was truly sent and heard."""
    attempt.outcome, attempt.answer = result.outcome, result.answer
    attempt.latency_ms = result.latency_ms
    attempt.sent_at = result.sent_at or attempt.sent_at
    attempt.request = result.request or attempt.request
    attempt.save(update_fields=["outcome", "answer", "latency_ms", "sent_at", "request"])


def conclude(order: Order, result: Result, attempt: OrderAttempt, now: datetime) -> None:
    """Write the result of a round into its order, unless the order was replaced meanwhile."""
    values: dict[str, object] = {"answer": result.answer[:300]}
    if result.outcome in IN_FORCE:
        values |= _accepted(order, attempt, now)
    else:
        values |= _failed(order, result.outcome, now)
    with transaction.atomic():
        lock_battery(order.battery_id)
        if _mine(order).update(**values) and values.get("closed_at") is not None:
            _lead_back(order, now)


def _accepted(order: Order, attempt: OrderAttempt, now: datetime) -> dict[str, object]:
    if order.until is None or attempt.lease_s is None:
        return {"state": OrderState.ACKNOWLEDGED, "closed_at": now}
    lease = timedelta(seconds=attempt.lease_s)
    reaches_end = attempt.sent_at + lease >= order.until - timedelta(seconds=1)
    next_at = order.until if reaches_end else attempt.sent_at + lease / 2
    return {"state": OrderState.ACKNOWLEDGED, "next_at": min(next_at, order.until)}


def _failed(order: Order, outcome: Outcome, now: datetime) -> dict[str, object]:
    """A first try that failed ends its order; renewals and ends are tried again."""
    again = {"next_at": now + TRY_AGAIN}
    if order.is_end:
        return again | {"state": FAILED[outcome]}
    if order.state == OrderState.ACKNOWLEDGED:
        return {"next_at": min(now + TRY_AGAIN, order.until or now + TRY_AGAIN)}
    return {"state": FAILED[outcome], "closed_at": now}


def end_order(order: Order, now: datetime) -> None:
    """Its time is over, or its battery retired: close it, and lead the battery back to Auto."""
    unheard = order.state in (OrderState.QUEUED, OrderState.SENT)
    state = OrderState.NO_ANSWER if unheard else order.state
    with transaction.atomic():
        lock_battery(order.battery_id)
        if _mine(order).update(state=state, closed_at=now):
            _lead_back(order, now)


def _lead_back(order: Order, now: datetime) -> None:
    """An order to go back to Auto, where the battery may still be under a lease of ours."""
    if order.is_end or not is_held(order.battery_id):
        return
    Order.objects.create(
        battery_id=order.battery_id,
        origin=Origin.END,
        mode_type=TargetMode.AUTO,
        asked_at=now,
        next_at=now,
        until=now + END_TRIED_FOR,
        replaces=order,
    )
    start_task(CARRY_OUT)


def held_batteries() -> list[int]:
    """Those with an open order that may be under a lease of ours."""
    ids = Order.objects.open().values_list("battery_id", flat=True)
    return [battery_id for battery_id in ids if is_held(battery_id)]


def open_order(battery_id: int) -> Order | None:
    """The order in force, as the database has it now."""
    orders = Order.objects.open().select_related("battery")
    return orders.filter(battery_id=battery_id).first()


def note_release(order: Order, now: datetime) -> None:
    """The battery was put into Auto because we stop: the order goes on when we are back."""
    _mine(order).update(next_at=now)


def as_text(payload: bytes) -> str:
    """Bytes of the wire as the ledger keeps them."""
    return payload.decode("utf-8", errors="replace").replace("\x00", "\ufffd")


def said(raw: dict[str, object]) -> str:
    """A device's answer in one line."""
    return json.dumps(raw, ensure_ascii=False, separators=(", ", ": "))
