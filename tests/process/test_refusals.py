"""Starts that cannot work: one line that says what to change, and nothing started."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from marstek_site.paths import BASE_DIR
from tests.process.proc import strays
from tests.process.site import Site, clean_environment, manage

StartSite = Callable[..., Site]


def test_a_web_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = clean_environment(tmp_path, WEB_BIND=f"127.0.0.1:{port}")
        done = manage(environment, "up")
    assert done.returncode == 2
    assert done.stderr.startswith(f"marstek: Port {port} on 127.0.0.1 is in use: stop what uses")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not (tmp_path / "postgres").exists()


def test_a_simulated_batterys_port_in_use_is_said_too(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.77.0.12", 0))
        port = taken.getsockname()[1]
        words = ["--demo", "--address", "127.77.0.11", "--base-port", str(port - 1)]
        done = manage(clean_environment(tmp_path), "up", *words)
    assert done.returncode == 2
    assert done.stderr.startswith(f"marstek: Port {port} on 127.77.0.12 is in use: is another")


WRONG = {
    "DEBUG=perhaps": "DEBUG='perhaps' is wrong: it takes true or false.",
    "WEB_BIND=8000": "WEB_BIND='8000' is wrong: it takes ADDRESS:PORT, such as 0.0.0.0:8000.",
    "WEB_BIND=1.2.3.4:99999": "WEB_BIND='1.2.3.4:99999' is wrong: it takes ADDRESS:PORT",
    "WEB_BIND=192.0.2.7:8000": "192.0.2.7 is not an address of this machine: correct WEB_BIND.",
    "GATEWAY_BIND_ADDRESS=eth0": "GATEWAY_BIND_ADDRESS='eth0' is wrong: it takes an IPv4 address",
    "GATEWAY_BIND_ADDRESS=192.0.2.7": "GATEWAY_BIND_ADDRESS=192.0.2.7 is not an address of this",
    "HISTORY_DAYS=3": "HISTORY_DAYS='3' is wrong: it takes a number of days, 7 to 36500.",
    "LOG_LEVEL=loud": "LOG_LEVEL='loud' is wrong: it takes DEBUG, INFO, WARNING or ERROR.",
    "LANGUAGE=de": "LANGUAGE='de' is wrong: it takes fr or en.",
    "PUBLIC_URL=example.org": "PUBLIC_URL='example.org' is wrong: it takes the site's address",
    "TRUSTED_PROXIES=nginx": "TRUSTED_PROXIES='nginx' is wrong: it takes IP addresses between",
    "DATABASE_URL=mysql://a:hidden@b/c": "DATABASE_URL is wrong: it must start with postgres://",
    "REDIS_URL=hidden": "REDIS_URL is wrong: it must start with redis:// or rediss:// or unix://.",
    "DATABASE_ULR=x": ".env sets DATABASE_ULR, which is no setting: did you mean DATABASE_URL?",
    "just words hidden": "Line 1 of .env is not NAME=value.",
    "VAR_DIR=/proc/none": "No SECRET_KEY is set and none can be kept in /proc/none",
    "DEBUG=true\nWEB_BIND=0.0.0.0:8000": "DEBUG is on and WEB_BIND=0.0.0.0:8000 listens to the",
}


@pytest.mark.parametrize("lines", WRONG)
def test_a_wrong_setting_stops_the_start_with_one_line(lines: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{lines}\n", encoding="utf-8")
    environment = clean_environment(tmp_path, MARSTEK_ENV_FILE=str(file))
    for name in {line.partition("=")[0] for line in lines.splitlines()} & set(environment):
        del environment[name]
    done = manage(environment, "up")
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert WRONG[lines] in done.stderr
    assert "hidden" not in done.stderr
    assert not strays(tmp_path)


def test_a_command_without_its_database_says_so_in_one_line(tmp_path: Path) -> None:
    done = manage(clean_environment(tmp_path), "login_link")
    assert done.returncode == 1
    assert "The database does not answer: " in done.stderr
    assert "Start the site first (`make run`" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_python_without_the_requirements_is_told_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "manage.py", "up"],  # -S: no installed packages
        capture_output=True,
        text=True,
        cwd=BASE_DIR,
        env=clean_environment(tmp_path),
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("marstek: Django is missing here: use `make run`")
    assert done.stderr.count("\n") == 1
