"""Keeping what batteries said: the only place that writes readings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from .last_answer import LastAnswer
from .marstek.attempts import Attempt, Outcome
from .models import Battery, BatteryStatusLog, MethodHealth
from .polling import Exchange
from .readings import Reading

REFUSALS = {Outcome.REFUSED, Outcome.PARSE_ERROR, Outcome.MALFORMED, Outcome.WRONG_DEVICE}
HEALTH = MethodHealth._meta.db_table
COUNT_EXCHANGES = f"""
    INSERT INTO {HEALTH}
        (battery_id, method, hour_at, asked, answered, refused, latency_ms_total, latency_ms_max)
    SELECT %s, method, hour_at, count(*), count(latency_ms), count(*) FILTER (WHERE refused),
        coalesce(sum(latency_ms), 0), coalesce(max(latency_ms), 0)
    FROM unnest(%s::text[], %s::timestamptz[], %s::boolean[], %s::integer[])
        AS sent (method, hour_at, refused, latency_ms)
    GROUP BY method, hour_at
    ON CONFLICT (battery_id, method, hour_at) DO UPDATE SET
        asked = {HEALTH}.asked + EXCLUDED.asked,
        answered = {HEALTH}.answered + EXCLUDED.answered,
        refused = {HEALTH}.refused + EXCLUDED.refused,
        latency_ms_total = {HEALTH}.latency_ms_total + EXCLUDED.latency_ms_total,
        latency_ms_max = greatest({HEALTH}.latency_ms_max, EXCLUDED.latency_ms_max)
"""  # noqa: S608  the table's own name
LAST_FIELDS = ("battery", "method", "outcome")
LAST_CONTENT = ("asked_at", "answered_at", "request", "answer")


def record_step(battery_id: int, reading: Reading, exchanges: Iterable[Exchange]) -> bool:
    """Write last-known state, log row, answer counts and last answers of one step, in one
    transaction.

    False, and nothing written, where the battery is retired or gone: the UPDATE comes first and
    locks the battery's row, so a deletion waits or has happened.
    """
    with transaction.atomic():
        if not _update_state(battery_id, reading.state):
            return False
        if reading.row_at is not None and reading.row:
            _write_row(battery_id, reading.row_at, reading.row)
        asked = list(exchanges)
        _count(battery_id, asked)
        _keep_last(battery_id, asked)
        return True


def learn_identity(battery: Battery, ble_mac: str) -> bool:
    """Give a battery entered by hand the identity it answered with; False where it is taken.

    A retired entry hands its identity over: the device was entered anew.
    """
    if battery.ble_mac is not None:
        return battery.ble_mac == ble_mac
    with transaction.atomic():
        others = Battery.objects.filter(ble_mac=ble_mac).exclude(pk=battery.pk)
        if others.active().exists():
            return False
        others.update(ble_mac=None)
        Battery.objects.filter(pk=battery.pk, ble_mac__isnull=True).update(ble_mac=ble_mac)
    battery.ble_mac = ble_mac
    return True


def _update_state(battery_id: int, state: dict[str, Any]) -> bool:
    rows = Battery.objects.filter(pk=battery_id, is_active=True)
    return bool(rows.update(**state)) if state else rows.select_for_update().exists()


def _write_row(battery_id: int, timestamp: datetime, row: dict[str, Any]) -> None:
    """Insert the poll's row, or add what a later answer of the same poll brought."""
    BatteryStatusLog.objects.bulk_create(
        [BatteryStatusLog(battery_id=battery_id, timestamp=timestamp, **row)],
        update_conflicts=True,
        unique_fields=["battery_id", "timestamp"],
        update_fields=list(row),
    )


def _count(battery_id: int, exchanges: Iterable[Exchange]) -> None:
    """Count the datagrams into their hours: sent, answered, refused, and how fast. A request whose
    deadline passed while it waited never left and counts for nothing."""
    sent = [(exchange.method, one) for exchange in exchanges for one in exchange.result.attempts]
    columns = zip(*(_datagram(method, attempt) for method, attempt in sent), strict=True)
    with connection.cursor() as cursor:
        if sent:
            cursor.execute(COUNT_EXCHANGES, [battery_id, *(list(column) for column in columns)])


def _datagram(method: str, attempt: Attempt) -> tuple[str, datetime, bool, int | None]:
    """Method, hour, whether it was refused, and the latency [ms]."""
    hour_at = attempt.sent_at.replace(minute=0, second=0, microsecond=0)
    latency_s = attempt.latency_s
    latency_ms = None if latency_s is None else round(latency_s * 1000)
    return method, hour_at, attempt.outcome in REFUSALS, latency_ms


def _keep_last(battery_id: int, exchanges: Iterable[Exchange]) -> None:
    """The last datagram of each method and outcome takes the place of the one before it."""
    last = {
        (exchange.method, attempt.outcome): _last_answer(battery_id, exchange.method, attempt)
        for exchange in exchanges
        for attempt in exchange.result.attempts
    }
    LastAnswer.objects.bulk_create(
        last.values(),
        update_conflicts=True,
        unique_fields=LAST_FIELDS,
        update_fields=LAST_CONTENT,
    )


def _last_answer(battery_id: int, method: str, attempt: Attempt) -> LastAnswer:
    latency_s, sent_at = attempt.latency_s, attempt.sent_at
    return LastAnswer(
        battery_id=battery_id,
        method=method,
        outcome=attempt.outcome.value,
        asked_at=sent_at,
        answered_at=None if latency_s is None else sent_at + timedelta(seconds=latency_s),
        request=attempt.payload.decode(),
        answer=(attempt.answer or b"").decode(),
    )
