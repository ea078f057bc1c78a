"""Ends of a launcher, clean and not: no process is left, and the data is found again."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.process.proc import strays, wait_for
from tests.process.site import Site, demo_words, manage

StartSite = Callable[..., Site]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_within_ten_seconds(
    start_site: StartSite, number: signal.Signals
) -> None:
    site = start_site(*demo_words())
    site.wait_ready()
    members = site.family()
    started_s = time.monotonic()
    site.signal(number)
    assert site.wait_end(within_s=10) == 0
    assert time.monotonic() - started_s < 10
    assert not [member for member in members if member.is_alive()]
    assert not strays(site.var_dir)
    assert site.log[-1].endswith("marstek   | stopped")
    assert not list(site.var_dir.glob("demo/postgres/postmaster.pid"))


def test_kill_9_leaves_no_process_and_the_next_start_finds_the_data(start_site: StartSite) -> None:
    site = start_site(*demo_words())
    site.wait_ready()
    made = manage(in_demo(site), "shell", "-v0", "-c", ADD_USER)
    assert made.returncode == 0, made.stderr
    members = site.family()
    site.signal(signal.SIGKILL)
    wait_for(
        lambda: not any(member.is_alive() for member in members) and not strays(site.var_dir),
        within_s=8,
        what="every process gone",
    )
    again = start_site(*demo_words())
    assert again.wait_ready()["login_link"] is None  # somebody can administrate already
    assert not [line for line in again.log if "making" in line]


ADD_USER = """
from django.contrib.auth.models import User
User.objects.create_superuser("anna")
"""


def in_demo(site: Site) -> dict[str, str]:
    """The environment in which a command finds the demo's servers."""
    return site.environment | {"VAR_DIR": f"{site.var_dir}/demo"}


@pytest.mark.parametrize("after_s", [0.3, 1.2, 2.5])
def test_kill_9_during_the_start_leaves_no_process(
    start_site: StartSite, tmp_path: Path, after_s: float
) -> None:
    site = start_site(*demo_words())
    time.sleep(after_s + random.uniform(0, 0.5))  # whatever it does just then
    site.signal(signal.SIGKILL)
    wait_for(lambda: not strays(tmp_path), within_s=8, what="every process gone")


def test_ctrl_c_during_the_start_stops_cleanly(start_site: StartSite) -> None:
    site = start_site(*demo_words())
    wait_for(lambda: any("database" in line for line in site.log), within_s=30, what="begun")
    site.signal(signal.SIGINT)
    assert site.wait_end(within_s=10) == 0
    assert not strays(site.var_dir)
