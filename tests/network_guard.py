"""Tests talk to this machine only: anything else is refused before a packet leaves."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import pytest


class OutsideContact(AssertionError):
    """A test tried to reach another machine."""


def is_on_this_machine(address: Any) -> bool:
    """Whether a socket address is a unix socket, loopback or localhost."""
    if not isinstance(address, tuple):
        return True
    host = address[0]
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    def checked(sock: socket.socket, *args: Any) -> Any:
        if not is_on_this_machine(args[-1]):
            raise OutsideContact(f"A test wanted to reach {args[-1]!r}: only loopback is allowed.")
        return method(sock, *args)

    return checked


def _guarded_lookup(host: Any, *args: Any, **options: Any) -> Any:
    if host is not None and not is_on_this_machine((_text(host),)):
        raise OutsideContact(f"A test wanted to look up {host!r}: only localhost is allowed.")
    return _lookup(host, *args, **options)


def _text(host: str | bytes) -> str:
    return host.decode() if isinstance(host, bytes) else host


_lookup = socket.getaddrinfo


def install(patch: pytest.MonkeyPatch) -> None:
    """Guard every way that Python code of ours can send something."""
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", _guarded_lookup)
