"""Fixtures of the gateway's tests."""

from collections.abc import Iterator

import pytest

from .scripted import World


@pytest.fixture
def world() -> Iterator[World]:
    """A gateway in virtual time; nothing may be left behind at the end."""
    world = World()
    yield world
    world.close()
