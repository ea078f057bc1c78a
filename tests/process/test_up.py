"""One running demo: what it says, who is refused, and what comes back after kill -9."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import psutil
import pytest

from tests.process.proc import name_of, pss_mb, wait_for
from tests.process.site import NAMES, Site, manage

ALL = (*NAMES, "simulator")


def test_everything_runs_and_the_site_is_well(running_demo: Site) -> None:
    assert set(running_demo.pids()) == set(ALL)
    status, body = running_demo.fetch("/healthz")
    assert status == 200
    assert json.loads(body)["database"] is True


def test_answer_names_the_address_the_link_and_the_processes(running_demo: Site) -> None:
    answer = running_demo.wait_ready()
    assert answer["url"] == running_demo.url
    assert answer["pids"] == running_demo.pids()
    status, _body = running_demo.fetch(urlsplit(answer["login_link"]).path)
    assert status == 200


def test_the_log_has_one_form_and_no_secret(running_demo: Site) -> None:
    assert running_demo.log
    for line in running_demo.log:
        time, bar, rest = line[:8], line[18:20], line[20:]
        assert time[2] == time[5] == ":", line
        assert bar == " |", line
        assert "welcome/" not in rest  # with --json the link is in the document only


def test_nothing_listens_but_the_web_server(running_demo: Site) -> None:
    pids = {process.pid for process in running_demo.family()}
    assert tcp_listeners(pids) == {("127.0.0.1", running_demo.port)}


def test_a_second_launcher_is_refused_in_one_line(running_demo: Site) -> None:
    second = running_demo.manage("up", "--demo")
    assert second.returncode == 1
    pid = running_demo.process.pid
    expected = f"marstek: Already running on {running_demo.var_dir}/demo (process {pid}): stop"
    assert second.stderr.startswith(expected)
    assert second.stderr.count("\n") == 1


def test_login_link_gives_another_link(running_demo: Site) -> None:
    # the command reads the demo's own folder, as `up --demo` does
    environment = running_demo.environment | {"VAR_DIR": f"{running_demo.var_dir}/demo"}
    done = manage(environment, "login_link", "--json")
    assert done.returncode == 0, done.stderr
    url = json.loads(done.stdout)["url"]
    assert running_demo.fetch(urlsplit(url).path)[0] == 200
    old = urlsplit(running_demo.wait_ready()["login_link"]).path
    assert running_demo.fetch(old)[0] == 410


@pytest.mark.parametrize("name", ALL)
def test_a_killed_child_is_started_again(running_demo: Site, name: str) -> None:
    said = len(running_demo.log)
    victim = running_demo.kill(name)
    wait_for(lambda: not victim.is_alive(), within_s=5, what=f"{name} gone")
    wait_for(lambda: is_whole_without(running_demo, victim.pid), within_s=40, what=f"{name} again")
    lines = [line for line in running_demo.log[said:] if f" {name} " in line]
    assert any("ended (SIGKILL); it starts again in" in line for line in lines)
    assert any(line.endswith("| started again") for line in lines)


def test_a_killed_nursery_takes_its_forks_along(running_demo: Site) -> None:
    forks = [one for one in running_demo.family() if one.words.startswith("marstek-")]
    assert len(forks) == 7  # web and worker are pairs
    victim = running_demo.kill("nursery")
    wait_for(lambda: not any(one.is_alive() for one in forks), within_s=5, what="forks gone")
    wait_for(lambda: is_whole_without(running_demo, victim.pid), within_s=40, what="all again")


def is_whole_without(site: Site, pid: int) -> bool:
    """Whether every child runs, this one not among them, and the site is well."""
    pids = site.pids()
    return set(pids) == set(ALL) and pid not in pids.values() and site.is_healthy()


def test_a_killed_devices_process_leaves_the_others_alone(running_demo: Site) -> None:
    before = running_demo.pids()
    running_demo.kill("devices")
    wait_for(
        lambda: running_demo.pids().get("devices") not in {before["devices"], None},
        within_s=20,
        what="devices again",
    )
    after = running_demo.pids()
    assert {name for name in ALL if before[name] != after[name]} == {"devices"}


def test_our_processes_share_their_memory(running_demo: Site) -> None:
    servers = ("postgres", "valkey", "database", "broker", "simulator")
    ours = [one for one in running_demo.family() if not any(n in one.words for n in servers)]
    assert len(ours) >= 8
    assert sum(pss_mb(one.pid) for one in ours) <= 260


def test_processes_have_names_of_their_own(running_demo: Site) -> None:
    pids = running_demo.pids()
    for name in ("web", "devices", "worker", "beat", "bot"):
        assert name_of(pids[name]) == f"marstek-{name}"


def tcp_listeners(pids: set[int]) -> set[tuple[object, ...]]:
    """Address and port of each TCP socket on which one of these processes listens."""
    links = [link for link in psutil.net_connections("tcp") if link.pid in pids]
    return {tuple(link.laddr) for link in links if link.status == psutil.CONN_LISTEN}


def test_a_client_that_hangs_does_not_keep_the_site_from_answering(running_demo: Site) -> None:
    with socket.create_connection(("127.0.0.1", running_demo.port)) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\n")
        assert running_demo.is_healthy()
