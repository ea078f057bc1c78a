"""Questions about ports: is it free, does something answer there?"""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

from .errors import WRONG_USE, LaunchFailed


def answers_http(bind: str) -> bool:
    """Whether a web server answers at all, whatever it answers."""
    host, port = split(bind)
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  where to ask, not where to listen
    with suppress(OSError), socket.create_connection((own.get(host, host), port), 2) as link:
        link.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return link.recv(5) == b"HTTP/"
    return False


def check_web_port(bind: str) -> None:
    """Raise LaunchFailed where the web server could not listen on ADDRESS:PORT."""
    host, port = split(bind)
    hint = f"stop what uses it, or set WEB_BIND to another port, such as {_sibling(bind)}"
    _try_to_bind(host, port, socket.SOCK_STREAM, hint, "WEB_BIND")


def check_udp_port(host: str, port: int) -> None:
    """Raise LaunchFailed where a simulated battery could not listen."""
    hint = "is another demo or the site itself running here? Stop it first"
    _try_to_bind(host, port, socket.SOCK_DGRAM, hint, "the address")


def _try_to_bind(host: str, port: int, kind: int, hint: str, setting: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as link:
        if kind == socket.SOCK_STREAM:  # as the server will: closed connections do not count
            link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            link.bind((host, port))
        except OSError as error:
            raise LaunchFailed(_why(error, host, port, hint, setting), WRONG_USE) from error


def _why(error: OSError, host: str, port: int, hint: str, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: {hint}."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine: correct {setting}."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user: take one from 1024 up ({setting})."
    return f"Port {port} on {host} cannot be used: {error.strerror} ({setting})."


def _sibling(bind: str) -> str:
    host, _, port = bind.rpartition(":")
    return f"{host}:{int(port) + 1 if int(port) < 65535 else 8000}"


def split(bind: str) -> tuple[str, int]:
    """Address and port of "ADDRESS:PORT"; an IPv6 address stands in brackets."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)
