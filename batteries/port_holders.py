"""Which programs hold a UDP port or own batteries: read from /proc, without opening a socket."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from django.conf import settings

TABLE = Path("/proc/net/udp")
OURS = ("marstek-devices", "marstek_site.")  # its short name under `up`, a word of its command
UNSEEN = "?"  # another user's program, or one outside this container


@dataclass(frozen=True, slots=True)
class Holder:
    """A socket on a port, and whose it is as far as this user may see."""

    port: int
    program: str = UNSEEN
    pid: int | None = None
    is_ours: bool = False

    @property
    def words(self) -> str:
        return self.program if self.pid is None else f"{self.program}, {self.pid}"


def holders_of(ports: Iterable[int]) -> list[Holder]:
    """Who holds these ports where we would bind them; our own program is left out."""
    wanted = set(ports)
    inodes = {inode: port for port, inode in _bound() if port in wanted}
    owners = dict(_owners(set(inodes))) if inodes else {}
    found = [_holder(port, owners.get(inode)) for inode, port in inodes.items()]
    return sorted((one for one in found if not one.is_ours), key=lambda one: one.port)


def _bound() -> Iterator[tuple[int, str]]:
    """Port and inode of each UDP socket that would be in our way."""
    ours = IPv4Address(settings.GATEWAY_BIND_ADDRESS)
    with suppress(OSError):
        for line in TABLE.read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            address, _colon, port = fields[1].partition(":")
            theirs = IPv4Address(int(address, 16).to_bytes(4, sys.byteorder))
            if ours == theirs or ours.is_unspecified or theirs.is_unspecified:
                yield int(port, 16), fields[9]


def _owners(inodes: set[str]) -> Iterator[tuple[str, int]]:
    """The process behind each socket. Other users' processes stay unseen."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):  # it ended, or is not ours to see
            for entry in folder.iterdir():
                inode = wanted.get(_target(entry))
                if inode:
                    yield inode, int(folder.parent.name)


def _target(entry: Path) -> str:
    with suppress(OSError):
        return str(entry.readlink())
    return ""


def _holder(port: int, pid: int | None) -> Holder:
    if pid is None:
        return Holder(port)
    name, command = program_of(pid)
    is_ours = name == OURS[0] or OURS[1] in command
    return Holder(port, name, pid, is_ours)


def program_of(pid: int) -> tuple[str, str]:
    """The short name and the command of a process; empty where it has ended."""
    with suppress(OSError):
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        return name, command.decode(errors="replace")
    return "", ""


def worker_pids() -> list[int]:
    """The devices workers of this installation (of this VAR_DIR), as far as we may see them."""
    every = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    return [pid for pid in every if _is_worker(pid) and _var_dir(pid) == settings.VAR_DIR]


def _is_worker(pid: int) -> bool:
    name, command = program_of(pid)
    return name == "marstek-devices" or command.rstrip().endswith("marstek_site.processes devices")


def _var_dir(pid: int) -> Path | None:
    """The folder that a process of ours was started with, as `marstek_site.paths` reads it."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        given = [word.removeprefix(b"VAR_DIR=") for word in words if word.startswith(b"VAR_DIR=")]
        folder = given[0].decode(errors="replace").strip() if given else ""
        return (settings.BASE_DIR / (folder or "var")).resolve()
    return None
