"""Who may talk to the batteries: exactly one process per local network.

A device answers to its own port number, so two processes with sockets on that port take each
other's answers away. The owner holds a PostgreSQL advisory lock on a connection of its own, and
lets go of its sockets as soon as it loses that connection.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable

import psycopg
from django.conf import settings
from django.db import connections

from notifications.heartbeat import beat_heart, stop_heart

log = logging.getLogger(__name__)
WATCH_S = 1.0
RETRY_S = 2.0
LOCK_IS_HELD = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32) | objid::bigint = %s
    )
"""


def lock_key(queue: str) -> int:
    """The advisory lock of one local network, named by its queue: a signed 64-bit number."""
    digest = hashlib.sha256(f"marstek devices owner {queue}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def is_owned() -> bool:
    """Whether some process owns the batteries of this network now; asks, and takes nothing."""
    with connections["default"].cursor() as cursor:
        cursor.execute(LOCK_IS_HELD, [lock_key(settings.DEVICES_QUEUE)])
        return bool(cursor.fetchone()[0])


class OwnerLock:
    """The advisory lock, on a connection that nothing else uses."""

    def __init__(self, queue: str | None = None) -> None:
        self.key = lock_key(queue or settings.DEVICES_QUEUE)
        self._connection: psycopg.Connection[tuple[bool]] | None = None

    def try_acquire(self) -> bool:
        """Whether the lock is ours now. Raises `psycopg.Error` where PostgreSQL is away."""
        self.release()
        parameters = connections["default"].get_connection_params()
        parameters.pop("cursor_factory", None)
        connection = psycopg.connect(
            **{**parameters, "application_name": "marstek devices owner"},
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


class Ownership:
    """Keeps the lock, and tells when it is won and lost.

    `on_won` may open sockets, `on_lost` must close them; `on_replaced` is called when the lock
    was lost and somebody else has it by now. All three run in the watching thread.
    """

    def __init__(
        self,
        lock: OwnerLock,
        *,
        on_won: Callable[[], None],
        on_lost: Callable[[], None],
        on_replaced: Callable[[], None],
    ) -> None:
        self._lock = lock
        self._on_won, self._on_lost, self._on_replaced = on_won, on_lost, on_replaced
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="owner", daemon=True)

    def wait_for_lock(self) -> None:
        """Return once the lock is ours, however long that takes; one line says why it waits."""
        said = ""
        while not self._stop.is_set():
            reason = self._why_not()
            if not reason:
                return
            if reason != said:
                log.warning("%s", reason)
                said = reason
            self._stop.wait(RETRY_S)

    def start(self) -> None:
        """Open the sockets and watch the lock."""
        self._thread.start()

    def stop(self) -> None:
        """Close the sockets and let go of the lock."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._lock.release()

    def _why_not(self) -> str:
        try:
            if self._lock.try_acquire():
                return ""
        except psycopg.Error as error:
            return f"waiting for PostgreSQL before touching any battery: {first_line(error)}"
        return (
            "another devices worker owns the batteries of this network: "
            "this one waits and takes over when that one ends"
        )

    def _watch(self) -> None:
        try:
            self._on_won()
            while not self._stop.wait(WATCH_S):
                if self._lock.is_held():
                    beat_heart("owner")
                else:
                    self._win_again()
        except Exception:  # an owner that no longer watches must not stay the owner
            log.exception("this worker can no longer own the batteries: it restarts")
            self._on_replaced()
        finally:
            self._on_lost()

    def _win_again(self) -> None:
        log.warning("lost the lock on the batteries with its connection: sockets closed")
        stop_heart("owner")
        self._on_lost()
        while not self._stop.is_set():
            try:
                if self._lock.try_acquire():
                    log.warning("the lock on the batteries is held again")
                    self._on_won()
                else:
                    log.error("another devices worker took over: this one restarts")
                    self._on_replaced()
                return
            except psycopg.Error:
                self._stop.wait(RETRY_S)


def first_line(error: Exception) -> str:
    """What an error says, for one line of the log."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
