"""`manage.py doctor` beside a running site, beside a broken one, and beside none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.process.proc import wait_for
from tests.process.site import Site, clean_environment, manage

SERVERS = {
    "DATABASE_URL": "postgresql://anna:hidden-one@127.0.0.1:1/m",
    "REDIS_URL": "redis://:hidden-two@127.0.0.1:1/0",
}


@pytest.fixture(scope="module")
def environment(running_demo: Site) -> dict[str, str]:
    """For commands beside the demo, as `up --demo` sets it."""
    changed = {"VAR_DIR": f"{running_demo.var_dir}/demo", "GATEWAY_BIND_ADDRESS": "127.0.0.1"}
    return running_demo.environment | changed


def states(done: subprocess.CompletedProcess[str]) -> dict[tuple[str, str], str]:
    """The state of each code and subject."""
    document: dict[str, Any] = json.loads(done.stdout)
    return {(one["code"], one["subject"]): one["state"] for one in document["findings"]}


def test_beside_a_running_demo(running_demo: Site, environment: dict[str, str]) -> None:
    """The first sweep takes some seconds; nothing but the missing administrator is broken then."""

    def seen() -> dict[tuple[str, str], str]:
        return states(manage(environment, "doctor", "--json"))

    wait_for(
        lambda: sum(code == "battery.history" for code, _subject in seen()) == 3,
        within_s=60,
        what="three batteries with history",
    )
    said = seen()
    assert [key for key, state in said.items() if state == "broken"] == [
        ("people.administrator", "")
    ]
    for code in ("devices.running", "devices.sweep", "devices.single", "work.ticking"):
        assert said[code, ""] == "well", code
    assert said["worker.running", "devices"] == said["worker.running", "default"] == "well"
    assert said["broker.kept", ""] == said["database.migrations", ""] == "well"


def test_a_worker_that_has_ended_is_seen(running_demo: Site, environment: dict[str, str]) -> None:
    """Stopped, not killed: the launcher would start it anew within a second."""
    pid = running_demo.pid("worker")
    os.kill(pid, signal.SIGSTOP)
    try:
        done = manage(environment, "doctor", "--json")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 1
    assert states(done)["worker.running", "default"] == "broken"


def test_a_broker_that_hangs_costs_seconds_and_is_said(
    running_demo: Site, environment: dict[str, str]
) -> None:
    pid = running_demo.pid("broker")
    os.kill(pid, signal.SIGSTOP)
    try:
        done = manage(environment, "doctor", "--json")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert states(done)["broker.answers", ""] == "broken"
    assert states(done)["database.version", ""] == "well"


def test_beside_nothing_each_server_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("LOG_LEVEL=INFO\n", encoding="utf-8")
    file.chmod(0o644)
    environment = clean_environment(tmp_path, MARSTEK_ENV_FILE=str(file), **SERVERS)
    done = manage(environment, "doctor")
    assert done.returncode == 1
    assert done.stderr == "CommandError: 2 things are broken: what to do is said above.\n"
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("Broken: ")] == [
        "Broken: Broker (Redis)",
        "Broken: Database",
    ]
    assert "    .env has mode 644: other users of this machine can read its secrets." in lines
    assert "hidden" not in done.stdout + done.stderr


def test_a_misspelt_setting_is_a_finding_not_a_refusal(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DATABASE_ULR=hidden\n", encoding="utf-8")
    done = manage(clean_environment(tmp_path, MARSTEK_ENV_FILE=str(file), **SERVERS), "doctor")
    assert "    .env sets DATABASE_ULR, which is no setting: did you mean DATABASE_URL?" in (
        done.stdout.splitlines()
    )


def test_a_wrong_value_is_refused_in_one_line(tmp_path: Path) -> None:
    done = manage(clean_environment(tmp_path, WEB_BIND="8000"), "doctor")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "WEB_BIND='8000' is wrong" in done.stderr
