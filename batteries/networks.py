"""This machine's IPv4 networks, and whether it is only a container's view of them."""

from __future__ import annotations

import fcntl
import socket
import struct
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

ASK_ADDRESS, ASK_NETMASK = 0x8915, 0x891B  # the kernel's questions about an interface's IPv4
INNER_INTERFACES = ("docker", "br-", "veth", "virbr")
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def lan_interfaces() -> list[IPv4Interface]:
    """This machine's addresses with their networks, loopback and container bridges aside."""
    names = [name for _index, name in socket.if_nameindex()]
    found = [_interface(name) for name in names if not name.startswith(INNER_INTERFACES)]
    return [one for one in found if one is not None and not one.is_loopback]


def interface_address(name: str) -> str:
    """The IPv4 address of one interface; empty where it has none."""
    return _ask(name, ASK_ADDRESS)


def is_boxed() -> bool:
    """Whether this is a container with a network of its own: no broadcast leaves it.

    On the host's network a container sees the host's interfaces, its bridges among them.
    """
    names = {name for _index, name in socket.if_nameindex()} - {"lo"}
    is_container = any(mark.exists() for mark in CONTAINER_MARKS)
    return is_container and names <= {"eth0"}


def _interface(name: str) -> IPv4Interface | None:
    address, netmask = interface_address(name), _ask(name, ASK_NETMASK)
    if not address or not netmask:
        return None
    return IPv4Interface(f"{IPv4Address(address)}/{IPv4Address(netmask)}")


def _ask(name: str, question: int) -> str:
    request = struct.pack("256s", name.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        try:
            answer = fcntl.ioctl(link.fileno(), question, request)
        except OSError:
            return ""
    return socket.inet_ntoa(answer[20:24])
