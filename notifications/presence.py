"""Whether a process is there, seen from another machine or container: it holds a lock."""

from __future__ import annotations

import logging
import threading

import psycopg

from .lock import AdvisoryLock, is_taken

log = logging.getLogger(__name__)
EVERY_S = 5.0


def is_present(name: str) -> bool:
    """Whether some process shows itself by this name."""
    return is_taken(AdvisoryLock(name).key)


def show_presence(name: str) -> threading.Thread:
    """Hold the lock of this name from a thread, as long as the process lives."""
    thread = threading.Thread(target=_hold, args=(AdvisoryLock(name),), name=name, daemon=True)
    thread.start()
    return thread


def _hold(lock: AdvisoryLock) -> None:
    pause = threading.Event()
    while True:
        try:
            if not lock.is_held():
                lock.try_acquire()  # one that is to end may still have it
        except psycopg.Error as error:
            log.debug("no presence while PostgreSQL is away: %s", error)
        pause.wait(EVERY_S)
