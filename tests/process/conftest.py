"""Running sites for the tests of this folder: real launchers, real servers, real processes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.process.site import Site, demo_words

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a process test."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.process)


@pytest.fixture(scope="module")
def running_demo() -> Iterator[Site]:
    """A demo that is ready, with three simulated batteries; the tests of a module share it."""
    with tempfile.TemporaryDirectory(prefix="marstek-demo-") as folder:
        site = Site(Path(folder), *demo_words())
        try:
            site.wait_ready()
            yield site
        finally:
            site.close()


@pytest.fixture
def start_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Start a site of one's own; it is stopped at the end."""
    with ExitStack() as closing:

        def start(*words: str, var_dir: Path = tmp_path, **environment: str) -> Site:
            site = Site(var_dir, *words, **environment)
            closing.callback(site.close)
            return site

        yield start
