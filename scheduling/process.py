"""The desk in the devices process: a thread that looks, and threads that tend the batteries."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection
from django.dispatch import receiver

from batteries.devices import clock, sockets_closing, sockets_opened
from batteries.marstek.front import GatewayThread
from batteries.poller import Poller
from batteries.writing import Writer

from .desk import LOOK_EVERY_S, STOP_WITHIN, Desk, Job
from .restarting import note_clean_stop

log = logging.getLogger(__name__)
SIDE_BY_SIDE, RELEASED_SIDE_BY_SIDE = 8, 32


class DeskThread:
    """Looks every 5 s, and at once when it is woken."""

    def __init__(self, gateway: GatewayThread, poller: Poller) -> None:
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="desk")
        self._desk = Desk(Writer(gateway, gateway.gateway), poller, clock, self._spread)
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    def stop(self, *, is_clean: bool) -> None:
        """End. A clean stop first gives the batteries that we hold back to Auto (at most 20 s)."""
        self._desk.stop()
        self._stopped.set()
        self.wake()
        if is_clean:
            self._release()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _release(self) -> None:
        """All side by side: each has the whole time."""
        done: list[Future[object]] = []
        pool = ThreadPoolExecutor(RELEASED_SIDE_BY_SIDE, thread_name_prefix="release")
        try:
            self._desk.release(lambda jobs: done.extend(pool.submit(self._do, job) for job in jobs))
            wait(done, timeout=STOP_WITHIN.total_seconds() + 1)
        except DatabaseError as error:
            log.warning("batteries that we hold were not put into Auto: %s", error)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            connection.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            self._woken.wait(self._look())
        connection.close()

    def _look(self) -> float:
        close_old_connections()
        try:
            return self._desk.look()
        except DatabaseError as error:
            log.warning("orders wait for the database: %s", str(error).strip().split("\n")[0])
            return LOOK_EVERY_S

    def _spread(self, jobs: Iterable[Job]) -> None:
        with suppress(RuntimeError):  # the pool was shut down meanwhile: we stop
            for job in jobs:
                self._pool.submit(self._do, job).add_done_callback(self._done)

    def _do(self, job: Job) -> object:
        try:
            return job()
        except Exception:
            log.exception("the desk could not do something")  # a bug must not be swallowed
            raise
        finally:
            connection.close()

    def _done(self, future: Future[object]) -> None:
        """What came in while this battery was busy, or is wanted of it next, is taken up now. After
        a bug the desk looks when it would: nothing is tried in a hurry again and again."""
        if not future.cancelled() and future.exception() is None:
            self.wake()


_desk: DeskThread | None = None


def wake_desk() -> None:
    """Look at the ledger now, where this process owns the sockets; else the owner's own look in
    at most 5 s finds what is due."""
    desk = _desk
    if desk is not None:
        desk.wake()


@receiver(sockets_opened)
def open_desk(gateway: GatewayThread, poller: Poller, **_kwargs: Any) -> None:
    """This process may talk to batteries now."""
    global _desk  # noqa: PLW0603  one per process, as the sockets are
    _desk = DeskThread(gateway, poller)
    _desk.start()


@receiver(sockets_closing)
def close_desk(is_clean: bool, **_kwargs: Any) -> None:
    """This process stops, or has lost the batteries to another one."""
    global _desk
    desk, _desk = _desk, None
    if desk is not None:
        desk.stop(is_clean=is_clean)
    if is_clean:
        with suppress(DatabaseError):  # it is away: the next start tells of a gap
            note_clean_stop(clock())
