"""`healthy`: what the containers' health checks find, from signs of life and from /healthz."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from marstek_site.paths import BASE_DIR

Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Run `healthy WORDS`; its end code and what it said."""

    def run(*words: str, bind: str = "") -> tuple[int, str]:
        done = subprocess.run(
            [BASE_DIR / "marstek_site" / "healthy", *words],
            env={"PATH": os.environ["PATH"], "HEARTBEAT_DIR": str(tmp_path), "WEB_BIND": bind},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode, done.stdout.strip()

    return run


def signs(folder: Path, **ages_s: float) -> None:
    """Files that were touched so long ago."""
    for name, age_s in ages_s.items():
        (folder / name).touch()
        moment = time.time() - age_s
        os.utime(folder / name, (moment, moment))


@pytest.mark.parametrize(
    ("process", "ages_s", "said"),
    [
        ("beat", {"beat": 50}, ""),
        ("beat", {"beat": 70}, "the clock did not tick for 60 s"),
        ("bot", {"bot": 110}, ""),
        ("bot", {"bot": 130}, "nobody listened to Telegram for 120 s"),
        ("worker", {"worker": 20}, ""),
        ("worker", {"worker": 40}, "no task could be taken for 30 s"),
        ("worker", {"beat": 1}, "no task could be taken for 30 s"),
        ("devices", {"owner": 10, "tended": 170}, ""),
        ("devices", {"owner": 20, "tended": 1}, "the lock on the batteries was not held for 15 s"),
        ("devices", {"tended": 1}, "the lock on the batteries was not held for 15 s"),
        ("devices", {"owner": 1, "tended": 190}, "the batteries were not tended for 180 s"),
        ("devices", {"owner": 1}, "the batteries were not tended for 180 s"),
    ],
)
def test_young_signs_are_healthy(
    process: str, ages_s: dict[str, float], said: str, check: Check, tmp_path: Path
) -> None:
    signs(tmp_path, **ages_s)
    assert check(process) == (1 if said else 0, said)


@pytest.fixture
def page() -> Iterator[HTTPServer]:
    """A site whose /healthz answers with its attribute `code`."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code = server.code if self.path == "/healthz" else 404  # type: ignore[attr-defined]
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize(("code", "found"), [(200, 0), (503, 1)])
def test_the_page_decides_for_the_web(
    host: str, code: int, found: int, check: Check, page: HTTPServer
) -> None:
    page.code = code  # type: ignore[attr-defined]
    said = f"/healthz answers {code}" if found else ""
    assert check("web", bind=f"{host}:{page.server_port}") == (found, said)


@pytest.mark.parametrize("bind", ["127.0.0.1:9", "[::1]:9", "[::]:9"])
def test_a_web_that_is_away_is_unhealthy(bind: str, check: Check) -> None:
    assert check("web", bind=bind) == (1, "/healthz answers none")


@pytest.mark.parametrize("words", [[], ["cat"]])
def test_an_unknown_process_is_refused(words: list[str], check: Check) -> None:
    assert check(*words) == (2, "usage: healthy web|devices|worker|beat|bot")
