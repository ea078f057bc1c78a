"""The heartbeat URL of a running site: called while all is well, silent once a process is gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from scheduling.periodic import OWNED
from tests.process.proc import wait_for
from tests.process.site import Site, demo_words, manage
from tests.site.dead_mans_switch import Switch, running_switch

SILENCE_S = 5.0
EACH_SECOND = f"""
from django_celery_beat.models import IntervalSchedule, PeriodicTask
task = PeriodicTask.objects.get(name="{OWNED}call the heartbeat URL")
task.interval = IntervalSchedule.objects.create(every=1, period="seconds")
task.save()
"""


@pytest.fixture
def switch() -> Iterator[Switch]:
    with running_switch() as server:
        yield server


def test_each_process_that_is_gone_silences_it(
    start_site: Callable[..., Site], switch: Switch
) -> None:
    site = start_site(*demo_words(), HEARTBEAT_URL=switch.url)
    site.wait_ready()
    environment = site.environment | {"VAR_DIR": f"{site.var_dir}/demo"}
    assert manage(environment, "shell", "--no-imports", "-c", EACH_SECOND).returncode == 0
    wait_for(lambda: switch.calls > 2, within_s=90, what="a call each second")
    for name in ("devices", "worker", "beat", "database"):
        is_silent_without(name, site, switch)


def is_silent_without(name: str, site: Site, switch: Switch) -> None:
    with nobody_mends(site):
        site.kill(name)
        wait_for(lambda: switch.silent_s() > SILENCE_S, within_s=20, what=f"silent, no {name}")
    before = switch.calls
    wait_for(lambda: switch.calls > before, within_s=60, what=f"called again, {name} is back")


@contextmanager
def nobody_mends(site: Site) -> Iterator[None]:
    """The launcher, which starts again what ends, stands still meanwhile."""
    site.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(site.process.pid, signal.SIGCONT)
