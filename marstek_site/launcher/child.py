"""One child process: its own session, its lines in our log, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import which
from typing import IO, Protocol

from .errors import LaunchFailed

WriteLine = Callable[[str, str], None]
LONGEST_LINE = 2000
# Also where the launcher died before the child could ask to follow it.
STILL_OURS = 'test "$PPID" = "$0" && exec "$@"'


class Process(Protocol):
    """As much of `subprocess.Popen` as a child needs."""

    pid: int
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self) -> int: ...
    def send_signal(self, sig: int) -> None: ...


@dataclass(frozen=True)
class Program:
    """What to run and how to stop it."""

    name: str
    argv: tuple[str, ...]
    spawn: Callable[[Program], Process] = lambda program: popen(program)  # noqa: PLW0108  defined below
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    insist_signal: signal.Signals = signal.SIGKILL
    stop_s: float = 5.0
    follows_by: signal.Signals = signal.SIGKILL
    quiet: tuple[str, ...] = ()  # lines that hold one of these say nothing to a person
    ready_lines: tuple[str, ...] = ()  # none: ready when `is_ready` says so
    is_ready: Callable[[], bool] = lambda: True
    keep_output: bool = False  # standard output is a result, only standard error is log
    prefix: tuple[str, ...] = ()  # what changes the user on the way


class Child:
    """A running program. Start it from the main thread only: it follows the thread's death."""

    def __init__(self, program: Program, write_line: WriteLine) -> None:
        self.program = program
        self.started_at_s = time.monotonic()
        self.last_lines: deque[str] = deque(maxlen=5)
        self.output = ""
        self.said_ready = threading.Event()
        self._write_line = write_line
        self.process = program.spawn(program)
        self.end_handle = os.pidfd_open(self.process.pid)  # readable once it has ended
        self._pump = threading.Thread(target=self._copy_lines, name=program.name, daemon=True)
        self._pump.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        """Whether the process itself lives."""
        return self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether it does its work already."""
        if self.program.ready_lines:
            return self.said_ready.is_set()
        return self.program.is_ready()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def clear(self) -> None:
        """Kill what is left of its session, take its last lines and its output. Once is enough."""
        if self.end_handle < 0:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.end_handle)
        self.end_handle = -1
        self._pump.join(timeout=2)
        stream = self.process.stdout
        if self.program.keep_output and stream is not None and not stream.closed:
            with stream:
                self.output = stream.read().decode(errors="replace")

    def end_in_words(self) -> str:
        """How it ended: "exit code 1", "SIGKILL"."""
        code = self.process.returncode or 0
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name

    def _copy_lines(self) -> None:
        stream = self.process.stderr if self.program.keep_output else self.process.stdout
        assert stream is not None  # noqa: S101  it is a pipe
        with stream:
            for raw in stream:
                self._take(raw.decode(errors="replace").rstrip()[:LONGEST_LINE])

    def _take(self, line: str) -> None:
        if any(part in line for part in self.program.ready_lines):
            self.said_ready.set()
        if not line or any(part in line for part in self.program.quiet):
            return
        self.last_lines.append(line)
        self._write_line(self.program.name, printable(line))


def printable(line: str) -> str:
    """The line without control characters: what a device says must not steer a terminal."""
    return "".join(sign if sign.isprintable() or sign == "\t" else "?" for sign in line)


def popen(program: Program, pass_fds: tuple[int, ...] = ()) -> Process:
    """Start a program of its own: the usual `spawn`."""
    return subprocess.Popen(
        following(program),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if program.keep_output else subprocess.STDOUT,
        env=dict(program.env),
        cwd=program.cwd,
        start_new_session=True,
        pass_fds=pass_fds,
    )


def following(program: Program) -> list[str]:
    """The command line of a program that dies with the thread that starts it."""
    number = program.follows_by.name.removeprefix("SIG")
    watch = [setpriv(), "--pdeathsig", number, "/bin/sh", "-c", STILL_OURS, str(os.getpid())]
    return [*program.prefix, *watch, *program.argv]


@cache
def setpriv() -> str:
    """The tool of util-linux that asks the kernel for a signal at the parent's death."""
    found = which("setpriv")
    if found is None or sys.platform != "linux":
        raise LaunchFailed("`setpriv` is missing: install the package util-linux (Linux only).")
    return found
