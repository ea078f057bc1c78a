"""The queue in front of one device: one exchange at a time, a quiet gap, orders first."""

import asyncio
import heapq
import math
from collections import deque
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

from .attempts import Outcome
from .wire import Reply

if TYPE_CHECKING:
    from .ports import Port

MOMENT_S = 1e-6  # timers may fire this much early
IDS_KEPT = 8


class Priority(IntEnum):
    """Who goes first; an order also goes before the retries of a read in progress."""

    ORDER = 0
    READ = 1


class Turn(Enum):
    """What became of waiting."""

    MINE = "mine"
    TOO_LATE = "too_late"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply that belongs to the exchange in flight, and when it came [loop time, s]."""

    reply: Reply
    payload: bytes
    at: float


@dataclass(slots=True)
class Flight:
    """The exchange in flight: its id, and the future that its reply (or None) goes to."""

    request_id: int
    heard: asyncio.Future[Heard | None]


class Lane:
    """One device as the gateway sees it. All times are loop time [s]."""

    __slots__ = (
        "_answered_ids",
        "_expired_ids",
        "_heap",
        "_loop",
        "_port",
        "_timer",
        "flight",
        "free_at",
        "gap_s",
        "is_busy",
        "latest_free_at",
        "mode_quiet_s",
        "mode_written_at",
    )

    def __init__(self, port: "Port", loop: asyncio.AbstractEventLoop, free_at: float) -> None:
        self._port, self._loop = port, loop
        self._heap: list[tuple[Priority, int, asyncio.Future[Turn]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self.is_busy = False
        self._answered_ids: deque[int] = deque(maxlen=IDS_KEPT)
        self._expired_ids: deque[int] = deque(maxlen=IDS_KEPT)
        self.flight: Flight | None = None
        self.free_at = self.latest_free_at = free_at
        self.gap_s = 0.0
        self.mode_written_at = -math.inf
        self.mode_quiet_s = 0.0

    @property
    def has_fresh_mode(self) -> bool:
        """Its mode was written so recently that reading it may change it."""
        return self._loop.time() < self.mode_written_at + self.mode_quiet_s

    @property
    def is_idle(self) -> bool:
        """Nothing in flight, nobody waiting, no gap to keep."""
        return not self.is_busy and not self._heap and self._loop.time() >= self.free_at

    async def turn(self, priority: Priority, sequence: int, deadline: float) -> Turn:
        """Wait for the right to send. Whoever gets `Turn.MINE` must call `release`."""
        if self._loop.time() >= deadline:
            return Turn.TOO_LATE
        if not self._heap and self._may_go():
            self.is_busy = True
            return Turn.MINE
        return await self._wait(priority, sequence, deadline)

    def release(self, free_at: float) -> None:
        """Give the turn back; the next exchange starts at `free_at` or later."""
        self.is_busy = False
        self.free_at = free_at
        self.latest_free_at = free_at + self.gap_s
        self.go_on()
        self._port.a_turn_is_over()

    def go_on(self) -> None:
        """Let the next one go, now or when the gap is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._heap or self.is_busy or self._port.is_held:
            return
        if not self._may_go():
            self._timer = self._loop.call_at(self.free_at, self.go_on)
        elif (waiter := self._next_waiter()) is not None:
            self.is_busy = True
            waiter.set_result(Turn.MINE)

    def heard_something(self) -> None:
        """The device sent what we do not wait for: the gap counts from here, but no flood of such
        datagrams can put the next exchange off by more than one gap."""
        later = max(self.free_at, self._loop.time() + self.gap_s)
        self.free_at = min(later, max(self.free_at, self.latest_free_at))

    def keep_quiet(self, until: float) -> None:
        """No exchange before `until`, for a broadcast has reached this device."""
        self.free_at = max(self.free_at, until)
        self.latest_free_at = self.free_at + self.gap_s

    def remember(self, request_id: int, outcome: Outcome) -> None:
        """Note how the attempt with this id ended, to name stragglers."""
        is_expired = outcome is Outcome.NO_ANSWER
        (self._expired_ids if is_expired else self._answered_ids).append(request_id)

    def name_straggler(self, request_id: int | None) -> str:
        """Which counter of `Stats` a reply with this id belongs to."""
        if request_id in self._answered_ids:
            return "duplicate"
        return "late" if request_id in self._expired_ids else "unmatched"

    def close(self) -> None:
        """Wake everybody who waits, and whoever is in flight, at once."""
        while (waiter := self._next_waiter()) is not None:
            waiter.set_result(Turn.CLOSED)
        if self.flight is not None and not self.flight.heard.done():
            self.flight.heard.set_result(None)
        self.go_on()

    def _next_waiter(self) -> "asyncio.Future[Turn] | None":
        """Take the first out of the queue, leaving out those that were cancelled this instant."""
        while self._heap:
            waiter = heapq.heappop(self._heap)[2]
            if not waiter.done():
                return waiter
        return None

    def _may_go(self) -> bool:
        is_quiet = self._loop.time() >= self.free_at - MOMENT_S
        return is_quiet and not self.is_busy and not self._port.is_held

    async def _wait(self, priority: Priority, sequence: int, deadline: float) -> Turn:
        waiter: asyncio.Future[Turn] = self._loop.create_future()
        entry = (priority, sequence, waiter)
        heapq.heappush(self._heap, entry)
        timer = self._loop.call_at(deadline, self._give_up, entry)
        self._port.somebody_waits(priority, 1)
        self.go_on()
        try:
            return await waiter
        except asyncio.CancelledError:
            self._abandon(entry)
            raise
        finally:
            timer.cancel()
            self._port.somebody_waits(priority, -1)

    def _give_up(self, entry: tuple[Priority, int, asyncio.Future[Turn]]) -> None:
        if not entry[2].done():
            self._forget(entry)
            entry[2].set_result(Turn.TOO_LATE)

    def _abandon(self, entry: tuple[Priority, int, asyncio.Future[Turn]]) -> None:
        """The waiting ask was cancelled, perhaps just after it had been given the turn."""
        waiter = entry[2]
        if waiter.cancelled():
            self._forget(entry)
        elif waiter.result() is Turn.MINE:
            self.release(self.free_at)

    def _forget(self, entry: tuple[Priority, int, asyncio.Future[Turn]]) -> None:
        if entry in self._heap:
            self._heap.remove(entry)
            heapq.heapify(self._heap)
        self.go_on()
