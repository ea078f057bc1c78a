"""The datagram transport: what the gateway needs of one, and the real one over UDP."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

from .errors import PortUnavailable

Address = tuple[str, int]
OnDatagram = Callable[[bytes, Address], None]
RECEIVE_BYTES = 65_535  # whole datagrams, so that an oversized one is seen as such
RECEIVE_BUFFER_BYTES = 1 << 20  # a thousand answers at once; the kernel may give less
READ_AT_ONCE = 64  # datagrams, before other work of the loop gets its turn


class Link(Protocol):
    """One bound local port."""

    def send(self, payload: bytes, destination: Address) -> None:
        """Send one datagram. Raises OSError where the operating system refuses it."""

    def close(self) -> None:
        """Give the port back; nothing is received any more. Harmless when repeated."""


class OpenSocket(Protocol):
    """Binds a local address and hands each datagram with its source to `on_datagram`.

    Raises `PortUnavailable`, or the OSError behind it.
    """

    def __call__(self, local_address: Address, on_datagram: OnDatagram) -> Awaitable[Link]: ...


async def open_udp_socket(local_address: Address, on_datagram: OnDatagram) -> Link:
    """A real UDP port, bound without any reuse: a second owner fails and steals no answers."""
    return UdpLink(_bound_socket(local_address), asyncio.get_running_loop(), on_datagram)


class UdpLink:
    """A `Link` over a non-blocking socket in the running loop."""

    def __init__(
        self, sock: socket.socket, loop: asyncio.AbstractEventLoop, on_datagram: OnDatagram
    ) -> None:
        self._socket, self._loop, self._on_datagram = sock, loop, on_datagram
        loop.add_reader(sock.fileno(), self._read)

    @property
    def local_address(self) -> Address:
        """Where it is bound."""
        address: Address = self._socket.getsockname()
        return address

    def send(self, payload: bytes, destination: Address) -> None:
        """Send one datagram; OSError also where the send buffer is full."""
        self._socket.sendto(payload, destination)

    def close(self) -> None:
        """Stop reading and free the port."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                payload, source = self._socket.recvfrom(RECEIVE_BYTES)
            except OSError:  # nothing left, closed meanwhile, or an ICMP complaint
                return
            self._on_datagram(payload, source)


def _bound_socket(local_address: Address) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        sock.bind(local_address)
    except OSError as error:
        sock.close()
        raise PortUnavailable(*local_address, error.strerror or str(error)) from error
    return sock
