"""Keeping what batteries said: the only place that writes readings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from .marstek.attempts import Outcome
from .models import Battery, BatteryStatusLog, MethodHealth
from .polling import Exchange
from .readings import Reading

REFUSALS = {Outcome.REFUSED, Outcome.PARSE_ERROR, Outcome.MALFORMED, Outcome.WRONG_DEVICE}
HEALTH = MethodHealth._meta.db_table
COUNT_EXCHANGE = f"""
    INSERT INTO {HEALTH}
        (battery_id, method, hour_at, asked, answered, refused, latency_ms_total, latency_ms_max)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (battery_id, method, hour_at) DO UPDATE SET
        asked = {HEALTH}.asked + EXCLUDED.asked,
        answered = {HEALTH}.answered + EXCLUDED.answered,
        refused = {HEALTH}.refused + EXCLUDED.refused,
        latency_ms_total = {HEALTH}.latency_ms_total + EXCLUDED.latency_ms_total,
        latency_ms_max = greatest({HEALTH}.latency_ms_max, EXCLUDED.latency_ms_max)
"""  # noqa: S608  the table's own name


def record_step(battery_id: int, reading: Reading, exchanges: Iterable[Exchange]) -> bool:
    """Write last-known state, log row and answer counts of one step, in one transaction.

    False, and nothing written, where the battery is retired or gone: the UPDATE comes first and
    locks the battery's row, so a deletion waits or has happened.
    """
    with transaction.atomic():
        if not _update_state(battery_id, reading.state):
            return False
        if reading.row_at is not None and reading.row:
            _write_row(battery_id, reading.row_at, reading.row)
        for exchange in exchanges:
            _count(battery_id, exchange)
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


def _count(battery_id: int, exchange: Exchange) -> None:
    """Count one request's datagrams into its hour: sent, answered, refused, and how fast."""
    attempts = exchange.result.attempts
    if not attempts:
        return  # it never left: its deadline passed while it waited
    latencies_ms = [round(a.latency_s * 1000) for a in attempts if a.latency_s is not None]
    refused = sum(a.outcome in REFUSALS for a in attempts)
    hour_at = attempts[0].sent_at.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT_EXCHANGE,
            [
                battery_id,
                exchange.method,
                hour_at,
                len(attempts),
                len(latencies_ms),
                refused,
                sum(latencies_ms),
                max(latencies_ms, default=0),
            ],
        )
