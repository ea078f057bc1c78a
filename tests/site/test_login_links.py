"""One-time links: one use, one hour, one person."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections
from pytest_django.fixtures import Settings

from marstek_site import addresses
from marstek_site.login_links import (
    consume,
    create_login_link,
    find_link,
    link_urls,
    use_login_link,
)
from marstek_site.models import LoginLink

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    return User.objects.create_superuser("anna")


def test_link_works_once(anna: User) -> None:
    secret = create_login_link(anna, NOON)
    link = use_login_link(secret, NOON)
    assert link is not None
    assert link.user == anna
    assert use_login_link(secret, NOON) is None


def test_looking_does_not_use_it_up(anna: User) -> None:
    secret = create_login_link(anna, NOON)
    assert find_link(secret, NOON) == find_link(secret, NOON) is not None


def test_link_lives_one_hour(anna: User) -> None:
    secret = create_login_link(anna, NOON)
    assert find_link(secret, NOON + HOUR - timedelta(seconds=1)) is not None
    assert find_link(secret, NOON + HOUR) is None


def test_a_link_found_in_time_is_not_used_after_its_end(anna: User) -> None:
    link = find_link(create_login_link(anna, NOON), NOON)
    assert link is not None
    assert not consume(link, NOON + HOUR)


def test_only_a_hash_is_kept(anna: User) -> None:
    secret = create_login_link(anna, NOON)
    row = LoginLink.objects.values().get()
    assert secret not in str(row)
    assert len(row["secret_hash"]) == 64


def test_a_new_link_ends_the_older_one_of_that_person_only(anna: User) -> None:
    others = create_login_link(User.objects.create_user("bert"), NOON)
    old = create_login_link(anna, NOON)
    new = create_login_link(anna, NOON)
    assert find_link(old, NOON) is None
    assert find_link(new, NOON) is not None
    assert find_link(others, NOON) is not None


def test_a_first_administrators_link_ends_with_the_first_administrator() -> None:
    secret = create_login_link(None, NOON)
    assert find_link(secret, NOON) is not None
    User.objects.create_superuser("anna")
    assert find_link(secret, NOON) is None


def test_who_may_not_log_in_has_no_link(anna: User) -> None:
    secret = create_login_link(anna, NOON)
    User.objects.update(is_active=False)
    assert find_link(secret, NOON) is None


def test_an_unknown_secret_finds_nothing() -> None:
    assert use_login_link("no-such-secret", NOON) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins() -> None:
    secret = create_login_link(User.objects.create_superuser("anna"), NOON)
    start, won = threading.Barrier(4), []

    def use() -> None:
        start.wait()
        won.append(use_login_link(secret, NOON) is not None)
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connections.close_all()
    assert sorted(won) == [False, False, False, True]


@pytest.mark.parametrize(
    ("public_url", "bind", "lan", "starts"),
    [
        ("https://m.example.org", "0.0.0.0:8000", ["10.0.0.5"], ["https://m.example.org"]),
        ("", "127.0.0.1:8001", ["10.0.0.5"], ["http://127.0.0.1:8001"]),
        ("", "[::1]:8001", [], ["http://[::1]:8001"]),
        ("", "0.0.0.0:8000", ["10.0.0.5"], ["http://127.0.0.1:8000", "http://10.0.0.5:8000"]),
    ],
)
def test_links_name_every_address(
    *,
    public_url: str,
    bind: str,
    lan: list[str],
    starts: list[str],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.PUBLIC_URL, settings.WEB_BIND = public_url, bind
    monkeypatch.setattr(addresses, "lan_addresses", lambda: lan)
    assert link_urls("abc") == [f"{start}/welcome/abc/" for start in starts]


def test_addresses_of_this_machine_are_addresses_without_loopback() -> None:
    assert addresses.interface_address("lo") == "127.0.0.1"
    assert "127.0.0.1" not in addresses.lan_addresses()
    assert addresses.interface_address("none0") == ""


def answer_of(*args: str) -> dict[str, Any]:
    out = StringIO()
    call_command("login_link", "--json", *args, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_command_makes_the_first_administrator_where_there_is_none() -> None:
    assert answer_of()["user"] is None
    assert LoginLink.objects.get().user is None


def test_command_logs_the_first_administrator_in_unless_another_is_named(anna: User) -> None:
    User.objects.create_superuser("zoe")
    assert answer_of()["user"] == "anna"
    assert answer_of("zoe")["user"] == "zoe"


def test_commands_link_is_the_one_that_works(anna: User) -> None:
    secret = answer_of()["url"].rstrip("/").rpartition("/")[2]
    link = find_link(secret, LoginLink.objects.get().created_at)
    assert link is not None
    assert link.user == anna


@pytest.mark.parametrize("name", ["nobody", "bert"])
def test_command_refuses_who_cannot_log_in(name: str) -> None:
    User.objects.create_user("bert", is_active=False)
    with pytest.raises(CommandError, match=name):
        answer_of(name)
    assert not LoginLink.objects.exists()
