"""The embedded PostgreSQL: the real server, reached by a socket that only its owner can open."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .binaries import MISSING, postgres_folders
from .child import Program, WriteLine, setpriv
from .errors import LaunchFailed
from .folders import PASSABLE, private_folder
from .waiting import Pause, run, say_nothing, wait_until

PROTOCOL_3, GOODBYE = 196608, b"X\0\0\0\x04"
USER = DATABASE = "marstek"
LOCALE = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
SAYS_NOTHING = (
    "starting PostgreSQL",
    "listening on Unix socket",
    "database system was shut down at",
    "database system is ready to accept",
    "database system is shut down",
    "received fast shutdown request",
    "aborting any active transactions",
    "background worker",
    "shutting down",
    "checkpoint ",
    "due to administrator command",
    "redo starts at",
    "redo done at",
    "invalid record length",
    "the database system is starting up",
)
AS_NOBODY = ("unshare", "--user", "--map-user=nobody", "--map-group=nogroup")
OWN_S = 10.0


@dataclass(frozen=True)
class Postgres:
    """One database server on one data folder.

    `is_durable=False` is for tests only: quicker, and lost with a power cut.
    """

    var_dir: Path
    run_dir: Path
    is_durable: bool = True
    name: str = "database"

    @property
    def data_dir(self) -> Path:
        return self.var_dir / "postgres"

    def prepare(self, write_line: WriteLine, pause: Pause) -> None:
        """Make the data folder at the first start; raises LaunchFailed where it cannot be used."""
        prefix = self._prefix()
        if not self._has_data():
            self._make_data(prefix, write_line, pause)
        self._await_predecessor(pause)

    def program(self) -> Program:
        """The server; SIGINT ends it without waiting for its clients."""
        folder = self._binaries()
        return self._as_user(
            str(folder / "postgres"),
            *("-D", str(self.data_dir), "-k", str(self.run_dir), "-h", ""),
            *self._options(),
        )

    def is_ready(self) -> bool:
        """Whether the server takes a connection to our database."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(2)
            link.connect(str(self.run_dir / ".s.PGSQL.5432"))
            words = f"user\0{USER}\0database\0{DATABASE}\0\0".encode()
            hello = struct.pack("!ii", len(words) + 8, PROTOCOL_3) + words
            link.sendall(hello + GOODBYE)
            answer = b"".join(iter(lambda: link.recv(4096), b""))
            return answer.startswith(b"R")
        return False

    def _options(self) -> list[str]:
        settings = {
            "shared_buffers": "48MB",
            "max_connections": "50",
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "jit": "off",
        }
        if not self.is_durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]

    def _has_data(self) -> bool:
        return (self.data_dir / "PG_VERSION").is_file()

    def _make_data(self, prefix: tuple[str, ...], write_line: WriteLine, pause: Pause) -> None:
        """Complete or not at all: the folder gets its name last."""
        draft = self.data_dir.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        private_folder(draft)
        if "--reuid" in prefix:
            self._hand_over(draft)
        folder = postgres_folders()[0] if postgres_folders() else self._binaries()
        sync = () if self.is_durable else ("--no-sync",)
        for words, program in self._making(folder, draft, sync):
            write_line(self.name, words)
            run(program, say_nothing, pause, within_s=120)
        draft.rename(self.data_dir)

    def _making(
        self, folder: Path, draft: Path, sync: tuple[str, ...]
    ) -> list[tuple[str, Program]]:
        initdb = self._as_user(
            *(str(folder / "initdb"), "-D", str(draft), "-U", USER, "--auth=trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", *sync),
        )
        single = f'echo "CREATE DATABASE {DATABASE}" | "$0" --single -D "$1" postgres'
        createdb = self._as_user("/bin/sh", "-c", single, str(folder / "postgres"), str(draft))
        return [("making the data folder", initdb), ("making the database", createdb)]

    def _as_user(self, *argv: str) -> Program:
        return Program(
            name=self.name,
            argv=argv,
            env=LOCALE,
            cwd=Path("/"),
            stop_signal=signal.SIGINT,
            insist_signal=signal.SIGQUIT,
            stop_s=2.5,
            follows_by=signal.SIGINT,
            quiet=SAYS_NOTHING,
            is_ready=self.is_ready,
            prefix=self._prefix(),
        )

    def _binaries(self) -> Path:
        """The programs that fit the data, or the best where there is none yet."""
        folders = postgres_folders()
        if not folders:
            raise LaunchFailed(
                MISSING.format(what="PostgreSQL", package="postgresql", setting="DATABASE_URL")
            )
        if not self._has_data():
            return folders[0]
        wanted = (self.data_dir / "PG_VERSION").read_text(encoding="ascii").strip()
        for folder in folders:
            if major_version(folder) == wanted:
                return folder
        raise LaunchFailed(
            f"{self.data_dir} holds data of PostgreSQL {wanted}, but PostgreSQL "
            f"{major_version(folders[0])} is installed: dump it with the old version and restore "
            "it into an empty folder, or install that version again."
        )

    def _prefix(self) -> tuple[str, ...]:
        """PostgreSQL refuses to run as root: there it runs as `nobody`, in name or in fact."""
        if os.getuid() != 0:
            return ()
        if not self._is_nobodys() and may_rename_users():
            return AS_NOBODY
        for folder in (self.var_dir, self.run_dir):
            private_folder(folder, mode=PASSABLE if folder == self.var_dir else 0o700)
        self._hand_over(self.run_dir)
        return (setpriv(), "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")

    def _is_nobodys(self) -> bool:
        return self._has_data() and self.data_dir.stat().st_uid != 0

    def _hand_over(self, folder: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def _await_predecessor(self, pause: Pause) -> None:
        """A server whose launcher was killed may still be ending; its file may name a stranger."""
        note = self.data_dir / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError):
            pid = int(note.read_text(encoding="utf-8").split("\n", 1)[0])
            try:
                wait_until(lambda: not self._serves(pid), pause, OWN_S)
            except TimeoutError as error:
                raise LaunchFailed(
                    f"Another PostgreSQL (process {pid}) still runs on {self.data_dir}: stop it."
                ) from error
            # or a process that has this number since would stop the start
            note.unlink()
            (self.run_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _serves(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.data_dir) in words


def major_version(folder: Path) -> str:
    """The major version of the server in `folder`."""
    answer = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    found = re.search(r"(\d+)(\.|\D|$)", answer.stdout.partition(")")[2])
    return found.group(1) if found else "?"


def may_rename_users() -> bool:
    """Whether root may be called `nobody` in a user namespace (not so in a default container)."""
    try:
        return (
            subprocess.run([*AS_NOBODY, "true"], capture_output=True, check=False).returncode == 0
        )
    except FileNotFoundError:
        return False
