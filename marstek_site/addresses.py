"""Where the site is reached: for a person who reads it from a log and types it on a phone."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct

from django.conf import settings

SIOCGIFADDR = 0x8915  # the kernel's question "which IPv4 address has this interface?"
INNER_INTERFACES = ("docker", "br-", "veth", "virbr")


def site_urls() -> list[str]:
    """Addresses without a final slash, the best first: PUBLIC_URL, or where we listen."""
    if settings.PUBLIC_URL:
        return [settings.PUBLIC_URL]
    host, _, port = settings.WEB_BIND.rpartition(":")
    if ipaddress.ip_address(host.strip("[]")).is_unspecified:
        return [f"http://{address}:{port}" for address in ["127.0.0.1", *lan_addresses()]]
    return [f"http://{host}:{port}"]


def lan_addresses() -> list[str]:
    """This machine's IPv4 addresses, loopback and container bridges aside."""
    names = [name for _index, name in socket.if_nameindex()]
    found = [interface_address(n) for n in names if not n.startswith(INNER_INTERFACES)]
    return [text for text in found if text and not ipaddress.ip_address(text).is_loopback]


def interface_address(name: str) -> str:
    """The IPv4 address of one interface; empty where it has none."""
    request = struct.pack("256s", name.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        try:
            answer = fcntl.ioctl(link.fileno(), SIOCGIFADDR, request)
        except OSError:
            return ""
    return socket.inet_ntoa(answer[20:24])
