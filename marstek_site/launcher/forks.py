"""The launcher's side of the nursery: a process that forks the site's processes on request."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from functools import partial
from typing import IO, Any

from ..paths import BASE_DIR
from .child import Process, Program, WriteLine, popen
from .errors import LaunchFailed
from .waiting import Pause

ANSWER_S = 30.0  # a machine that swaps


class Nursery:
    """Starts as a server does; then `fork` makes processes of it."""

    name = "nursery"

    def __init__(self) -> None:
        self._link: socket.socket | None = None
        self._is_ready = False

    def prepare(self, write_line: WriteLine, pause: Pause) -> None:
        """Nothing."""

    def program(self) -> Program:
        """A new one, with a new link."""
        if self._link:
            self._link.close()
        self._is_ready = False
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._link.settimeout(ANSWER_S)
        return Program(
            name=self.name,
            argv=(sys.executable, "-m", "marstek_site.nursery", str(theirs.fileno())),
            spawn=partial(_spawn_with, theirs),
            cwd=BASE_DIR,
            stop_s=1.0,
            is_ready=self.is_ready,
        )

    def is_ready(self) -> bool:
        """Whether it has loaded everything."""
        if not self._is_ready and self._link and select.select([self._link], [], [], 0)[0]:
            self._is_ready = bool(self._link.recv(4096))
        return self._is_ready

    def spawn(self, program: Program) -> Process:
        """A fork that becomes the program: the name of a process, or a command and its words."""
        return Fork(self, program)

    def fork(self, argv: tuple[str, ...], output: int, errors: int) -> int:
        """The process number of a new fork. Raises LaunchFailed where the nursery is away."""
        request = {"become": argv[0], "arguments": argv[1:]}
        return int(self._ask(request, [output, errors])["pid"])

    def code_of(self, pid: int) -> int:
        """How an ended fork ended. A nursery that is away took its forks along."""
        try:
            return int(self._ask({"ended": pid}, [])["code"])
        except LaunchFailed:
            return -signal.SIGKILL

    def _ask(self, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        if not self._link or not self.is_ready():
            raise LaunchFailed("waits for the nursery")
        try:
            socket.send_fds(self._link, [json.dumps(request).encode()], descriptors)
            answer: dict[str, Any] = json.loads(self._link.recv(4096))
        except (OSError, ValueError) as error:
            self._is_ready = False
            raise LaunchFailed("waits for the nursery") from error
        return answer


class Fork:
    """A fork of the nursery, with as much of `subprocess.Popen` as Child needs."""

    def __init__(self, nursery: Nursery, program: Program) -> None:
        self._nursery = nursery
        self.returncode: int | None = None
        self.stdout: IO[bytes] | None
        self.stderr: IO[bytes] | None
        self.stdout, output = _pipe()
        self.stderr, errors = _pipe() if program.keep_output else (None, os.dup(output))
        try:
            self.pid = nursery.fork(program.argv, output, errors)
            self._handle = os.pidfd_open(self.pid)
        except BaseException:
            for stream in filter(None, (self.stdout, self.stderr)):
                stream.close()
            raise
        finally:
            os.close(output)
            os.close(errors)

    def poll(self) -> int | None:
        """The exit code, once it has ended."""
        if self.returncode is None and select.select([self._handle], [], [], 0)[0]:
            self._take_leave()
        return self.returncode

    def wait(self) -> int:
        """The exit code, after its end."""
        if self.returncode is None:
            select.select([self._handle], [], [])
            self._take_leave()
        return self.returncode or 0

    def send_signal(self, number: int) -> None:
        """A signal to this very process, never to another with its number."""
        if self.returncode is None:
            signal.pidfd_send_signal(self._handle, number)

    def _take_leave(self) -> None:
        self.returncode = self._nursery.code_of(self.pid)
        os.close(self._handle)


def _spawn_with(theirs: socket.socket, program: Program) -> Process:
    """Start the nursery with its end of the link, which only it keeps open."""
    with theirs:
        return popen(program, pass_fds=(theirs.fileno(),))


def _pipe() -> tuple[IO[bytes], int]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), writing
