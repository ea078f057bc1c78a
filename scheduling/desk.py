"""The desk of the devices process: takes up what is due in the ledger, and looks at the effect.

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
from batteries.models import Battery
from batteries.poller import Poller
from batteries.profile import battery_profile
from batteries.selectors import pollable_batteries
from batteries.writing import Writer

from . import ledger
from .carrying import Carrier
from .models import Order
from .targets import TargetMode

log = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0
EFFECT_AFTER = timedelta(seconds=5)
MODE_MARGIN = timedelta(seconds=3)
LONGEST_MODE_QUIET_S = 30.0  # where a mode must rest longer, the poll reads it in its own time
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
    does its jobs in threads. Thread-safe."""

    def __init__(
        self,
        writer: Writer,
        poller: Poller,
        clock: Callable[[], datetime],
        spread: Spread = in_turn,
    ) -> None:
        self._writer, self._poller, self._clock, self._spread = writer, poller, clock, spread
        self._carrier = Carrier(writer, clock)
        self._lock = threading.Condition()
        self._busy: set[int] = set()
        self._effects: dict[int, datetime] = {}
        self._modes: dict[int, datetime] = {}

    def look(self) -> float:
        """Take up everything that is due; how long until the next look [s]. Raises
        `DatabaseError`."""
        now = self._clock()
        if not self._carrier.is_stopping:
            due = self._take(ledger.due_batteries(now))
            self._spread([partial(self._tend, battery_id) for battery_id in due])
            self._spread([partial(self._see, *seen) for seen in self._effects_due(now)])
        return self._until_next_look_s()

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

    def _tend(self, battery_id: int) -> bool:
        """Carry out what is due for one battery, until nothing is: an order may replace the one
        in hand, or follow it. False where the database went away."""
        try:
            order = self._next(battery_id)
            while order is not None:
                if self._carrier.carry_out(order):
                    self._look_later(order.battery)
                order = self._next(battery_id)
        except DatabaseError as error:
            log.warning("an order waits for the database: %s", str(error).strip().split("\n")[0])
            return False
        finally:
            with self._lock:
                self._busy.discard(battery_id)
                self._lock.notify_all()
        return True

    def _next(self, battery_id: int) -> Order | None:
        return None if self._carrier.is_stopping else ledger.claim_due(battery_id, self._clock())

    def _release(self, battery_id: int, deadline: datetime) -> None:
        """What is in hand for this battery ends first: the release must be the last word."""
        with self._lock:
            self._lock.wait_for(lambda: battery_id not in self._busy, timeout=HANDS_FREE_S)
        try:
            order = ledger.open_order(battery_id)
            if order and self._carrier.write(order, deadline, TargetMode.AUTO) is not None:
                ledger.note_release(order, self._clock())
        except DatabaseError as error:
            log.warning("battery %d was not put into Auto: %s", battery_id, error)

    def _look_later(self, battery: Battery) -> None:
        """After an accepted write: its powers about 5 s later, its mode once it may be read."""
        quiet_s = battery_profile(battery).mode_read_quiet_s
        with self._lock:
            self._effects[battery.pk] = self._clock() + EFFECT_AFTER
            if quiet_s <= LONGEST_MODE_QUIET_S:
                rest = timedelta(seconds=quiet_s) + MODE_MARGIN
                self._modes[battery.pk] = self._clock() + rest

    def _effects_due(self, now: datetime) -> list[tuple[int, bool]]:
        with self._lock:
            powers = [pk for pk, at in self._effects.items() if at <= now]
            modes = [pk for pk, at in self._modes.items() if at <= now]
            for pk in powers:
                del self._effects[pk]
            for pk in modes:
                del self._modes[pk]
        return [(pk, False) for pk in powers] + [(pk, True) for pk in modes]

    def _see(self, battery_id: int, is_mode: bool) -> None:
        """Read one battery beside its polls; one that may not be polled is left in peace."""
        try:
            for battery in pollable_batteries([battery_id]):
                if is_mode:
                    self._writer.read_mode(battery, 10.0)
                else:
                    self._poller.poll_now([battery])
        except (DatabaseError, MarstekError) as error:
            log.info("the effect of an order was not seen: %s", error)

    def _until_next_look_s(self) -> float:
        with self._lock:
            moments = [*self._effects.values(), *self._modes.values()]
        waits = [(at - self._clock()).total_seconds() for at in moments]
        return max(0.1, min([LOOK_EVERY_S, *waits]))
