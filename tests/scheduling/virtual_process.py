"""The devices process on virtual time: the desk, its pool and the sweep side by side, as threads
are. Each is a greenlet that runs until it waits for a device or for a moment; then time passes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

from batteries.poller import Poller
from batteries.simulator.virtual import VirtualSite
from batteries.writing import Writer
from scheduling.desk import Desk, Job
from scheduling.services import tend

from ..batteries.virtual_home import VirtualHome

T = TypeVar("T")
LOOK_S = 300.0  # a sweep wakes it each minute, and what is due is known beforehand
MINUTE = timedelta(minutes=1)


class Crew:
    """Who works on one site. Nothing here runs truly at once: a crew is as repeatable as a loop."""

    def __init__(self, site: VirtualSite) -> None:
        self.site, self._hub = site, getcurrent()
        self._ready: deque[greenlet] = deque()
        self._stirred = asyncio.Event()

    def start(self, job: Callable[[], object]) -> None:
        """Begin a job beside the others; what it raises comes out of `pass_until`."""
        self._ready.append(greenlet(job, self._hub))

    def call(self, coroutine: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
        """A coroutine's result; the others go on meanwhile."""
        me = getcurrent()
        if me is self._hub:
            return self.site.call(coroutine, timeout_s)
        task = self.site.loop.create_task(asyncio.wait_for(coroutine, timeout_s))
        task.add_done_callback(lambda _task: self.resume(me))
        self._hub.switch()
        return task.result()

    def stream(self, items: AsyncIterator[T]) -> Iterator[T]:
        """The items as they come."""
        while True:
            try:
                yield self.call(_next(items))
            except StopAsyncIteration:
                return

    def resume(self, worker: greenlet) -> None:
        """Let a worker go on."""
        self._ready.append(worker)
        self._stirred.set()

    def rest(self) -> None:
        """Until somebody resumes the worker that calls this."""
        self._hub.switch()

    def pass_until(self, moment: datetime) -> None:
        """Let everybody work, and time pass, up to a moment."""
        while True:
            while self._ready:
                self._ready.popleft().switch()
            left_s = (moment - self.site.clock()).total_seconds()
            if left_s <= 0:
                break
            self.site.loop.run_until_complete(self._until_stirred(left_s))
        for device in self.site.devices:
            device.advance(self.site.now)

    async def _until_stirred(self, left_s: float) -> None:
        self._stirred.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), left_s)


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


class VirtualProcess:
    """What `scheduling.process` and the beat's minute do, for one home."""

    def __init__(self, home: VirtualHome, after_each: Callable[[], object] | None = None) -> None:
        """`after_each` is called when the desk has looked, and when one of its jobs is done."""
        self.home, self._after_each = home, after_each or (lambda: None)
        self.crew = Crew(home.site)
        self.poller = Poller(self.crew, home.gateway, home.site.clock)
        writer = Writer(self.crew, home.gateway)
        clock = home.site.clock
        self.desk = Desk(writer, self.poller, clock, self._spread, look_every_s=LOOK_S)
        self._is_woken = False
        self._rests: greenlet | None = None
        self.crew.start(self._look_again_and_again)
        self.crew.start(self._sweep_each_minute)

    @property
    def now(self) -> datetime:
        return self.home.now

    def wake(self) -> None:
        """Let the desk look now."""
        self._is_woken = True
        worker, self._rests = self._rests, None
        if worker is not None:
            self.crew.resume(worker)

    def pass_until(self, moment: datetime) -> None:
        """Live up to a moment."""
        self.crew.pass_until(moment)

    def live(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Live so long."""
        self.pass_until(self.now + timedelta(seconds=seconds, minutes=minutes, hours=hours))

    def _look_again_and_again(self) -> None:
        while True:
            self._is_woken = False
            wait_s = self.desk.look()
            self._after_each()
            if not self._is_woken:
                self._rest(wait_s)

    def _rest(self, seconds: float) -> None:
        self._rests = getcurrent()
        timer = self.home.site.loop.call_later(seconds, self.wake)
        self.crew.rest()
        timer.cancel()

    def _sweep_each_minute(self) -> None:
        while True:
            next_at = self.now + MINUTE
            self.crew.start(self._sweep)
            self.crew.call(asyncio.sleep((next_at - self.now).total_seconds()))

    def _sweep(self) -> None:
        tend(self.poller, self.now)
        self.wake()

    def _spread(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self.crew.start(partial(self._do, job))

    def _do(self, job: Job) -> None:
        job()
        self._after_each()
        self.wake()
