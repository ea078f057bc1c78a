"""The embedded Redis-compatible server: a socket, no port, and every message kept on disk."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .binaries import valkey_server
from .child import Program, WriteLine
from .folders import private_folder
from .waiting import Pause

SAYS_NOTHING = (
    "overcommit",
    "oO0Oo",
    "Transparent Huge Pages",
    "no config file",
    "now ready to exit",
    "scheduling shutdown",
)


@dataclass(frozen=True)
class Valkey:
    """One server on one data folder."""

    var_dir: Path
    run_dir: Path
    name: str = "broker"

    def prepare(self, write_line: WriteLine, pause: Pause) -> None:  # noqa: ARG002  as Postgres
        """Make the data folder."""
        private_folder(self.var_dir / "broker")

    def program(self) -> Program:
        """The server; SIGTERM ends it once its file is complete."""
        options = {
            "port": "0",
            "unixsocket": str(self.run_dir / "redis.sock"),
            "unixsocketperm": "700",
            "dir": str(self.var_dir / "broker"),
            "appendonly": "yes",  # snapshots alone lose every message at kill -9
            "save": "",
            "loglevel": "warning",
            "databases": "4",
            "ignore-warnings": "ARM64-COW-BUG",  # stops some Raspberry Pi kernels for our little
        }
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        return Program(
            name=self.name,
            argv=(str(valkey_server()), *words),
            env={"LC_ALL": "C.UTF-8"},
            stop_s=2.5,
            quiet=SAYS_NOTHING,
            is_ready=self.is_ready,
        )

    def is_ready(self) -> bool:
        """Whether it answers: not while it still reads its file."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(2)
            link.connect(str(self.run_dir / "redis.sock"))
            link.sendall(b"PING\r\n")
            return link.recv(5) == b"+PONG"
        return False
