"""A place in the site that something always runs at: started, watched, started again."""

from __future__ import annotations

from typing import Protocol

from .child import Child, Program, WriteLine
from .errors import LaunchFailed
from .waiting import Pause

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
SOUND_AFTER_S = 20.0  # who lived that long starts again without delay


class Startable(Protocol):
    """A server or a program: what may need preparing before each start."""

    @property
    def name(self) -> str: ...
    def prepare(self, write_line: WriteLine, pause: Pause) -> None: ...
    def program(self) -> Program: ...


class Post:
    """One child, and the next one when it ends."""

    def __init__(self, what: Startable, write_line: WriteLine, pause: Pause) -> None:
        self.what = what
        self.child: Child | None = None
        self._write_line, self._pause = write_line, pause
        self._failures = 0
        self.due_at_s = 0.0

    @property
    def name(self) -> str:
        return self.what.name

    def start(self) -> Child:
        """Start it now. Raises LaunchFailed."""
        self.what.prepare(self._write_line, self._pause)
        self.child = Child(self.what.program(), self._write_line)
        return self.child

    def tend(self, now_s: float) -> None:
        """Notice an end; start again when that is due."""
        if self.child and not self.child.is_running():
            self._take_leave(self.child, now_s)
        if self.child is None and now_s >= self.due_at_s:
            self._try_again(now_s)

    def _take_leave(self, child: Child, now_s: float) -> None:
        child.clear()
        if now_s - child.started_at_s > SOUND_AFTER_S:
            self._failures = 0
        self.child = None
        self._put_off(f"ended ({child.end_in_words()})", now_s)

    def _try_again(self, now_s: float) -> None:
        try:
            self.start()
        except LaunchFailed as error:
            self._put_off(str(error), now_s)
        else:
            self._write_line(self.name, "started again")

    def _put_off(self, why: str, now_s: float) -> None:
        delay_s = min(FIRST_DELAY_S * 2**self._failures, LONGEST_DELAY_S)
        self._failures += 1
        self.due_at_s = now_s + delay_s
        self._write_line(self.name, f"{why}; it starts again in {delay_s:.1f} s")


class Plain:
    """A program that needs nothing before its start."""

    def __init__(self, program: Program) -> None:
        self._program = program

    @property
    def name(self) -> str:
        return self._program.name

    def prepare(self, write_line: WriteLine, pause: Pause) -> None:
        """Nothing."""

    def program(self) -> Program:
        return self._program
