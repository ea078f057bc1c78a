"""A real site, started as a user starts it: `manage.py up`, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

from marstek_site.paths import BASE_DIR
from tests.process.proc import Process, family, strays, wait_for

READY_S = 90.0  # two cores that others use too
NAMES = ("nursery", "database", "broker", "web", "devices", "worker", "beat", "bot")


class Site:
    """One `up`: its processes, its log, its one JSON document."""

    def __init__(self, var_dir: Path, *words: str, **environment: str) -> None:
        self.var_dir = var_dir
        self.log: list[str] = []
        self.environment = clean_environment(var_dir, **environment)
        self.port = int(self.environment["WEB_BIND"].rpartition(":")[2])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--json", *words],
            **pipes(self.environment),
        )
        self._first_line = ""
        self._readers = [
            threading.Thread(target=self._read_log, daemon=True),
            threading.Thread(target=self._read_answer, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def wait_ready(self) -> dict[str, Any]:
        """What `up --json` says once everything works."""
        wait_for(
            lambda: self._first_line or self.process.poll() is not None,
            within_s=READY_S,
            what="ready",
        )
        assert self._first_line, "\n".join(self.log)
        answer: dict[str, Any] = json.loads(self._first_line)
        return answer

    def pid(self, name: str) -> int:
        """The process number of a child by the launcher's name for it."""
        return self.pids()[name]

    def pids(self) -> dict[str, int]:
        """Process numbers of the children that run now."""
        found: dict[str, int] = {}
        for process in self.family():
            if name := child_name(process):
                found.setdefault(name, process.pid)  # of a pair the parent comes first
        return found

    def family(self) -> list[Process]:
        """The launcher and everything below it."""
        return family(self.process.pid)

    def kill(self, name: str) -> Process:
        """End one child with SIGKILL."""
        victim = next(one for one in self.family() if one.pid == self.pid(name))
        os.kill(victim.pid, signal.SIGKILL)
        return victim

    def fetch(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:  # noqa: S310
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def is_healthy(self) -> bool:
        """Whether the site says that it is well."""
        try:
            return self.fetch("/healthz")[0] == 200
        except OSError:
            return False

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `manage.py` beside the running site."""
        return manage(self.environment, *words)

    def signal(self, number: signal.Signals) -> None:
        """A signal to the launcher."""
        self.process.send_signal(number)

    def wait_end(self, within_s: float) -> int:
        """The launcher's exit code, with its whole log read."""
        code = self.process.wait(timeout=within_s)
        for reader in self._readers:
            reader.join(timeout=5)
        return code

    def close(self) -> None:
        """Whatever happened, nothing is left."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.wait_end(within_s=10)
        wait_for(lambda: not strays(self.var_dir), within_s=10, what="all processes gone")

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self.log.append(line.rstrip("\n"))

    def _read_answer(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            self._first_line = stream.readline()
            stream.read()


def child_name(process: Process) -> str:
    """The launcher's name for one of its processes; empty for others."""
    name, _, words = process.words.partition(": ")
    if name.startswith("marstek-"):
        return name.removeprefix("marstek-")
    marks = {"nursery": "marstek_site.nursery", "simulator": "batteries.simulator"}
    marks |= {"broker": "valkey-server", "database": "postgres -D"}
    return next((key for key, mark in marks.items() if mark in words), "")


def manage(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `manage.py` to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=BASE_DIR,
        env=environment,
        check=False,
    )


def pipes(environment: dict[str, str]) -> dict[str, Any]:
    """How a launcher is started here: its outputs read, its own process group."""
    return {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "cwd": BASE_DIR,
        "env": environment,
        "start_new_session": True,
    }


def clean_environment(var_dir: Path, **more: str) -> dict[str, str]:
    """Nothing but what a program needs: as on a machine that has never seen the site."""
    return {
        "HOME": str(var_dir),
        "LANG": "C.UTF-8",
        "MARSTEK_ENV_FILE": "no",
        **dict.fromkeys(("RTE_API_URL", "RTE_SITE_URL", "EDF_URL", "COULEUR_TEMPO_URL"), "no"),
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(var_dir),
        "WEB_BIND": f"127.0.0.1:{free_port()}",
    } | more


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port that nothing uses now."""
    with socket.socket(socket.AF_INET, kind) as link:
        link.bind(("127.0.0.1", 0))
        port: int = link.getsockname()[1]
        return port


def demo_words() -> list[str]:
    """Addresses for a demo's batteries that no other demo on this machine uses."""
    port = free_port(socket.SOCK_DGRAM)
    host = f"127.{1 + os.getpid() % 250}.{1 + port % 250}.11"
    return ["--demo", "--address", host, "--base-port", str(min(port, 65000))]
