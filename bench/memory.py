"""Proportional memory of every process that `manage.py up` runs, after a minute of work."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from typing import Any

import psutil

from .processes import family, pss_mb

ADDRESS = "http://127.0.0.1:8765/healthz"
SERVERS = ("postgres", "valkey-server")


def run() -> dict[str, Any]:
    """PSS of each process [MB], the servers apart."""
    site = subprocess.Popen(
        [sys.executable, "manage.py", "up"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_answers()
        time.sleep(60)
        return _measure(site.pid)
    finally:
        site.send_signal(signal.SIGTERM)
        site.wait(timeout=20)


def _wait_until_it_answers() -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(ADDRESS, timeout=2)
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("bench: the site did not start")


def _measure(pid: int) -> dict[str, Any]:
    ours, servers = {}, 0.0
    for process in family(pid):
        try:
            size, words = pss_mb(process.pid), " ".join(process.cmdline())
        except (psutil.NoSuchProcess, FileNotFoundError):
            continue
        if process.name() in SERVERS:
            servers += size
        else:
            ours[f"{process.pid} {words[-60:]}"] = round(size, 1)
    return {
        "ours_mb": ours,
        "ours_total_mb": round(sum(ours.values()), 1),
        "servers_mb": round(servers, 1),
    }
