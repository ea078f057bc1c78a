"""Host names: addresses and names of the local network are ours, others must be configured."""

from __future__ import annotations

import socket

import pytest
from django.test import Client
from pytest_django import Settings

from marstek_site.middleware import is_own_host

OURS = [
    "192.168.1.5",
    "127.0.0.1:8000",
    "[fd00::7]:8000",
    "localhost",
    "raspberrypi.local",
    "pi.lan",
]
FOREIGN = ["evil.example", "192.168.1.5.evil.example", "localhost.evil.example", "", "pi.lan.org"]


@pytest.mark.parametrize("host", [*OURS, socket.gethostname()])
def test_ours(host: str) -> None:
    assert is_own_host(host)


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign(host: str) -> None:
    assert not is_own_host(host)


def test_a_configured_name_is_ours(settings: Settings) -> None:
    settings.EXTRA_HOSTS = ["marstek.example.org"]
    assert is_own_host("marstek.example.org:443")


def test_the_name_in_public_url_is_ours(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://Marstek.example.org:8443"
    assert is_own_host("marstek.example.org")
    assert not is_own_host("example.org")


def test_a_foreign_name_gets_400_in_words(anybody: Client) -> None:
    """Pages that a name of somebody else's points here (DNS rebinding) see nothing."""
    response = anybody.get("/login/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "ALLOWED_HOSTS" in response.content.decode()
    assert "evil.example" not in response.content.decode()
    assert "default-src 'self'" in response["Content-Security-Policy"]


def test_an_address_is_served(anybody: Client) -> None:
    assert anybody.get("/login/", headers={"host": "192.168.1.5:8000"}).status_code == 200
