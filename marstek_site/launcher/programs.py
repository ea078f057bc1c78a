"""The site's own processes, forked from the nursery, and the simulator."""

from __future__ import annotations

import sys
from pathlib import Path

from ..paths import BASE_DIR
from .child import Program
from .forks import Nursery
from .options import SIMULATED, Options
from .probes import answers_http

STOP_S = 4.5  # a clean stop lasts 10 s where no battery is held, the servers come after these
DEVICES_STOP_S = 22.0  # batteries that we hold go back to Auto first: at most 20 s
WORKER_READY = (" ready.", "another devices worker owns")  # the latter waits, and that is all right
SHUTS_DOWN = "shutdown (MainProcess)"


def site_programs(options: Options, nursery: Nursery) -> list[Program]:
    """Web, devices, worker, beat, bot: `marstek_site.processes` says what each is."""
    web = Program(
        name="web",
        argv=("web",),
        spawn=nursery.spawn,
        stop_s=STOP_S,
        is_ready=lambda: answers_http(options.bind),
    )
    beat = Program(name="beat", argv=("beat",), spawn=nursery.spawn, stop_s=STOP_S)
    bot = Program(name="bot", argv=("bot",), spawn=nursery.spawn, stop_s=STOP_S)
    devices = _worker("devices", nursery, stop_s=DEVICES_STOP_S)
    return [web, devices, _worker("worker", nursery), beat, bot]


def _worker(name: str, nursery: Nursery, *, stop_s: float = STOP_S) -> Program:
    return Program(
        name=name,
        argv=(name,),
        spawn=nursery.spawn,
        stop_s=stop_s,
        ready_lines=WORKER_READY,
        quiet=(SHUTS_DOWN,),
    )


def preparation(options: Options, nursery: Nursery) -> Program:
    """Migrations, periodic tasks, static files, the demo's batteries, the first login link."""
    words = ["prepare", "--json"]
    if options.is_demo:
        words += ["--demo-address", options.demo_address, "--demo-port", str(options.demo_port)]
    return Program(name="prepare", argv=tuple(words), spawn=nursery.spawn, keep_output=True)


DEMO_SPEED = "10"  # an hour in six minutes: a first look sees them move, and not run empty


def simulator(options: Options, trace: Path) -> Program:
    """Batteries that answer as real ones do."""
    words = ["--count", str(SIMULATED), "--address", options.demo_address]
    words += ["--base-port", str(options.demo_port), "--trace", str(trace)]
    words += ["--speed", DEMO_SPEED]
    return Program(
        name="simulator",
        argv=(sys.executable, "-m", "batteries.simulator", *words),
        cwd=BASE_DIR,
        stop_s=1.0,
        ready_lines=(options.demo_address,),
    )
