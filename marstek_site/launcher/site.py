"""The story of one run: lock, servers, preparation, processes, ready, watch, stop."""

from __future__ import annotations

import json
import sys
from ipaddress import IPv4Address
from typing import Any

from .. import paths
from .console import Console
from .folders import Lock, private_folder
from .forks import Nursery
from .options import SIMULATED, Options
from .post import Plain, Startable
from .probes import check_udp_port, check_web_port
from .programs import preparation, simulator, site_programs
from .servers import START_S, wanted_servers
from .supervisor import Supervisor

US = "marstek"
SITE = {"web", "devices", "worker", "beat", "bot"}
ASIDE, SERVERS = {"simulator", "nursery"}, {"database", "broker"}


def run_site(options: Options, console: Console) -> None:
    """Everything, until somebody wishes to stop. Raises LaunchFailed, StopRequested."""
    var_dir = private_folder(paths.var_dir())
    lock = Lock(var_dir / "launcher.lock")
    check_ports(options)
    private_folder(paths.run_dir())
    supervisor = Supervisor(console.write)
    supervisor.listen()
    try:
        facts = start(supervisor, options)
        announce(facts, supervisor, options, console)
        supervisor.watch()
        console.write(US, "stopping")
    finally:
        supervisor.stop(SITE, ASIDE, SERVERS)
        lock.release()
    console.write(US, "stopped")


def check_ports(options: Options) -> None:
    """Before anything is started: raises LaunchFailed where a port is taken."""
    check_web_port(options.bind)
    if options.is_demo:
        for number in range(SIMULATED):
            address = str(IPv4Address(options.demo_address) + number)
            check_udp_port(address, options.demo_port + number)


def start(supervisor: Supervisor, options: Options) -> dict[str, Any]:
    """Start all in order; what the preparation found: addresses and links."""
    nursery = Nursery()
    begun: list[Startable] = [nursery, *wanted_servers(paths.var_dir(), paths.run_dir())]
    if options.is_demo:
        trace = paths.var_dir() / "simulator.jsonl"
        begun.insert(0, Plain(simulator(options, trace)))
    supervisor.start(*begun, within_s=START_S)
    prepared = supervisor.run(preparation(options, nursery), within_s=600)
    facts: dict[str, Any] = json.loads(prepared)
    supervisor.start(*site_programs(options, nursery), within_s=90)
    return facts


def announce(
    facts: dict[str, Any], supervisor: Supervisor, options: Options, console: Console
) -> None:
    """Say where the site is: to a person in the log, to a script on standard output."""
    if options.is_json:
        link = (facts["links"] or [None])[0]
        answer = {"url": facts["urls"][0], "urls": facts["urls"], "login_link": link}
        answer |= {"var_dir": str(paths.var_dir()), "pids": supervisor.pids()}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    else:
        console.block(US, words(facts, options.is_demo))


def words(facts: dict[str, Any], is_demo: bool) -> list[str]:
    """The lines that a person waits for."""
    lines = [f"Ready: {'  or  '.join(f'{url}/' for url in facts['urls'])}"]
    if facts["links"]:
        lines.append("First login, once, within one hour:")
        lines += [f"  {link}" for link in facts["links"]]
    else:
        where = "VAR_DIR=var/demo " if is_demo else ""
        lines.append(f"Password forgotten? `{where}.venv/bin/python manage.py login_link`")
    return [*lines, "Ctrl-C stops everything."]
