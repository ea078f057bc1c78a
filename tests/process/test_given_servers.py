"""DATABASE_URL and REDIS_URL: servers of one's own are used, and none is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from marstek_site.launcher.servers import throwaway_servers
from tests.process.site import Site, clean_environment, manage

StartSite = Callable[..., Site]


@pytest.fixture
def given_urls(tmp_path: Path) -> dict[str, str]:
    """Where the servers of the test below listen."""
    run = tmp_path / "run"
    return {
        "DATABASE_URL": f"postgresql://marstek@/marstek?host={run}",
        "REDIS_URL": f"unix://{run}/redis.sock",
    }


def test_given_servers_are_used_and_none_is_started(
    start_site: StartSite, given_urls: dict[str, str], tmp_path: Path
) -> None:
    with throwaway_servers(tmp_path, tmp_path / "run"):
        site = start_site(var_dir=tmp_path / "site", GATEWAY_BIND_ADDRESS="127.0.0.1", **given_urls)
        site.wait_ready()
        assert set(site.pids()) == {"nursery", "web", "devices", "worker", "beat", "bot"}
        assert site.is_healthy()
        assert not (site.var_dir / "postgres").exists()
        site.close()


def test_a_demo_never_touches_the_given_servers(
    tmp_path: Path, given_urls: dict[str, str], start_site: StartSite
) -> None:
    words = ["--demo", "--address", "127.78.0.11", "--base-port", "42001"]
    site = start_site(*words, var_dir=tmp_path / "site", **given_urls)
    site.wait_ready()  # nothing listens at the given addresses: it has servers of its own
    assert {"database", "broker"} <= set(site.pids())


def test_a_given_database_that_stays_away_is_one_line(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path, DATABASE_URL="postgresql://a:hidden@127.0.0.1:1/b")
    done = manage(environment, "prepare", "--wait", "0")
    assert done.returncode == 1
    assert "The database does not answer: connection failed: " in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hidden" not in done.stderr
