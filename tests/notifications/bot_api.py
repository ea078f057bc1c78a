"""A server that behaves as Telegram's Bot API does, on loopback, with faults by script."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "123456789:AAH-of-the-tests-only_0123456789abcdef"
TAGS = re.compile(r"</?b>")
LONGEST_POLL_S = 0.2  # Telegram too may answer sooner than it was asked to
ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


class CannotParse(Exception):
    """What Telegram answers with 400."""


def plain(text: str) -> str:
    """What a reader sees of Telegram's HTML; raises where Telegram would refuse it."""
    left = TAGS.sub("", text)
    if text.count("<b>") != text.count("</b>") or re.search(r"[<>]", left):
        raise CannotParse("can't parse entities")
    if re.search(r"&(?!lt;|gt;|amp;|quot;)", left):
        raise CannotParse("can't parse entities")
    return re.sub(r"&(?:lt|gt|amp);", lambda m: ENTITIES[m[0]], left)


@dataclass(slots=True)
class Fault:
    """What the next requests of a method get: a status, or no answer at all."""

    status: int = 200
    description: str = ""
    retry_after: int | None = None
    delay_s: float = 0.0
    is_delivered: bool = False  # Telegram took the message although it does not say so
    hangs: bool = False
    cuts: bool = False


@dataclass
class BotApi:
    """What the server was asked, what arrived in which chat, and what it will do next."""

    token: str = TOKEN
    username: str = "maison_bot"
    arrived: list[tuple[int, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answered_presses: list[tuple[str, str]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    updates: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    confirmed: int = 0
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)
    polled: threading.Event = field(default_factory=threading.Event)
    pollers: int = 0
    most_pollers: int = 0

    def fail(self, *faults: Fault, method: str = "sendMessage") -> None:
        self.faults.setdefault(method, deque()).extend(faults)

    def texts(self, chat_id: int = 42) -> list[str]:
        return [text for chat, text in self.arrived if chat == chat_id]

    def last_keyboard(self) -> list[tuple[str, str]]:
        rows = self.bodies[-1]["reply_markup"]["inline_keyboard"]
        return [(button["text"], button["callback_data"]) for row in rows for button in row]

    def write(self, text: str, chat_id: int = 42, *, update_id: int | None = None) -> None:
        """Somebody types this to the bot."""
        message = {"chat": {"id": chat_id, "type": "private"}, "text": text}
        self._update({"message": message}, update_id)

    def press(self, data: str, chat_id: int = 42, *, update_id: int | None = None) -> None:
        """Somebody presses a button."""
        message = {"chat": {"id": chat_id, "type": "private"}}
        self._update({"callback_query": {"id": "p1", "data": data, "message": message}}, update_id)

    def _update(self, what: dict[str, Any], update_id: int | None) -> None:
        number = update_id if update_id is not None else 1000 + len(self.updates)
        self.updates.append({"update_id": number} | what)

    def result(self, method: str, body: dict[str, Any]) -> Any:
        snake = re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", method)
        return getattr(self, f"_{snake}")(body)

    def _get_me(self, _body: dict[str, Any]) -> Any:
        return {"id": 123456789, "is_bot": True, "username": self.username}

    def _send_message(self, body: dict[str, Any]) -> Any:
        if body["chat_id"] in self.gone:
            raise PermissionError
        text = plain(body["text"])
        if not 0 < len(text.encode("utf-16-le")) // 2 <= 4096:
            raise CannotParse("message is too long")
        self.bodies.append(body)
        self.arrived.append((body["chat_id"], text))
        return {"message_id": len(self.arrived)}

    def _answer_callback_query(self, body: dict[str, Any]) -> Any:
        self.answered_presses.append((body["callback_query_id"], body["text"]))
        return True

    def _get_updates(self, body: dict[str, Any]) -> Any:
        wait_s = min(body["timeout"], LONGEST_POLL_S)
        offset, until = body.get("offset", 0), time.monotonic() + wait_s
        self.pollers += 1
        self.most_pollers = max(self.most_pollers, self.pollers)
        self.polled.set()
        try:
            while not self.closing.is_set():
                found = [u for u in self.updates if u["update_id"] >= offset]
                if found or time.monotonic() >= until:
                    return found
                self.closing.wait(0.02)
            return []
        finally:
            self.pollers -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    api: BotApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        api = self.server.api
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _empty, token, method = self.path.split("/")
        api.asked.append(method)
        queue = api.faults.get(method)
        fault = queue.popleft() if queue else Fault()
        if fault.is_delivered:
            api.result(method, body)
        if fault.hangs or fault.cuts:
            if fault.hangs:
                api.closing.wait(10)
            self.close_connection = True
            return
        api.closing.wait(fault.delay_s)
        self._answer(*self._outcome(api, token, method, body, fault))

    def _outcome(
        self, api: BotApi, token: str, method: str, body: dict[str, Any], fault: Fault
    ) -> tuple[int, Any]:
        if token != f"bot{api.token}":
            return 401, {"description": "Unauthorized"}
        if fault.status != 200:
            wait = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
            return fault.status, {"description": fault.description, "parameters": wait}
        try:
            return 200, api.result(method, body)
        except CannotParse as error:
            return 400, {"description": f"Bad Request: {error}"}
        except PermissionError:
            return 403, {"description": "Forbidden: bot was blocked by the user"}

    def _answer(self, status: int, result: Any) -> None:
        said = {"ok": True, "result": result} if status == 200 else {"ok": False} | result
        words = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *_words: Any) -> None:
        """Nothing."""


@contextmanager
def running_bot_api() -> Iterator[BotApi]:
    """The server on a free port of loopback."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        api = server.api = BotApi()
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        serve = partial(server.serve_forever, poll_interval=0.01)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield api
        api.closing.set()
        server.shutdown()
        thread.join(timeout=5)
