"""Run a program to its end, start one until it is ready, stop some: `pause` is the way to wait."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from .child import Child, Program, WriteLine
from .errors import LaunchFailed, StopRequested

Pause = Callable[[float], None]
LOOK_EVERY_S = 0.02


def say_nothing(_name: str, _line: str) -> None:
    """A log that nobody reads."""


def run(program: Program, write_line: WriteLine, pause: Pause, *, within_s: float) -> str:
    """The program's output (with `keep_output`). Raises LaunchFailed where it fails or hangs."""
    child = Child(program, write_line)
    try:
        wait_until(lambda: not child.is_running(), pause, within_s)
    except TimeoutError as error:
        raise LaunchFailed(f"{program.name} did not end within {within_s:.0f} s.") from error
    finally:
        child.clear()
    if child.process.returncode:
        why = child.last_lines[-1] if child.last_lines else child.end_in_words()
        raise LaunchFailed(f"{program.name} failed: {why}")
    return child.output


def await_ready(child: Child, pause: Pause, *, within_s: float) -> None:
    """Wait until the child works. Raises LaunchFailed where it ends first or takes too long."""
    name = child.program.name
    with suppress(TimeoutError):
        wait_until(lambda: child.is_ready() or not child.is_running(), pause, within_s)
        if child.is_running():
            return
        child.clear()
        why = child.last_lines[-1] if child.last_lines else child.end_in_words()
        raise LaunchFailed(f"{name} did not start: {why}")
    raise LaunchFailed(f"{name} is not ready after {within_s:.0f} s.")


def stop(children: Sequence[Child], pause: Pause, write_line: WriteLine = say_nothing) -> None:
    """Stop them side by side: ask, insist, kill. None is left when this returns.

    A second wish to stop while this waits (StopRequested from `pause`) makes it insist at once.
    """
    for child in children:
        child.signal(child.program.stop_signal)
    _grant_time(children, pause)
    for child in _running(children):
        write_line(child.program.name, f"is still there: {child.program.insist_signal.name}")
        child.signal(child.program.insist_signal)
    _grant_time(children, pause)
    for child in children:
        child.clear()


def _grant_time(children: Sequence[Child], pause: Pause) -> None:
    """Wait until each has ended or had its time."""
    since_s = time.monotonic()

    def is_over() -> bool:
        waited_s = time.monotonic() - since_s
        return all(waited_s >= child.program.stop_s for child in _running(children))

    with suppress(StopRequested):
        wait_until(is_over, pause, math.inf)


def _running(children: Sequence[Child]) -> list[Child]:
    return [child for child in children if child.is_running()]


def wait_until(condition: Callable[[], bool], pause: Pause, within_s: float) -> None:
    """Look until the condition holds. Raises TimeoutError."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise TimeoutError
        pause(LOOK_EVERY_S)
