"""Clients that are logged in, one a role."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from marstek_site.roles import Role
from tests.rows import person


@pytest.fixture(autouse=True)
def test_host(settings: Settings) -> None:
    """The name that Django's test client calls the site by is one of ours."""
    settings.EXTRA_HOSTS = ["testserver"]


def logged_in(role: Role) -> Client:
    """A browser in English whose person has this role."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def viewer(db: None) -> Client:
    return logged_in(Role.VIEWER)


@pytest.fixture
def operator(db: None) -> Client:
    return logged_in(Role.OPERATOR)


@pytest.fixture
def administrator(db: None) -> Client:
    return logged_in(Role.ADMINISTRATOR)


@pytest.fixture
def anybody(db: None) -> Client:
    """A browser in English that nobody has logged in with."""
    return Client(headers={"accept-language": "en"})
