"""Who may talk to the batteries: exactly one process per local network.

A device answers to its own port number, so two processes with sockets on that port take each
other's answers away. The owner holds a PostgreSQL advisory lock on a connection of its own, and
lets go of its sockets as soon as it loses that connection.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg
from django.conf import settings

from notifications.heartbeat import beat_heart, stop_heart
from notifications.lock import AdvisoryLock, is_taken

log = logging.getLogger(__name__)
WATCH_S = 1.0
RETRY_S = 2.0


def is_owned() -> bool:
    """Whether some process owns the batteries of this network now; asks, and takes nothing."""
    return is_taken(OwnerLock().key)


class OwnerLock(AdvisoryLock):
    """The lock on the batteries of one local network."""

    def __init__(self, queue: str | None = None) -> None:
        super().__init__(f"devices owner {queue or settings.DEVICES_QUEUE}")


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
