"""Looking at processes through /proc: which are a site's, and whether they have gone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process; its start time tells it from a later one with the same number."""

    pid: int
    started: str
    words: str

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        fields = stat_fields(self.pid)
        return bool(fields) and fields[19] == self.started and fields[0] != "Z"


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def family(pid: int) -> list[Process]:
    """The process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_fields(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        waiting += parents.get(one, [])
        found += [process for process in [look_at(one)] if process]
    return found


def look_at(pid: int) -> Process | None:
    """This process now; None where it has gone."""
    fields = stat_fields(pid)
    if not fields:
        return None
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return None
    return Process(pid, fields[19], f"{name_of(pid)}: {words}")


def name_of(pid: int) -> str:
    """The short name, such as `marstek-web`."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def pss_mb(pid: int) -> float:
    """Proportional set size [MB]: pages that several processes use count in parts."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    return int(text.partition("\nPss:")[2].split()[0]) / 1024


def strays(folder: Path) -> list[str]:
    """Processes, whoever their parent is, that were started for a VAR_DIR."""
    mark = os.fsencode(folder)
    return [
        f"{entry.name} {name_of(int(entry.name))}"
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _mentions(entry, mark)
    ]


def _mentions(entry: Path, mark: bytes) -> bool:
    try:
        texts = [(entry / name).read_bytes() for name in ("cmdline", "environ")]
    except OSError:
        return False
    fields = stat_fields(int(entry.name))
    return bool(fields) and fields[0] != "Z" and any(mark in text for text in texts)


def wait_for(condition: Callable[[], object], *, within_s: float, what: str) -> None:
    """Look until the condition holds; fail with `what` where it does not in time."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, f"not within {within_s} s: {what}"
        time.sleep(0.05)
