"""The steps of an order in the database: claim, attempt, result, proof, end.

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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import Case, F, When

from batteries.marstek.profiles import Fault, Profile
from batteries.marstek.slots import Slot
from batteries.marstek.wire import Request
from batteries.models import Battery
from batteries.profile import battery_profile

from .models import CLOCK_BACK, Cause, Order, OrderAttempt, OrderQuerySet, OrderState, Outcome
from .programs import LONGEST
from .proof import Finding, Look, Seen, Wanted, next_look, next_look_of_many
from .selectors import IN_FORCE, is_held, times_applied_again
from .targets import LEASED, TargetMode

CARRY_OUT = "scheduling.carry_out_orders"
CLAIM = timedelta(seconds=30)
LONGEST_LEASE_S = 600
TRY_AGAIN = timedelta(seconds=60)
UNHEARD_RETRY = timedelta(minutes=10)  # its first answer to a poll comes earlier, mostly
VERDICT_WITHIN = timedelta(seconds=290)
AGAIN_WITHIN = timedelta(minutes=30)
AGAIN_TIMES = 3
AGAIN_THEN_EVERY = timedelta(minutes=15)
AGAIN_THEN_EVERY_RED = timedelta(minutes=10)
SEEN_KEPT = 8
LONGEST_MODE_QUIET_S, MODE_MARGIN_S = 30.0, 3.0
ENDED_UNHEARD = "killed or cut off before its result was known"
FAILED = {
    Outcome.REFUSED: OrderState.REFUSED,
    Outcome.NO_ANSWER: OrderState.NO_ANSWER,
    Outcome.NOT_SENT: OrderState.NO_ANSWER,
}
PROVED = (OrderState.PROVED, OrderState.ARMED)
WITHOUT_VERDICT = (OrderState.QUEUED, OrderState.SENT)


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
    values: dict[str, object] = {"next_at": _renewal_at(order, attempt), "next_cause": "renewal"}
    if outcome == Outcome.ALREADY:
        return values | _proved(order, attempt.sent_at) | {"written_at": attempt.sent_at}
    if attempt.cause == Cause.RENEWAL and order.state != OrderState.UNDONE:
        return values
    return values | _looked_at_from(order, attempt.sent_at) | _state_of_accepted(order, attempt)


def _state_of_accepted(order: Order, attempt: OrderAttempt) -> dict[str, object]:
    """A change of power keeps what was proved until an effect speaks against it."""
    keeps = attempt.cause == Cause.ADJUST and order.state in PROVED
    return {} if keeps else {"state": OrderState.ACKNOWLEDGED}


def _renewal_at(order: Order, attempt: OrderAttempt) -> datetime | None:
    """Half a lease later. Standing still needs none: a lease that is over stands still, too."""
    if attempt.slot is not None:
        return _program_renewal_at(order, attempt)
    if order.until is None or attempt.lease_s is None or order.mode_type == TargetMode.HOLD:
        return None
    lease = timedelta(seconds=attempt.lease_s)
    if attempt.sent_at + lease >= order.until - timedelta(seconds=1):
        return None
    return attempt.sent_at + lease / 2


def _program_renewal_at(order: Order, attempt: OrderAttempt) -> datetime | None:
    """A program reaches 20 hours ahead; one that shall last longer is written anew before."""
    ends_at = attempt.sent_at + LONGEST
    is_longer = order.until is not None and order.until > ends_at
    return attempt.sent_at + LONGEST / 2 if is_longer else None


def _looked_at_from(order: Order, written_at: datetime) -> dict[str, object]:
    quiet_s = battery_profile(order.battery).mode_read_quiet_s
    look = next_look(wanted_of(order), quiet_s, (), 0.0)
    look_at = None if look is None else written_at + timedelta(seconds=look.after_s)
    return {"written_at": written_at, "look_at": look_at, "effect": [], "note": ""}


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
        looks = _looked_at_from(order, attempt.sent_at)
        again = {"next_at": now + UNHEARD_RETRY, "next_cause": Cause.UNHEARD}
        return looks | again | {"state": OrderState.NO_ANSWER}
    refused = {"state": OrderState.REFUSED, "next_cause": Cause.AGAIN}
    next_at = now + again_after(order, now)
    if order.is_leased:
        return refused | {"next_at": next_at}
    quiet_s = battery_profile(order.battery).mode_read_quiet_s
    read_at = attempt.sent_at + timedelta(seconds=quiet_s + 2 * MODE_MARGIN_S)
    return _looked_at_from(order, attempt.sent_at) | refused | {"next_at": max(next_at, read_at)}


def again_after(order: Order, now: datetime, since: datetime | None = None) -> timedelta:
    """How long to wait before an order is written again that was answered, and then ignored or
    undone: three times in 30 minutes soon after `since` (its write; else now), then once a quarter
    of an hour."""
    times, last_at = times_applied_again(order.battery_id, now - AGAIN_WITHIN)
    if times < AGAIN_TIMES or last_at is None:
        soon = (since or now) + timedelta(seconds=10 * (times + 1))
        return max(timedelta(0), soon - now)
    rest = AGAIN_THEN_EVERY_RED if is_for_red(order) else AGAIN_THEN_EVERY
    return max(timedelta(0), last_at + rest - now)


def is_for_red(order: Order) -> bool:
    """Whether a red day depends on it."""
    return order.decision is not None and order.decision.reason.startswith("red_")


def wanted_of(order: Order) -> Wanted:
    """What proof asks of an order. The step that takes slots over is looked at as a power is."""
    if order.is_set_up:
        return Wanted(TargetMode.CHARGE)
    return Wanted(
        TargetMode(order.mode_type),
        order.power_w or 0,
        is_program=order.program is not None,
        is_sparing=Fault.METER_THEFT in battery_profile(order.battery).faults,
    )


def note_seen(order: Order, seen: Seen | None, now: datetime) -> list[Seen]:
    """Keep what a look brought, and when the next one is; everything seen since the write. A look
    that was lost is soon made again where more datagrams do no harm."""
    entries = [*order.effect]
    if seen is not None:
        entries = _kept([*entries, _as_json(seen)])
    order.effect = entries
    all_seen = seen_of(order)
    written_at = order.written_at or now
    look = _look_after(order, all_seen, (now - written_at).total_seconds(), was_lost=seen is None)
    order.look_at = None if look is None else written_at + timedelta(seconds=look.after_s)
    same = Order.objects.open().filter(pk=order.pk, written_at=order.written_at)
    same.update(effect=entries, look_at=order.look_at)
    return all_seen


def _kept(entries: list[dict[str, object]]) -> list[dict[str, object]]:
    """The newest, and the last mode that was told before them."""
    older = [entry for entry in entries[:-SEEN_KEPT] if "mode" in entry]
    return [*older[-1:], *entries[-SEEN_KEPT:]]


def _look_after(order: Order, seen: list[Seen], now_s: float, *, was_lost: bool) -> Look | None:
    if order.state in PROVED:
        return None
    wanted, profile = wanted_of(order), battery_profile(order.battery)
    if wanted.is_sparing or not profile.read_retries:
        return next_look(wanted, profile.mode_read_quiet_s, seen, now_s)
    quiet_s = profile.mode_read_quiet_s
    return next_look_of_many(wanted, quiet_s, seen, now_s, was_lost=was_lost)


def slot_count(battery: Battery) -> int:
    """How many slots this model has."""
    return battery_profile(battery).slots


def seen_of(order: Order) -> list[Seen]:
    """The readings that were kept since the write."""
    return [Seen(**entry) for entry in order.effect]


def _as_json(seen: Seen) -> dict[str, object]:
    values = {
        "after_s": round(seen.after_s, 1),
        "power_w": seen.power_w,
        "soc": seen.soc,
        "mode": seen.mode,
    }
    return {name: value for name, value in values.items() if value is not None}


def note_finding(order: Order, finding: Finding, now: datetime) -> None:
    """Write what the looks have found into the order, unless it was replaced or written anew."""
    same = Order.objects.open().filter(pk=order.pk, written_at=order.written_at)
    if finding is Finding.PROVED:
        proved = _proved(order, now)
        if order.is_end:
            close(order, OrderState.PROVED, now)
        else:
            same.update(**proved | {"look_at": mode_look_at(order)})
            _leave_written(order)
    elif finding in (Finding.FULL, Finding.EMPTY):
        verdict = {"verdict_at": order.verdict_at or now, "note": finding.value}
        same.update(state=OrderState.ACKNOWLEDGED, look_at=None, **verdict)


def _leave_written(order: Order) -> None:
    """What acted without a good answer is not written again: its lease is renewed as any other."""
    if order.next_cause in (Cause.UNHEARD, Cause.AGAIN):
        last = order.attempts.order_by("-id").first()
        waiting = Order.objects.open().filter(
            pk=order.pk, claimed_at=order.claimed_at, next_at=order.next_at
        )
        next_at = None if last is None else _renewal_at(order, last)
        waiting.update(next_at=next_at, next_cause=Cause.RENEWAL)


def look_now(order: Order, now: datetime) -> None:
    """Read its mode now: one reading speaks against it."""
    same = Order.objects.open().filter(pk=order.pk, written_at=order.written_at)
    same.update(look_at=now)


def mode_look_at(order: Order) -> datetime | None:
    """When the mode of a power that is proved is read once, so that pages do not wait for the
    polls to tell it; None where it must rest long, or was read."""
    quiet_s = battery_profile(order.battery).mode_read_quiet_s
    has_mode = any(one.mode is not None for one in seen_of(order))
    if has_mode or quiet_s > LONGEST_MODE_QUIET_S or order.written_at is None:
        return None
    return order.written_at + timedelta(seconds=quiet_s + MODE_MARGIN_S)


def _proved(order: Order, now: datetime) -> dict[str, object]:
    order.state = OrderState.ARMED if order.program is not None else OrderState.PROVED
    order.proved_at, order.verdict_at = order.proved_at or now, order.verdict_at or now
    return {
        "state": order.state,
        "proved_at": order.proved_at,
        "verdict_at": order.verdict_at,
        "look_at": None,
        "note": "",
    }


def write_again(order: Order, now: datetime, *, note: str = "") -> None:
    """It was answered, and not done or undone: write it anew, as soon as the bound allows. What was
    read before the last reading proves nothing any more."""
    was_proved = order.state in (*PROVED, OrderState.UNDONE)
    values: dict[str, object] = {
        "state": OrderState.UNDONE if was_proved else OrderState.ACKNOWLEDGED,
        "undone_count": F("undone_count") + int(order.state in PROVED),
        "next_at": now + again_after(order, now, order.written_at),
        "next_cause": Cause.AGAIN,
        "look_at": None,
        "effect": order.effect[-1:],
        "note": note or order.note,
    }
    Order.objects.open().filter(pk=order.pk, written_at=order.written_at).update(**values)


def write_unheard(order: Order, now: datetime) -> None:
    """It answers again, or the looks show that it never heard the write: write it now."""
    same = Order.objects.open().filter(pk=order.pk, written_at=order.written_at)
    same.update(next_at=now, next_cause=Cause.UNHEARD, look_at=None)


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


def note_release(order: Order, now: datetime) -> None:
    """The battery was put into Auto because we stop: the order goes on when we are back."""
    _mine(order).update(next_at=now, next_cause=Cause.FIRST, look_at=None)


def as_text(payload: bytes) -> str:
    """Bytes of the wire as the ledger keeps them."""
    return payload.decode("utf-8", errors="replace").replace("\x00", "\ufffd")


def said(raw: dict[str, object]) -> str:
    """A device's answer in one line."""
    return json.dumps(raw, ensure_ascii=False, separators=(", ", ": "))
