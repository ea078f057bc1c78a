"""What was seen of an order since its write, in its row: looks, findings, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from batteries.marstek.profiles import Fault
from batteries.profile import battery_profile

from .ledger import PROVED, close
from .models import Cause, Order, OrderState
from .proof import Finding, Look, Seen, Wanted, next_look, next_look_of_many
from .rewriting import again_after, renewal_at
from .targets import TargetMode

SEEN_KEPT = 8
LONGEST_MODE_QUIET_S, MODE_MARGIN_S = 30.0, 3.0


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


def looked_at_from(order: Order, written_at: datetime) -> dict[str, object]:
    """Fields of an order that was just written: nothing is seen yet, and when to look first."""
    quiet_s = battery_profile(order.battery).mode_read_quiet_s
    look = next_look(wanted_of(order), quiet_s, (), 0.0)
    look_at = None if look is None else written_at + timedelta(seconds=look.after_s)
    return {"written_at": written_at, "look_at": look_at, "effect": [], "note": ""}


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


def note_finding(order: Order, finding: Finding, now: datetime) -> None:
    """Write what the looks have found into the order, unless it was replaced or written anew."""
    same = Order.objects.open().filter(pk=order.pk, written_at=order.written_at)
    if finding is Finding.PROVED:
        values = proved(order, now)
        if order.is_end:
            close(order, OrderState.PROVED, now)
        else:
            same.update(**values | {"look_at": mode_look_at(order)})
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
        next_at = None if last is None else renewal_at(order, last)
        waiting.update(next_at=next_at, next_cause=Cause.RENEWAL)


def proved(order: Order, now: datetime) -> dict[str, object]:
    """Fields of an order that was proved at `now`; the first proof counts."""
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
