"""The embedded servers together: those that no URL is given for."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from .child import Child, Program, WriteLine
from .folders import private_folder
from .postgres import Postgres
from .valkey import Valkey
from .waiting import Pause, await_ready, say_nothing, stop

START_S = 60.0  # recovery after a power cut, on a slow card


class Server(Protocol):
    """What starts before everything else and stops after it."""

    @property
    def name(self) -> str: ...
    def prepare(self, write_line: WriteLine, pause: Pause) -> None: ...
    def program(self) -> Program: ...


def wanted_servers(var_dir: Path, run_dir: Path) -> list[Server]:
    """Servers of our own where DATABASE_URL and REDIS_URL name none."""
    servers: list[Server] = []
    if not os.environ.get("DATABASE_URL", "").strip():
        servers.append(Postgres(var_dir, run_dir))
    if not os.environ.get("REDIS_URL", "").strip():
        servers.append(Valkey(var_dir, run_dir))
    return servers


def start_server(server: Server, write_line: WriteLine, pause: Pause) -> Child:
    """The server, ready. Raises LaunchFailed; nothing runs then."""
    server.prepare(write_line, pause)
    child = Child(server.program(), write_line)
    try:
        await_ready(child, pause, within_s=START_S)
    except BaseException:
        stop([child], pause)
        raise
    return child


@contextmanager
def throwaway_servers(var_dir: Path, run_dir: Path) -> Iterator[dict[str, Child]]:
    """PostgreSQL and Valkey for a test run: real, quick, not safe from a power cut."""
    for folder in (var_dir, run_dir):
        private_folder(folder)
    children: dict[str, Child] = {}
    try:
        for server in (Postgres(var_dir, run_dir, is_durable=False), Valkey(var_dir, run_dir)):
            children[server.name] = start_server(server, say_nothing, time.sleep)
        yield children
    finally:
        stop(list(children.values()), time.sleep)
