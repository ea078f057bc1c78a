"""A search in a running site: through the queue, by the worker that owns the sockets."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from tests.process.site import Site, manage

LAST_OCTETS = ["11", "12", "13"]


@pytest.fixture(scope="module")
def environment(running_demo: Site) -> dict[str, str]:
    """For commands beside the demo, as `up --demo` sets it."""
    return running_demo.environment | {"VAR_DIR": f"{running_demo.var_dir}/demo"}


def done(environment: dict[str, str], *words: str) -> Any:
    """The JSON document of a command."""
    result = manage(environment, *words, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_the_command_finds_three_devices_with_different_ports(
    environment: dict[str, str],
) -> None:
    found = done(environment, "discover_batteries")["found"]
    assert last_octets(found) == LAST_OCTETS
    assert len({one["port"] for one in found}) == 3
    assert {one["standing"] for one in found} == {"known"}


def test_a_program_searches_with_its_token(running_demo: Site, environment: dict[str, str]) -> None:
    making = environment | {"DJANGO_SUPERUSER_PASSWORD": "grenier-42-sec"}
    made = manage(making, "createsuperuser", "--noinput", "--username", "anna", "--email", "a@b.fr")
    assert made.returncode == 0, made.stderr
    secret = done(environment, "api_token", "panel", "--user", "anna")["secret"]
    status, answer = call(f"{running_demo.url}/api/v1/batteries/discover?wait=15", secret)
    assert (status, answer["state"]) == (200, "done")
    assert last_octets(answer["found"]) == LAST_OCTETS


def last_octets(found: list[dict[str, Any]]) -> list[str]:
    return [str(one["ip"]).rpartition(".")[2] for one in found]


def call(url: str, secret: str) -> tuple[int, Any]:
    """POST without a body."""
    request = urllib.request.Request(url, method="POST")  # noqa: S310
    request.add_header("Authorization", f"Bearer {secret}")
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        return response.status, json.load(response)
