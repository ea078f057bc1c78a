"""What the launcher runs: the preparation, the demo's batteries, the web server's settings."""

from __future__ import annotations

import json
import os
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from gunicorn.config import Config
from pytest_django.fixtures import Settings

from batteries.models import Battery
from marstek_site import processes
from marstek_site.demo import NAMES, register_demo_batteries
from marstek_site.management.commands import prepare, up
from marstek_site.models import LoginLink


def prepared(*words: str) -> dict[str, Any]:
    """What `prepare --json` says."""
    out = StringIO()
    call_command("prepare", "--json", *words, stdout=out)
    facts: dict[str, Any] = json.loads(out.getvalue())
    return facts


@pytest.mark.django_db
def test_preparation_gives_a_first_link_while_there_is_no_administrator() -> None:
    assert len(prepared()["links"]) == len(prepared()["urls"]) > 0
    assert LoginLink.objects.count() == 1  # the older one has ended
    User.objects.create_superuser("anna")
    assert prepared()["links"] == []


@pytest.mark.django_db
def test_preparation_registers_batteries_for_a_demo_only() -> None:
    prepared()
    assert not Battery.objects.exists()
    prepared("--demo-address", "127.9.0.254", "--demo-port", "4001")
    rows = Battery.objects.order_by("udp_port").values_list("name", "ip_address", "udp_port")
    assert list(rows) == [
        (NAMES[0], "127.9.0.254", 4001),
        (NAMES[1], "127.9.0.255", 4002),
        (NAMES[2], "127.9.1.0", 4003),
    ]


@pytest.mark.django_db
def test_a_demo_leaves_alone_what_a_person_changed() -> None:
    register_demo_batteries("127.0.0.11", 30001)
    Battery.objects.filter(name="Cave").update(name="Cellar", is_active=False)
    Battery.objects.filter(name="Garage").delete()
    register_demo_batteries("127.0.0.11", 30001)
    assert set(Battery.objects.values_list("name", flat=True)) == {"Cellar", "Atelier"}


def test_a_database_that_stays_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused\n\tIs the server running?")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    with pytest.raises(CommandError, match=r"^The database does not answer: connection refused$"):
        prepare.await_database(0)


def test_a_demo_keeps_to_loopback_whatever_is_set(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEB_BIND = "0.0.0.0:8123"
    monkeypatch.setattr(os, "environ", {"DATABASE_URL": "postgres://real", "VAR_DIR": "/srv/m"})
    up.keep_to_loopback()
    assert os.environ["DATABASE_URL"] == os.environ["REDIS_URL"] == ""
    assert os.environ["VAR_DIR"] == "/srv/m/demo"
    assert os.environ["WEB_BIND"] == "127.0.0.1:8123"
    assert os.environ["GATEWAY_BIND_ADDRESS"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "believed"), [([], []), (["127.0.0.1", "10.0.0.9"], ["127.0.0.1", "10.0.0.9"])]
)
def test_only_named_proxies_are_believed(
    proxies: list[str], believed: list[str], settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = proxies
    config = Config()
    for name, value in processes.gunicorn_settings(settings).items():
        config.set(name, value)
    assert [str(one) for one in config.forwarded_allow_ips] == believed
    assert config.accesslog is None  # a login link stands in a path


def test_an_unknown_process_is_one_line() -> None:
    with pytest.raises(SystemExit, match=r"usage: .* web\|devices\|worker\|beat\|bot"):
        processes.main(["cat"])
