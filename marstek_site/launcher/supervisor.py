"""Starts in order, starts again what ends, stops all: one loop in the main thread."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress

from .child import Child, Program, WriteLine
from .errors import StopRequested
from .post import Plain, Post, Startable
from .waiting import await_ready, run, stop

LONGEST_SLEEP_S = 5.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """All children of the launcher. Every wait is one that a wish to stop ends."""

    def __init__(self, write_line: WriteLine) -> None:
        self._write_line = write_line
        self._posts: list[Post] = []
        self._signals, self._notes = os.pipe()

    def listen(self) -> None:
        """Take Ctrl-C, SIGTERM and SIGHUP as a wish to stop."""
        os.set_blocking(self._notes, False)
        signal.set_wakeup_fd(self._notes)
        for number in STOP_SIGNALS:
            signal.signal(number, lambda _number, _frame: None)

    def pause(self, seconds: float) -> None:
        """Sleep. Raises StopRequested."""
        self._sleep(seconds, [])

    def _sleep(self, seconds: float, ends: list[int]) -> None:
        """Sleep until a wish to stop (raises StopRequested) or the end of a child."""
        found = select.select([self._signals, *ends], [], [], max(seconds, 0))[0]
        if self._signals in found:
            noted = os.read(self._signals, 64)
            if any(number in noted for number in STOP_SIGNALS):
                raise StopRequested

    def start(self, *whats: Startable | Program, within_s: float) -> None:
        """Start them side by side and wait until all work. Raises LaunchFailed, StopRequested."""
        children = [self._post(what).start() for what in whats]
        for child in children:
            await_ready(child, self.pause, within_s=within_s)

    def run(self, program: Program, *, within_s: float) -> str:
        """Run a program to its end and return its output. Raises LaunchFailed, StopRequested."""
        return run(program, self._write_line, self.pause, within_s=within_s)

    def watch(self) -> None:
        """Start again what ends, until somebody wishes to stop."""
        with suppress(StopRequested):
            while True:
                now_s = time.monotonic()
                for post in self._posts:
                    post.tend(now_s)
                ends = [child.end_handle for child in self._children()]
                self._sleep(self._sleep_s(now_s), ends)

    def stop(self, *groups: set[str]) -> None:
        """Stop the groups of names one after the other. Nothing is left when this returns."""
        for names in groups:
            group = [child for child in self._children() if child.program.name in names]
            stop(group, self.pause, self._write_line)

    def pids(self) -> dict[str, int]:
        """Process numbers by name."""
        return {child.program.name: child.pid for child in self._children()}

    def _post(self, what: Startable | Program) -> Post:
        startable = Plain(what) if isinstance(what, Program) else what
        post = Post(startable, self._write_line, self.pause)
        self._posts.append(post)
        return post

    def _children(self) -> list[Child]:
        return [post.child for post in self._posts if post.child]

    def _sleep_s(self, now_s: float) -> float:
        due = [post.due_at_s - now_s for post in self._posts if post.child is None]
        return min([LONGEST_SLEEP_S, *due])
