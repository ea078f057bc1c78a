"""The end of history: rows past HISTORY_DAYS leave in batches, so no lock is held for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from . import hypertable
from .jobs import DiscoveryJob
from .models import BatteryStatusLog, MethodHealth

BATCH = 10_000
HEALTH_DAYS = 90
SEARCH_DAYS = 90
DELETE = """
    DELETE FROM {table} WHERE ctid = ANY(
        ARRAY(SELECT ctid FROM {table} WHERE {column} < %s LIMIT %s)
    )
"""


def delete_expired(now: datetime) -> int:
    """Delete log rows older than HISTORY_DAYS, answer counts and searches older than 90 days;
    how many. A log in chunks loses those that are wholly older: each counts as one."""
    ends = (
        (BatteryStatusLog, "timestamp", settings.HISTORY_DAYS),
        (MethodHealth, "hour_at", HEALTH_DAYS),
        (DiscoveryJob, "asked_at", SEARCH_DAYS),
    )
    return sum(
        _end_before(model._meta.db_table, column, now - timedelta(days=days))
        for model, column, days in ends
    )


def _end_before(table: str, column: str, moment: datetime) -> int:
    if hypertable.is_hypertable(table):
        return hypertable.drop_old_chunks(table, moment)
    return _delete_before(table, column, moment)


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
