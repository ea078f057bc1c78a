"""What a new user does: clone into an empty folder, `make demo`, the link, three live batteries.

Nothing is taken from this checkout but its commits, and nothing from the environment but PATH.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from marstek_site.paths import BASE_DIR
from tests.process.proc import strays, wait_for
from tests.process.site import free_port

INSTALL_S = 400.0
BATTERIES_S = 90.0
BLOCK = re.compile(r'<article id="battery-\d+".*?</article>', re.DOTALL)
TRUTH_S = 8.0  # the simulator writes each 5 s


class Person:
    """A browser without a window: cookies, forms, pages."""

    def __init__(self, url: str) -> None:
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._open = urllib.request.build_opener(jar).open

    def get(self, path: str) -> str:
        with self._open(f"{self.url}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token is not None
        body = urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        headers = {"Referer": f"{self.url}{path}"}
        request = urllib.request.Request(f"{self.url}{path}", body, headers)  # noqa: S310
        with self._open(request, timeout=20) as answer:
            return str(answer.read().decode())


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """`git clone` and `make demo`, in an environment that holds PATH and HOME alone."""
    clone = tmp_path / "clone"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run(["git", "clone", "-q", str(BASE_DIR), str(clone)], check=True, env=environment)
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            ["make", "demo"],
            cwd=clone,
            env=environment | {"WEB_BIND": f"127.0.0.1:{free_port()}"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        yield process, tmp_path
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=20)


def test_a_new_user_watches_three_batteries(demo: tuple[subprocess.Popen[str], Path]) -> None:
    process, folder = demo
    link = first_link(process, folder / "log")
    person = Person(f"{urlsplit(link).scheme}://{urlsplit(link).netloc}")
    secret = "a long pass phrase 42"
    fields = {"username": "anna", "password1": secret, "password2": secret}
    assert "anna" in person.post(urlsplit(link).path, **fields)
    cards = live_cards(person)
    assert set(cards) == {"Atelier", "Cave", "Garage"}
    truth = [json.loads(line) for line in trace_lines(folder)]
    for number, name in enumerate(("Garage", "Cave", "Atelier"), start=1):
        at, soc = reading(cards[name])
        assert soc in reported_soc(truth, number, at), name
    started_s = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C in a terminal does
    process.wait(timeout=20)
    assert time.monotonic() - started_s < 10
    wait_for(lambda: not strays(folder), within_s=5, what="no process left")


def first_link(process: subprocess.Popen[str], log: Path) -> str:
    """The one-time link as the person reads it in the log."""

    def found() -> list[str]:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        return re.findall(r"http://\S+/welcome/\S+", log.read_text(encoding="utf-8"))

    wait_for(found, within_s=INSTALL_S, what="the link in the log")
    return str(found()[0])


def live_cards(person: Person) -> dict[str, str]:
    """The cards of the home page by name, once each has a state of charge."""
    cards: dict[str, str] = {}

    def all_live() -> bool:
        blocks = BLOCK.findall(person.get("/"))
        named = {re.search(r"<h2[^>]*>(?:<a[^>]*>)?([^<]+)<", block): block for block in blocks}
        cards.update({match[1]: block for match, block in named.items() if match})
        return len(cards) == 3 and all(reading(block)[1] >= 0 for block in cards.values())

    wait_for(all_live, within_s=BATTERIES_S, what="three batteries with a state of charge")
    return cards


def reading(card: str) -> tuple[float, int]:
    """Moment and state of charge that a card shows; -1 where it shows none yet."""
    soc = re.search(r'class="soc">\s*(\d+)', card)
    at = re.search(r'datetime="([^"]+)"', card)
    if soc is None or at is None:
        return 0.0, -1
    return datetime.fromisoformat(at[1]).timestamp(), int(soc[1])


def trace_lines(folder: Path) -> list[str]:
    (file,) = (folder / "clone" / "var").rglob("simulator.jsonl")
    return file.read_text(encoding="utf-8").splitlines()


def reported_soc(truth: list[dict[str, float]], device: int, at: float) -> set[int]:
    """What the simulator itself reported for a device around a moment."""
    near = [line for line in truth if line["device"] == device and abs(line["at"] - at) < TRUTH_S]
    low, high = min(line["soc_percent"] for line in near), max(line["soc_percent"] for line in near)
    return set(range(int(low), int(high) + 1))
