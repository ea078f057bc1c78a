"""One process at a time: a PostgreSQL advisory lock on a connection of its own."""

from __future__ import annotations

import hashlib

import psycopg
from django.db import connections

LOCK_IS_HELD = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32) | objid::bigint = %s
    )
"""


def is_taken(key: int) -> bool:
    """Whether some process holds the lock of this key now; asks, and takes nothing."""
    with connections["default"].cursor() as cursor:
        cursor.execute(LOCK_IS_HELD, [key])
        return bool(cursor.fetchone()[0])


def lock_key(name: str) -> int:
    """The lock's number: a signed 64-bit one, from its name."""
    digest = hashlib.sha256(f"marstek {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class AdvisoryLock:
    """Held until `release`, or until its connection ends, with the process at the latest."""

    def __init__(self, name: str) -> None:
        self.name, self.key = name, lock_key(name)
        self._connection: psycopg.Connection[tuple[bool]] | None = None

    def try_acquire(self) -> bool:
        """Whether the lock is ours now. Raises `psycopg.Error` where PostgreSQL is away."""
        self.release()
        parameters = connections["default"].get_connection_params()
        parameters.pop("cursor_factory", None)
        connection = psycopg.connect(
            **{**parameters, "application_name": f"marstek {self.name}"},
            autocommit=True,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=2,
        )
        self._connection = connection  # from here on `release` closes it
        try:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [self.key]).fetchone()
        except psycopg.Error:
            self.release()
            raise
        if row is None or not row[0]:
            self.release()
            return False
        return True

    def is_held(self) -> bool:
        """Whether the connection that holds the lock still lives."""
        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Let go; nothing happens where nothing is held."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
