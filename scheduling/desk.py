"""The desk of the devices process: reconciles, writes what is due, and looks at the effect.

The ledger, not the broker, carries truth: the desk looks every 5 s, a message only wakes it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db import Error as DatabaseError

from batteries.marstek.errors import MarstekError
from batteries.poller import Poller
from batteries.writing import Writer

from . import attempts, ledger, mirror
from .carrying import Carrier
from .looking import Looker
from .models import Order
from .reconciling import reconcile
from .targets import TargetMode
from .telling import tell_verdicts

log = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0
STOP_WITHIN = timedelta(seconds=19)
HANDS_FREE_S = 8.0
Job = Callable[[], object]
Spread = Callable[[Iterable[Job]], None]


def in_turn(jobs: Iterable[Job]) -> None:
    """Do the jobs here, one after the other."""
    for job in jobs:
        job()


class Desk:
    """Tends each battery's order, one at a time; several batteries side by side where `spread`
    does its jobs in threads, and looks again after each. Thread-safe."""

    def __init__(
        self,
        writer: Writer,
        poller: Poller,
        clock: Callable[[], datetime],
        spread: Spread = in_turn,
        look_every_s: float | None = None,
    ) -> None:
        self._clock, self._spread = clock, spread
        self._look_every_s = LOOK_EVERY_S if look_every_s is None else look_every_s
        self._carrier, self._looker = Carrier(writer, clock), Looker(writer, poller, clock)
        self._lock = threading.Condition()
        self._busy: set[int] = set()

    def look(self) -> float:
        """Take up everything that is due; how long until the next look [s]. Raises
        `DatabaseError`."""
        if self._carrier.is_stopping:
            return LOOK_EVERY_S
        now = self._clock()
        edge = reconcile(now)
        agenda = ledger.agenda(now)
        tell_verdicts(ledger.give_verdicts(agenda.overdue, now), now)
        self._spread([partial(self._tend, pk) for pk in self._take(agenda.due)])
        self._spread([partial(self._see, pk) for pk in self._take(agenda.unseen)])
        return self._until_next_look_s(edge)

    def stop(self) -> None:
        """Begin nothing new, and send no further datagram for what is in hand."""
        self._carrier.is_stopping = True

    def release(self, spread: Spread = in_turn) -> int:
        """A clean stop: put every battery that we hold into Auto, as far as it answers in time.
        How many were asked. Orders whose time is not over go on with the next start."""
        self.stop()
        deadline = self._clock() + STOP_WITHIN
        held = ledger.held_batteries()
        spread([partial(self._release, battery_id, deadline) for battery_id in held])
        return len(held)

    def _take(self, battery_ids: Iterable[int]) -> list[int]:
        with self._lock:
            free = [pk for pk in battery_ids if pk not in self._busy]
            self._busy.update(free)
        return free

    def _give_back(self, battery_id: int) -> None:
        with self._lock:
            self._busy.discard(battery_id)
            self._lock.notify_all()

    def _tend(self, battery_id: int) -> None:
        """Carry out what is due for one battery, until nothing is: an order may replace the one
        in hand, or follow it."""
        try:
            order = self._next(battery_id)
            while order is not None:
                self._carrier.carry_out(order)
                order = self._next(battery_id)
        except DatabaseError as error:
            log.warning("an order waits for the database: %s", str(error).strip().split("\n")[0])
        finally:
            self._give_back(battery_id)

    def _next(self, battery_id: int) -> Order | None:
        return None if self._carrier.is_stopping else attempts.claim_due(battery_id, self._clock())

    def _see(self, battery_id: int) -> None:
        """One look at the effect of a battery's order."""
        try:
            self._looker.look(battery_id)
        except (DatabaseError, MarstekError) as error:
            log.info("the effect of an order was not seen: %s", error)
        finally:
            self._give_back(battery_id)

    def _release(self, battery_id: int, deadline: datetime) -> None:
        """What is in hand for this battery ends first: the release must be the last word."""
        with self._lock:
            self._lock.wait_for(lambda: battery_id not in self._busy, timeout=HANDS_FREE_S)
        try:
            order = ledger.open_order(battery_id)
            if order is None or mirror.serves_by_itself(order):
                return
            if self._carrier.write(order, deadline, TargetMode.AUTO) is not None:
                attempts.note_release(order, self._clock())
        except DatabaseError as error:
            log.warning("battery %d was not put into Auto: %s", battery_id, error)

    def _until_next_look_s(self, edge: datetime | None) -> float:
        """Until a write, a look at an effect, or an edge of the plan; 5 s at most. A battery that
        is in hand waits for no look: whoever has it in hand says when it is free."""
        now = self._clock()
        with self._lock:
            busy = set(self._busy)
        moments = [at for at in (ledger.next_moment(busy), edge) if at is not None]
        waits = [(at - now).total_seconds() for at in moments]
        return max(0.1, min([self._look_every_s, *waits]))
