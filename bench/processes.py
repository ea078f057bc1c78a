"""What processes cost: CPU seconds and proportional memory, of a process and all below it."""

from __future__ import annotations

from pathlib import Path

import psutil


def family(pid: int) -> list[psutil.Process]:
    """The process and everything that it started, as far as it lives."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pid: int) -> float:
    """CPU time of a family so far, children that ended included [s]."""
    total = 0.0
    for process in family(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process.pid == pid:
            total += times.children_user + times.children_system
    return total


def pss_mb(pid: int) -> float:
    """Proportional memory of one process [MB]: pages shared by n processes count 1/n."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def family_pss_mb(pid: int) -> float:
    """Proportional memory of a family [MB]."""
    return sum(pss_mb(process.pid) for process in family(pid))
