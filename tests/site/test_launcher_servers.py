"""The embedded servers: the very ones that this test run stands on, and their refusals."""

from __future__ import annotations

import os
import pwd
import socket
import stat
import tempfile
import time
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

from marstek_site import paths
from marstek_site.launcher import postgres
from marstek_site.launcher.child import Child
from marstek_site.launcher.errors import LaunchFailed
from marstek_site.launcher.postgres import Postgres
from marstek_site.launcher.servers import throwaway_servers, wanted_servers
from tests.network_guard import OutsideContact


@pytest.mark.django_db
def test_tests_run_on_postgresql_over_a_unix_socket() -> None:
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SHOW listen_addresses")
        assert cursor.fetchone() == ("",)
        cursor.execute("SELECT inet_server_addr()")
        assert cursor.fetchone() == (None,)


def test_broker_answers_over_a_unix_socket(servers: dict[str, Child]) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.ping()
        assert client.config_get("port")["port"] == "0"
        assert client.config_get("appendonly")["appendonly"] == "yes"


def test_sockets_stand_in_a_folder_of_ours_alone(servers: dict[str, Child]) -> None:
    assert stat.S_IMODE(paths.run_dir().stat().st_mode) == 0o700
    assert stat.S_IMODE(paths.postgres_socket().stat().st_mode) == 0o700


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data of an earlier run."""
    folder = tmp_path_factory.mktemp("used")
    with throwaway_servers(folder, folder / "run"):
        pass
    return folder


def test_a_second_start_finds_the_data(used: Path) -> None:
    version = used / "postgres" / "PG_VERSION"
    made_at = version.stat().st_mtime_ns
    with throwaway_servers(used, used / "run") as children:
        assert children["database"].is_ready()
        assert version.stat().st_mtime_ns == made_at


def test_a_stale_pid_file_that_names_a_stranger_does_not_stop_the_start(used: Path) -> None:
    (used / "postgres" / "postmaster.pid").write_text("1\n", encoding="ascii")
    with throwaway_servers(used, used / "run") as children:
        assert children["database"].is_ready()


def test_half_made_data_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new" / "base").mkdir(parents=True)
    with throwaway_servers(tmp_path, tmp_path / "run") as children:
        assert children["database"].is_ready()
    assert not (tmp_path / "postgres.new").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root changes users")
def test_root_without_user_namespaces_runs_the_server_as_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "may_rename_users", lambda: False)
    with tempfile.TemporaryDirectory() as name:  # not tmp_path: `nobody` must get there
        folder = Path(name)
        with throwaway_servers(folder, folder / "run") as children:
            owner = Path(f"/proc/{children['database'].pid}").stat().st_uid
            assert children["database"].is_ready()
        assert owner == pwd.getpwnam("nobody").pw_uid
        assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700


def test_data_of_another_major_version_is_refused_in_one_line(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n", encoding="ascii")
    server = Postgres(tmp_path, tmp_path / "run")
    with pytest.raises(LaunchFailed, match=r"holds data of PostgreSQL 9, but PostgreSQL \d+ is"):
        server.program()


def test_a_server_that_ends_at_once_says_why(used: Path) -> None:
    settings_file = used / "postgres" / "postgresql.auto.conf"
    good = settings_file.read_text(encoding="utf-8")
    settings_file.write_text("nonsense = 1\n", encoding="utf-8")
    with (
        pytest.raises(LaunchFailed, match=r"database did not start: .*configuration file"),
        throwaway_servers(used, used / "run"),
    ):
        pytest.fail("it started")
    settings_file.write_text(good, encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "started"),
    [
        ({}, ["database", "broker"]),
        ({"DATABASE_URL": "postgres://x/y"}, ["broker"]),
        ({"REDIS_URL": "redis://x"}, ["database"]),
        ({"DATABASE_URL": " "}, ["database", "broker"]),
    ],
)
def test_a_given_url_means_no_server_of_our_own(
    given: dict[str, str], started: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert [server.name for server in wanted_servers(tmp_path, tmp_path)] == started


def test_guard_refuses_other_machines_before_a_packet_leaves() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        with pytest.raises(OutsideContact):
            link.sendto(b"x", ("192.0.2.1", 9))
        with pytest.raises(OutsideContact):
            link.connect(("192.0.2.1", 9))
    with pytest.raises(OutsideContact):
        socket.getaddrinfo("example.org", 443)


def test_servers_end_quickly_with_a_client_connected(used: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        with throwaway_servers(used, used / "run"):
            client.connect(str(used / "run" / ".s.PGSQL.5432"))
            started_s = time.monotonic()
        assert time.monotonic() - started_s < 4
