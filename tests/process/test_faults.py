"""A running site whose servers, workers and network are disturbed: it says so and goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psutil

from marstek_site.paths import BASE_DIR
from tests.process.proc import wait_for
from tests.process.site import Site, manage

POLL_S = 60.0


def environment(site: Site) -> dict[str, str]:
    """The environment in which a command finds the demo's servers and devices."""
    return site.environment | {
        "VAR_DIR": f"{site.var_dir}/demo",
        "GATEWAY_BIND_ADDRESS": "127.0.0.1",
    }


def poll(site: Site) -> list[dict[str, Any]]:
    """One poll now, through the queue of the worker that owns the sockets; [] where it failed."""
    done = manage(environment(site), "poll_batteries", "--json")
    if done.returncode:
        assert done.stderr.count("\n") == 1, done.stderr
        return []
    return list(json.loads(done.stdout))


def all_answer(site: Site) -> bool:
    batteries = poll(site)
    return len(batteries) == 3 and all(battery["answered"] for battery in batteries)


def rows(site: Site) -> list[list[Any]]:
    """Battery, moment and state of charge of every log row, oldest first."""
    code = (
        "import json; from batteries.models import BatteryStatusLog as L;"
        "print(json.dumps(list(map(list, L.objects.order_by('timestamp')"
        ".values_list('battery_id', 'timestamp', 'soc', 'bat_power'))), default=str))"
    )
    done = manage(environment(site), "shell", "-v0", "-c", code)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def new_lines(site: Site, since: int, part: str) -> list[str]:
    return [line for line in site.log[since:] if part in line]


def wait_whole(site: Site) -> None:
    """Every process runs, the page says that all is well, and three batteries answer."""
    wait_for(site.is_healthy, within_s=40, what="healthy")
    wait_for(lambda: all_answer(site), within_s=POLL_S, what="three batteries that answer")


def test_postgresql_killed_and_started_again(running_demo: Site) -> None:
    site = running_demo
    wait_whole(site)
    kept, said = rows(site), len(site.log)
    site.kill("database")
    wait_for(lambda: new_lines(site, said, "lost the lock"), within_s=20, what="said")
    wait_whole(site)
    after = rows(site)
    assert after[: len(kept)] == kept
    assert len(after) > len(kept)
    assert not new_lines(site, said, "Traceback")


def test_the_broker_killed_and_started_again(running_demo: Site) -> None:
    site = running_demo
    wait_whole(site)
    kept, said = rows(site), len(site.log)
    site.kill("broker")
    wait_whole(site)
    assert len(rows(site)) > len(kept)
    assert not new_lines(site, said, "Traceback")


def test_the_devices_worker_killed_during_a_poll(running_demo: Site) -> None:
    site = running_demo
    wait_whole(site)
    kept = rows(site)
    asking = subprocess.Popen(
        [sys.executable, "manage.py", "poll_batteries"],
        cwd=BASE_DIR,
        env=environment(site),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: len(rows(site)) > len(kept), within_s=POLL_S, what="the poll under way")
    site.kill("devices")
    wait_whole(site)
    asking.kill()
    asking.wait()
    assert rows(site)[: len(kept)] == kept
    moments = [(battery, at) for battery, at, *_ in rows(site)]
    assert len(set(moments)) == len(moments)


def test_a_second_devices_worker_waits_says_so_and_takes_over(running_demo: Site) -> None:
    site = running_demo
    wait_whole(site)
    second = devices_worker(site)
    try:
        line = first_line_with(second, "another devices worker owns")
        assert "this one waits" in line
        assert owners(site, second.pid) == [site.pid("devices")]
        os.kill(site.pid("devices"), signal.SIGKILL)
        wait_for(lambda: all_answer(site), within_s=POLL_S, what="polling goes on")
        assert len(owners(site, second.pid)) == 1
    finally:
        second.terminate()
        second.communicate(timeout=20)
    wait_whole(site)


def test_a_flood_of_foreign_datagrams_changes_nothing(running_demo: Site) -> None:
    site = running_demo
    wait_whole(site)
    truth = {battery["name"]: battery["soc"] for battery in poll(site)}
    lie = b'{"id":%d,"src":"VenusE 3.0-bc2a7f00000b","result":{"id":0,"bat_soc":1}}'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.200.0.1", 0))
        ports = udp_ports(site.pid("devices"))
        assert len(ports) == 3
        for number in range(3000):
            for payload in (lie % number, b"\xff" * 1400, b'{"id":', b"[" * 900):
                stranger.sendto(payload, ("127.0.0.1", sorted(ports)[number % 3]))
    assert all_answer(site)
    assert all(soc != 1 for _, _, soc, _ in rows(site))
    assert set(truth) == {"Atelier", "Cave", "Garage"}


def devices_worker(site: Site) -> subprocess.Popen[str]:
    """One more worker on the devices queue, as a person might start by mistake."""
    worker = ["-m", "celery", "-A", "marstek_site", "worker", "-Q", "devices", "-P", "threads"]
    return subprocess.Popen(
        [sys.executable, *worker, "-n", "second@%h"],
        cwd=BASE_DIR,
        env=environment(site) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def first_line_with(process: subprocess.Popen[str], part: str) -> str:
    assert process.stdout is not None
    return next(line for line in process.stdout if part in line)


def udp_ports(pid: int) -> set[int]:
    """Local UDP ports that a process and its children hold."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return {link.laddr.port for one in family for link in one.net_connections("udp")}


def owners(site: Site, second: int) -> list[int]:
    """Which of the devices workers hold UDP sockets now."""
    candidates: list[Callable[[], int]] = [lambda: site.pid("devices"), lambda: second]
    found = []
    for candidate in candidates:
        try:
            pid = candidate()
            if udp_ports(pid):
                found.append(pid)
        except (KeyError, psutil.NoSuchProcess):
            continue
    return found
