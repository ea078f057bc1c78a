"""A real Chromium in front of the real site. Every visit is watched: an error in the console, a
violation of the content security policy or a request that leaves the machine fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from marstek_site.roles import Role
from tests.rows import person

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 10_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for the folder, closed before other tests want the event loop."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        words = "Chromium is missing: apt-get install chromium"
        pytest.fail(words) if os.environ.get("CI") == "true" else pytest.skip(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass  # no slots: Playwright keeps something on the owner of a handler
class Watched:
    """What went wrong in a visit, whatever the test looked at."""

    host: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not self._is_expected(message.text):
            self.errors.append(message.text)

    def request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.foreign.append(request.url)

    def _is_expected(self, text: str) -> bool:
        return any(words in text for words in self.expected)


@dataclass(slots=True)
class Visit:
    """A page in a browser context of its own."""

    page: Page
    url: str
    watched: Watched

    def go(self, path: str = "/") -> Page:
        self.page.goto(self.url + path)
        return self.page


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer) -> Iterator[Visitor]:
    """Open a page: `visit(role, language=..., width=..., scheme=..., scripts=...)`."""
    contexts: list[BrowserContext] = []
    seen: list[Watched] = []

    def open_page(role: Role | None = None, **options: Any) -> Visit:
        context = chromium.new_context(**_device(**options))
        contexts.append(context)
        if role is not None:
            context.add_cookies([_session(role, live_server.url)])
        watched = Watched(urlsplit(live_server.url).netloc)
        seen.append(watched)
        return Visit(_watch(context, watched), live_server.url, watched)

    yield open_page
    for context in contexts:
        context.close()
    assert [watched.errors + watched.foreign for watched in seen] == [[] for _ in seen]


def _device(
    language: str = "en", width: int = 1440, scheme: str = "light", scripts: bool = True
) -> dict[str, Any]:
    return {
        "locale": language,
        "viewport": {"width": width, "height": 1000 if width < 600 else 900},
        "color_scheme": scheme,
        "java_script_enabled": scripts,
        "reduced_motion": "reduce",
    }


def _session(role: Role, url: str) -> Any:
    client = Client()
    client.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}


def _watch(context: BrowserContext, watched: Watched) -> Page:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", watched.console)
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("request", watched.request)
    return page
