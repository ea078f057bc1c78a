"""A service that raises the alarm once nobody calls it any more: it counts the calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class Switch(HTTPServer):
    """Where it is called is a secret of whoever calls."""

    calls, status, called_at_s = 0, 200, 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/secret-key"

    def silent_s(self) -> float:
        """Since when nobody has called."""
        return time.monotonic() - self.called_at_s


class SwitchHandler(BaseHTTPRequestHandler):
    server: Switch

    def do_GET(self) -> None:
        self.server.calls += 1
        self.server.called_at_s = time.monotonic()
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@contextmanager
def running_switch() -> Iterator[Switch]:
    """On loopback, on a free port."""
    with Switch(("127.0.0.1", 0), SwitchHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=5)
