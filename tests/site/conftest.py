"""Clients that are logged in, one a role."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from pytest_django import Settings

from marstek_site.roles import Role
from tests.rows import person


@pytest.fixture(autouse=True)
def test_host(settings: Settings) -> None:
    """The name that Django's test client calls the site by is one of ours."""
    settings.EXTRA_HOSTS = ["testserver"]


def logged_in(role: Role) -> Client:
    """A browser in English whose person has this role and logged in some days ago: the session
    that is left of it, which costs 4 queries, not the 16 of `force_login`."""
    user = person(role)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    client = Client(headers={"accept-language": "en"})
    client.cookies[django_settings.SESSION_COOKIE_NAME] = str(session.session_key)
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
