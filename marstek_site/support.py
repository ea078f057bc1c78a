"""A check-up as text for somebody who helps: without names, addresses and folders of this home."""

from __future__ import annotations

import platform
import re
import socket
from collections.abc import Iterable, Iterator
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import urlsplit

import django
from django.conf import settings

from batteries.models import Battery
from notifications.checkup import Finding

ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
MAC = re.compile(r"\b[0-9a-f]{12}\b|\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b", re.IGNORECASE)


def support_text(findings: Iterable[Finding], now: datetime) -> str:
    """One finding a line, the worst first, ready to be pasted anywhere."""
    names = list(Battery.objects.order_by("pk").values_list("name", flat=True))
    lines = [_head(now), *(_line(finding) for finding in findings)]
    return masked("\n".join(lines), names)


def _head(now: datetime) -> str:
    versions = f"Python {platform.python_version()}, Django {django.get_version()}"
    machine = f"{platform.system()} {platform.release()} {platform.machine()}"
    return f"Marstek doctor {now:%Y-%m-%d %H:%M} UTC, {versions}, {machine}"


def _line(finding: Finding) -> str:
    subject = f"[{finding.subject}] " if finding.subject else ""
    said = finding.finding or ("" if finding.is_well else finding.title)
    return f"{finding.state:7} {finding.code} {subject}{said}".rstrip()


def masked(text: str, names: Iterable[str]) -> str:
    """The text without the household: batteries are numbered, addresses keep their first half."""
    for word, instead in _masks(names):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", instead, text)
    return MAC.sub("MAC", ADDRESS.sub(_half, text))


def _masks(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What to replace, the longest first: one name may be part of another."""
    public = urlsplit(settings.PUBLIC_URL).hostname or ""
    numbered = [(name, f"battery {number}") for number, name in enumerate(names, start=1)]
    folders = [(str(settings.VAR_DIR), "VAR_DIR"), (str(settings.BASE_DIR), "BASE_DIR")]
    hosts = [(host, "HOST") for host in (public, socket.gethostname(), *settings.EXTRA_HOSTS)]
    wanted = [pair for pair in (*numbered, *folders, *hosts) if pair[0] and pair[0] != "localhost"]
    yield from sorted(wanted, key=lambda pair: -len(pair[0]))


def _half(found: re.Match[str]) -> str:
    try:
        address = IPv4Address(found.group())
    except AddressValueError:
        return found.group()
    if address.is_loopback or address.is_unspecified:
        return str(address)
    return ".".join([*str(address).split(".")[:2], "x", "x"])
