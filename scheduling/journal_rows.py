"""The timeline in words: what each order, decision and override was, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from batteries import wording

from .answer_words import answer_words
from .intentions import Decision, Override, OverrideEnd, OverrideKind
from .journal import decision_sentence
from .models import Order, OrderAttempt, OrderState, Origin
from .presentation import TROUBLE, order_sentence
from .targets import LEASED, TargetMode
from .timeline import Entry


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One datagram: why, what it told the battery, what came back and how fast."""

    sent_at: datetime
    cause: str
    what: str
    outcome: str
    latency: str
    request: str
    answer: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the journal; orders have more to unfold."""

    key: str
    kind: str
    at: datetime
    clock: str
    day: str
    battery: str
    battery_id: int
    text: str
    is_trouble: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    attempts: tuple[AttemptRow, ...] = ()
    effect: tuple[str, ...] = ()


def row_of(entry: Entry, now: datetime) -> Row:
    """An entry in the language that is active."""
    row = entry.row
    if isinstance(row, Order):
        return _order(entry, row, now)
    if isinstance(row, Decision):
        return _row(entry, decision_sentence(row, row.at))
    return _row(entry, override_sentence(row, now))


def _row(entry: Entry, text: str, **values: Any) -> Row:
    row = entry.row
    local = localtime(entry.place.at)
    return Row(
        key=f"{entry.kind}-{entry.place.pk}",
        kind=entry.kind,
        at=entry.place.at,
        clock=date_format(local, "H:i:s"),
        day=date_format(local, "l j F Y"),
        battery=row.battery.name,
        battery_id=row.battery_id,
        text=text,
        **values,
    )


def _order(entry: Entry, order: Order, now: datetime) -> Row:
    return _row(
        entry,
        order_sentence(order, now),
        is_trouble=order.state in TROUBLE,
        facts=tuple(order_facts(order)),
        attempts=tuple(attempt_row(attempt) for attempt in order.attempts.all()),
        effect=tuple(reading(seen) for seen in order.effect),
    )


def order_facts(order: Order) -> list[tuple[str, str]]:
    """What is known of an order beside its sentence; what is not known is left out."""
    facts = [
        (_("Verdict"), str(OrderState(order.state).label)),
        (_("First verdict"), _moment(order.verdict_at)),
        (_("First proved"), _moment(order.proved_at)),
        (_("Note"), str(order.get_note_display()) if order.note else ""),
        (_("The battery said last"), answer_words(order.answer)),
        (_("From where"), str(order.get_origin_display())),
        (_("Ended"), _moment(order.closed_at)),
    ]
    return [(label, text) for label, text in facts if text]


def attempt_row(attempt: OrderAttempt) -> AttemptRow:
    """One datagram in words; request and answer as they were on the wire."""
    latency = attempt.latency_ms
    return AttemptRow(
        sent_at=attempt.sent_at,
        cause=str(attempt.get_cause_display()),
        what=_told(attempt),
        outcome=str(attempt.get_outcome_display()),
        latency="" if latency is None else wording.with_unit(latency, "ms"),
        request=attempt.request,
        answer=answer_words(attempt.answer),
    )


def _told(attempt: OrderAttempt) -> str:
    if attempt.power_w:
        words = wording.battery_power(attempt.power_w)
    else:
        words = str(TargetMode(attempt.mode_type).label)
    if attempt.mode_type in LEASED and attempt.lease_s is not None:
        lease = wording.with_unit(attempt.lease_s, "s")
        return _("%(what)s, for %(lease)s") % {"what": words, "lease": lease}
    return words


def reading(seen: dict[str, Any]) -> str:
    """What was read of the battery, so many seconds after the write."""
    power_w, soc, mode = seen.get("power_w"), seen.get("soc"), seen.get("mode")
    parts = [
        "" if power_w is None else wording.battery_power(power_w),
        "" if soc is None else wording.percent(soc),
        "" if mode is None else _("mode %(mode)s") % {"mode": mode},
    ]
    words = {
        "after": wording.with_unit(seen.get("after_s", 0), "s"),
        "what": ", ".join(part for part in parts if part),
    }
    return _("After %(after)s: %(what)s") % words


def override_sentence(override: Override, now: datetime) -> str:
    """Who asked for what until when, and how it ended."""
    person = override.asked_by
    words = {
        "what": _asked_for(override),
        "who": person.get_username() if person else str(Origin(override.origin).label),
        "until": wording.moment(override.until, now),
        "end": _ending(override, now),
    }
    return _("Asked by %(who)s: %(what)s until %(until)s – %(end)s") % words


def _asked_for(override: Override) -> str:
    if override.kind == OverrideKind.HANDS_OFF:
        return _("hands off, nothing is written")
    if override.kind == OverrideKind.YIELD:
        return _("left to somebody else, who changed its mode")
    if override.target_soc is not None and override.mode_type == TargetMode.CHARGE:
        soc = wording.percent(override.target_soc)
        return _("charge up to %(soc)s") % {"soc": soc}
    if override.power_w:
        words = wording.battery_power(override.power_w)
        return words[:1].lower() + words[1:]
    return str(TargetMode(override.mode_type).label)


def _ending(override: Override, now: datetime) -> str:
    if override.ended_at is None:
        return _("it runs") if override.until > now else str(OverrideEnd.OVER.label)
    words = {
        "how": str(override.get_end_reason_display()),
        "moment": wording.moment(override.ended_at, now),
    }
    return _("%(how)s at %(moment)s") % words


def _moment(at: datetime | None) -> str:
    return "" if at is None else date_format(localtime(at), "d.m.Y H:i:s")
