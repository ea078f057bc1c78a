"""A real HTTP server on loopback that answers as the publishers of colours do."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "/token/oauth"
API = "/open_api/tempo_like_supply_contract/v1/tempo_like_calendars"
LIGHT = "/cms/open_data/v1/tempoLight"
SEASON = "/cms/open_data/v1/tempo"
EDF = "/commerce/activet/v1/calendrier-jours-effacement"
COMMUNITY = "/joursTempo"
DAILY = (LIGHT, EDF, COMMUNITY)


@dataclass(frozen=True)
class Page:
    """One answer. A document that is no text is sent as JSON."""

    document: Any
    status: int = 200
    hangs: bool = False

    @property
    def body(self) -> bytes:
        text = self.document if isinstance(self.document, str) else json.dumps(self.document)
        return text.encode()


@dataclass
class Asked:
    """One request as it arrived."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


@dataclass
class Publisher:
    """What each path answers; 404 where nothing is published."""

    url: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def publish(self, path: str, document: Any, *, status: int = 200, hangs: bool = False) -> None:
        self.pages[path] = Page(document, status, hangs)

    def down(self) -> None:
        """Every publisher is out of order."""
        self.pages = defaultdict(lambda: Page("<h1>Service unavailable</h1>", 503))

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def everywhere(self, colours: dict[date, str]) -> None:
        """Every daily source says these colours ("BLUE", ...)."""
        self.pages = {
            LIGHT: Page(site(colours)),
            SEASON: Page(site(colours)),
            EDF: Page(edf(colours)),
            COMMUNITY: Page(community(colours)),
        }


def site(colours: dict[date, str], *, degraded: bool = False) -> dict[str, Any]:
    """As RTE's site shows days."""
    values: dict[str, str] = {}
    for day, word in colours.items():
        values[day.isoformat()] = word
        values[f"{day.isoformat()}-fallback"] = str(degraded).lower()
    return {"values": values}


def edf(colours: dict[date, str]) -> dict[str, Any]:
    """As EDF's calendar shows days."""
    words = {"BLUE": "TEMPO_BLEU", "WHITE": "TEMPO_BLANC", "RED": "TEMPO_ROUGE"}
    rows = [
        {"dateApplication": day.isoformat(), "statut": words.get(word, "NON_DEFINI")}
        for day, word in colours.items()
    ]
    return {"errors": [], "content": {"options": [{"option": "TEMPO", "calendrier": rows}]}}


def community(colours: dict[date, str]) -> list[dict[str, Any]]:
    """As api-couleur-tempo.fr shows days."""
    codes = {"BLUE": 1, "WHITE": 2, "RED": 3}
    return [
        {"dateJour": day.isoformat(), "codeJour": codes.get(word, 0), "libCouleur": word}
        for day, word in colours.items()
    ]


def api(colours: dict[date, str], **extra: Any) -> dict[str, Any]:
    """As RTE's API shows days: newest first, midnight to midnight."""
    values = [
        {
            "start_date": f"{day}T00:00:00+01:00",
            "end_date": f"{day + timedelta(days=1)}T00:00:00+01:00",
            "value": word,
            "updated_date": f"{day - timedelta(days=1)}T10:20:00+01:00",
        }
        | extra
        for day, word in sorted(colours.items(), reverse=True)
    ]
    return {"tempo_like_calendars": {"values": values}}


@contextmanager
def publishing() -> Iterator[Publisher]:
    """The server, on a free port."""
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            parts = urlsplit(self.path)
            publisher.asked.append(
                Asked(parts.path, parse_qs(parts.query), dict(self.headers.items()))
            )
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                page = publisher.pages[parts.path]
            except KeyError:
                page = Page({"error": "nothing here"}, 404)
            if page.hangs:
                publisher.closing.wait(10)
                return
            self.send_response(page.status)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        do_GET = do_POST = answer  # noqa: N815  the names that http.server calls

        def log_message(self, *_words: Any) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    publisher.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield publisher
    finally:
        publisher.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
