"""Many simulated batteries, polled over real UDP and stored: what it costs, and where it breaks.

Real processes: the devices worker, the simulator, PostgreSQL, Valkey. A sweep is asked for each
60 s, as beat does. The first sweep, which asks everything, is not counted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

from celery import current_app
from django.db import connection
from django.db.models import Sum

from batteries.models import Battery, BatteryStatusLog, MethodHealth

from .processes import cpu_seconds, family_pss_mb

PORT = 30000
PERIOD_S = 60.0
A_PROCESS = 1000


def address(number: int) -> str:
    """Loopback addresses from 127.0.1.1 on, without .0 and .255, as the simulator counts them."""
    return f"127.0.{1 + number // 254}.{1 + number % 254}"


def start(*argv: str) -> subprocess.Popen[bytes]:
    """A child of ours, in the background, quiet."""
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_simulators(count: int) -> list[subprocess.Popen[bytes]]:
    """`count` devices, each on an address of its own; a process and a port for each thousand."""
    return [
        start(
            *(sys.executable, "manage.py", "simulate_batteries", "--same-port"),
            *("--count", str(min(A_PROCESS, count - first)), "--address", address(first)),
            *("--base-port", str(port_of(first))),
        )
        for first in range(0, count, A_PROCESS)
    ]


def port_of(number: int) -> int:
    """The UDP port of battery `number`."""
    return PORT + number // A_PROCESS


def start_devices_worker() -> subprocess.Popen[bytes]:
    """The very worker that `up` starts."""
    queue = ["-Q", "devices", "-P", "threads", "-c", "8"]
    arguments = ["-A", "marstek_site", "worker", *queue, "--without-gossip"]
    return start(sys.executable, "-m", "celery", *arguments)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a child and wait for it."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def register(count: int) -> None:
    """Exactly `count` batteries, without history."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE batteries_battery RESTART IDENTITY CASCADE")
    Battery.objects.bulk_create(
        Battery(name=f"B{n:05}", ip_address=address(n), udp_port=port_of(n)) for n in range(count)
    )


def measure(count: int, database_pid: int, sweeps: int) -> dict[str, Any]:
    """CPU seconds a minute of each process, and whether every battery got its row."""
    register(count)
    simulators = start_simulators(count)
    worker = start_devices_worker()
    try:
        time.sleep(12)  # imports, the owner's quiet time, and its own first sweep begins
        _wait_for_first_sweep(count)
        groups = {
            "devices": [worker.pid],
            "simulator": [simulator.pid for simulator in simulators],
            "database": [database_pid],
        }
        before = {name: sum(map(cpu_seconds, pids)) for name, pids in groups.items()}
        rows_before = BatteryStatusLog.objects.count()
        started = time.monotonic()
        for number in range(sweeps):
            current_app.send_task("scheduling.tend_batteries")
            time.sleep(max(0.0, started + (number + 1) * PERIOD_S - time.monotonic()))
        minutes = (time.monotonic() - started) / 60
        rows = BatteryStatusLog.objects.count() - rows_before
        cpu = {
            name: (sum(map(cpu_seconds, pids)) - before[name]) / minutes
            for name, pids in groups.items()
        }
        return _document(count, rows, sweeps, cpu) | {
            "devices_pss_mb": round(family_pss_mb(worker.pid), 1)
        }
    finally:
        stop(worker)
        for simulator in simulators:
            stop(simulator)


def _wait_for_first_sweep(count: int) -> None:
    """Until every battery was polled once, or that takes too long; then until the minute is up."""
    started = time.monotonic()
    while Battery.objects.filter(polled_at__isnull=False).count() < count:
        if time.monotonic() - started > 120:
            break
        time.sleep(1)
    time.sleep(20)  # the rare reads of the last ones


def _document(count: int, rows: int, sweeps: int, cpu: dict[str, float]) -> dict[str, Any]:
    asked = MethodHealth.objects.aggregate(asked=Sum("asked"), answered=Sum("answered"))
    return {
        "batteries": count,
        "rows_wanted": count * sweeps,
        "rows": rows,
        "answered_percent": round(100 * (asked["answered"] or 0) / (asked["asked"] or 1), 2),
        **{f"{name}_cpu_s_a_minute": round(seconds, 2) for name, seconds in cpu.items()},
    }


def run(database_pid: int, counts: list[int]) -> list[dict[str, Any]]:
    """One measurement for each size; larger ones until rows are lost."""
    os.environ["GATEWAY_BIND_ADDRESS"] = "127.0.0.1"
    results = []
    for count in counts:
        result = measure(count, database_pid, sweeps=2)
        results.append(result)
        print(result, flush=True)
        if result["rows"] < 0.99 * result["rows_wanted"]:
            break
    return results
