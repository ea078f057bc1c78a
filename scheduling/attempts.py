"""The datagrams of an order in the database: claim, attempt, result.

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

from batteries.marstek.profiles import Profile
from batteries.marstek.slots import Slot
from batteries.marstek.wire import Request
from batteries.profile import battery_profile

from .evidence import MODE_MARGIN_S, looked_at_from, proved
from .ledger import PROVED
from .models import Cause, Order, OrderAttempt, OrderQuerySet, OrderState, Outcome
from .rewriting import again_after, renewal_at
from .selectors import IN_FORCE
from .targets import LEASED, TargetMode

CLAIM = timedelta(seconds=30)
LONGEST_LEASE_S = 600
TRY_AGAIN = timedelta(seconds=60)
UNHEARD_RETRY = timedelta(minutes=10)  # its first answer to a poll comes earlier, mostly
ENDED_UNHEARD = "killed or cut off before its result was known"


@dataclass(frozen=True, slots=True)
class Write:
    """What one datagram tells a battery. `lease_s` where it ends by itself."""

    mode_type: TargetMode
    power_w: int = 0
    lease_s: int | None = None
    cause: Cause = Cause.FIRST
    slot: Slot | None = None

    @classmethod
    def of(cls, order: Order, now: datetime) -> Write:
        """What an order asks for at `now`: a lease of ten minutes, or of what is left."""
        mode_type, cause = TargetMode(order.mode_type), Cause(order.next_cause)
        if mode_type not in LEASED or order.until is None:
            return cls(mode_type, cause=cause)
        left_s = ceil((order.until - now).total_seconds())
        return cls(mode_type, order.power_w or 0, max(1, min(LONGEST_LEASE_S, left_s)), cause)

    def request(self, profile: Profile) -> Request:
        """The wire's request for it."""
        if self.slot is not None:
            return Request.set_manual(self.slot, profile)
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


def claim_due(battery_id: int, now: datetime) -> Order | None:
    """The order of this battery that is to be tended, for us alone; None where there is none."""
    due = Order.objects.due(now).filter(battery_id=battery_id)
    order = due.select_related("battery", "decision").first()
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
    request = write.request(battery_profile(order.battery))
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
            cause=write.cause,
            mode_type=write.mode_type,
            power_w=_told_w(write),
            lease_s=write.lease_s,
            slot=None if write.slot is None else write.slot.number,
            sent_at=now,
            request=f'{{"method":"{request.method}","params":{request.params}}}',
        )


def _told_w(write: Write) -> int | None:
    """The power that a datagram names."""
    if write.slot is not None:
        return write.slot.power_w if write.slot.is_enabled else None
    return None if write.lease_s is None else write.power_w


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
        values |= _accepted(order, attempt, result.outcome)
    else:
        values |= _failed(order, attempt, result.outcome, now)
    _mine(order).update(**values)


def _accepted(order: Order, attempt: OrderAttempt, outcome: Outcome) -> dict[str, object]:
    values: dict[str, object] = {"next_at": renewal_at(order, attempt), "next_cause": "renewal"}
    if outcome == Outcome.ALREADY:
        return values | proved(order, attempt.sent_at) | {"written_at": attempt.sent_at}
    if attempt.cause == Cause.RENEWAL and order.state != OrderState.UNDONE:
        return values
    return values | looked_at_from(order, attempt.sent_at) | _state_of_accepted(order, attempt)


def _state_of_accepted(order: Order, attempt: OrderAttempt) -> dict[str, object]:
    """A change of power keeps what was proved until an effect speaks against it."""
    keeps = attempt.cause == Cause.ADJUST and order.state in PROVED
    return {} if keeps else {"state": OrderState.ACKNOWLEDGED}


def _failed(
    order: Order, attempt: OrderAttempt, outcome: Outcome, now: datetime
) -> dict[str, object]:
    """A renewal that failed changes no verdict. Silence may have been obedience: its effect is
    looked at. A refusal is asked again, at first soon; that of a mode may mean that it is in it
    already, so it is read before."""
    if attempt.cause == Cause.RENEWAL and order.state != OrderState.UNDONE:
        return {"next_at": now + TRY_AGAIN}
    if outcome == Outcome.NOT_SENT:
        return {"next_at": now + TRY_AGAIN, "state": OrderState.NO_ANSWER, "next_cause": "unheard"}
    if outcome == Outcome.NO_ANSWER:
        looks = looked_at_from(order, attempt.sent_at)
        again = {"next_at": now + UNHEARD_RETRY, "next_cause": Cause.UNHEARD}
        return looks | again | {"state": OrderState.NO_ANSWER}
    refused = {"state": OrderState.REFUSED, "next_cause": Cause.AGAIN}
    next_at = now + again_after(order, now)
    if order.is_leased:
        return refused | {"next_at": next_at}
    quiet_s = battery_profile(order.battery).mode_read_quiet_s
    read_at = attempt.sent_at + timedelta(seconds=quiet_s + 2 * MODE_MARGIN_S)
    return looked_at_from(order, attempt.sent_at) | refused | {"next_at": max(next_at, read_at)}


def note_release(order: Order, now: datetime) -> None:
    """The battery was put into Auto because we stop: the order goes on when we are back."""
    _mine(order).update(next_at=now, next_cause=Cause.FIRST, look_at=None)


def as_text(payload: bytes) -> str:
    """Bytes of the wire as the ledger keeps them."""
    return payload.decode("utf-8", errors="replace").replace("\x00", "\ufffd")


def said(raw: dict[str, object]) -> str:
    """A device's answer in one line."""
    return json.dumps(raw, ensure_ascii=False, separators=(", ", ": "))
