"""The journal for spreadsheets and programs: one flat record a row, times in UTC."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from .intentions import Decision, Override
from .journal import decision_sentence
from .models import Order, OrderAttempt
from .timeline import Entry

COLUMNS = (
    "at",
    "kind",
    "id",
    "battery",
    "mode",
    "power_w",
    "until_soc",
    "until",
    "state",
    "note",
    "reason",
    "sentence",
    "is_written",
    "by",
    "origin",
    "proved_at",
    "verdict_at",
    "ended_at",
    "answer",
    "attempts",
    "effect",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would carry out


class Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def record(entry: Entry) -> dict[str, Any]:
    """Every column; None where this kind of row has nothing to say."""
    values: dict[str, Any] = dict.fromkeys(COLUMNS)
    values |= {"at": entry.place.at, "kind": entry.kind, "id": entry.place.pk}
    row = entry.row
    if isinstance(row, Order):
        return values | _of_order(row)
    if isinstance(row, Decision):
        return values | _of_decision(row)
    return values | _of_override(row)


def as_json(entries: Iterable[Entry]) -> Iterator[str]:
    """One JSON list, a record a line."""
    yield "["
    separator = "\n"
    for entry in entries:
        yield separator + json.dumps(record(entry), cls=DjangoJSONEncoder, ensure_ascii=False)
        separator = ",\n"
    yield "\n]\n"


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """Commas and a head line; lists as JSON; a text that a spreadsheet would run is quoted."""
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for entry in entries:
        yield writer.writerow([_cell(value) for value in record(entry).values()])


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _of_order(order: Order) -> dict[str, Any]:
    return {
        "battery": order.battery.name,
        "mode": order.mode_type,
        "power_w": order.power_w,
        "until": order.until,
        "state": order.state,
        "note": order.note or None,
        "by": order.asked_by.get_username() if order.asked_by else None,
        "origin": order.origin,
        "proved_at": order.proved_at,
        "verdict_at": order.verdict_at,
        "ended_at": order.closed_at,
        "answer": order.answer or None,
        "attempts": [attempt_record(attempt) for attempt in order.attempts.all()],
        "effect": order.effect,
    }


def attempt_record(attempt: OrderAttempt) -> dict[str, Any]:
    """One datagram, as it was on the wire."""
    names = "sent_at", "cause", "mode_type", "power_w", "lease_s", "outcome", "latency_ms"
    values = {name: getattr(attempt, name) for name in names}
    return values | {"request": attempt.request, "answer": attempt.answer}


def _of_decision(decision: Decision) -> dict[str, Any]:
    return {
        "battery": decision.battery.name,
        "mode": decision.mode_type or None,
        "power_w": decision.power_w,
        "until_soc": decision.until_soc,
        "until": decision.until,
        "reason": decision.reason,
        "sentence": decision_sentence(decision, decision.at),
        "is_written": decision.is_written,
        "ended_at": decision.ended_at,
    }


def _of_override(override: Override) -> dict[str, Any]:
    return {
        "battery": override.battery.name,
        "mode": override.mode_type or override.kind,
        "power_w": override.power_w,
        "until_soc": override.target_soc,
        "until": override.until,
        "state": override.end_reason or None,
        "by": override.asked_by.get_username() if override.asked_by else None,
        "origin": override.origin,
        "ended_at": override.ended_at,
    }
