"""The end of history: rows past HISTORY_DAYS leave in batches, so no lock is held for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from .models import BatteryStatusLog, MethodHealth

BATCH = 10_000
HEALTH_DAYS = 90
DELETE = """
    DELETE FROM {table} WHERE ctid = ANY(
        ARRAY(SELECT ctid FROM {table} WHERE {column} < %s LIMIT %s)
    )
"""


def delete_expired(now: datetime) -> int:
    """Delete log rows older than HISTORY_DAYS and answer counts older than 90 days; how many."""
    log, health = BatteryStatusLog._meta.db_table, MethodHealth._meta.db_table
    oldest = now - timedelta(days=settings.HISTORY_DAYS)
    return _delete_before(log, "timestamp", oldest) + _delete_before(
        health, "hour_at", now - timedelta(days=HEALTH_DAYS)
    )


def _delete_before(table: str, column: str, moment: datetime) -> int:
    """Each batch is a transaction of its own."""
    total = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(DELETE.format(table=table, column=column), [moment, BATCH])
            deleted: int = cursor.rowcount
        total += deleted
        if deleted < BATCH:
            return total
