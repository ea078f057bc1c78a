"""Simulated batteries on real UDP sockets in real time. Loopback only: nothing here is meant to be
seen by a LAN, where other people's batteries would be mistaken for these."""

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Address

from batteries.simulator.answering import Outgoing
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.errors import AddressTaken, SettingWrong

BROADCAST_ADDRESS = "127.255.255.255"
STRANGER_ADDRESS = "127.99.99.99"
LARGEST_DATAGRAM = 65_535
READ_AT_ONCE = 64
Address = tuple[str, int]


def steady_clock() -> Callable[[], float]:
    """Seconds since 1970 that never jump, whatever happens to the machine's clock meanwhile."""
    offset_s = time.time() - time.monotonic()
    return lambda: offset_s + time.monotonic()


class UdpServer:
    """Each device on its own address and port, and a listener for broadcasts on each port."""

    def __init__(self, devices: Sequence[SimulatedDevice], clock: Callable[[], float]) -> None:
        self.devices, self.clock = devices, clock
        self._sockets: dict[Address, socket.socket] = {}
        self._stranger: socket.socket | None = None

    async def start(self) -> None:
        """Bind everything and answer from now on. Raises AddressTaken or SettingWrong; then
        nothing stays bound."""
        try:
            for device in self.devices:
                self._listen(device.spec.ip_address, device.spec.port, [device])
            for port in {device.spec.port for device in self.devices}:
                there = [device for device in self.devices if device.spec.port == port]
                self._listen(BROADCAST_ADDRESS, port, there)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop answering at once; what was on its way is lost."""
        loop = asyncio.get_running_loop()
        for sock in self._sockets.values():
            loop.remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()
        if self._stranger is not None:
            self._stranger.close()

    def _listen(self, host: str, port: int, devices: Sequence[SimulatedDevice]) -> None:
        sock = bound_socket(host, port)
        self._sockets[host, port] = sock
        is_broadcast = host == BROADCAST_ADDRESS
        read = partial(self._read, sock, devices, is_broadcast)
        asyncio.get_running_loop().add_reader(sock.fileno(), read)

    def _read(
        self, sock: socket.socket, devices: Sequence[SimulatedDevice], is_broadcast: bool
    ) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                payload, source = sock.recvfrom(LARGEST_DATAGRAM)
            except OSError:  # nothing left, or an ICMP complaint of an asker that has gone
                return
            for device in devices:
                self._answer(device, payload, source, is_broadcast)

    def _answer(
        self, device: SimulatedDevice, payload: bytes, source: Address, is_broadcast: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        for item in device.respond(payload, self.clock(), source, is_broadcast=is_broadcast):
            loop.call_later(item.delay_s, self._send, device, item, source)

    def _send(self, device: SimulatedDevice, item: Outgoing, source: Address) -> None:
        target = (source[0], device.spec.port) if item.to_own_port else source
        sock = self._sockets.get((device.spec.ip_address, device.spec.port))
        if item.from_stranger and sock is not None:
            sock = self._stranger_socket()
        if sock is not None:
            with suppress(OSError):  # the asker has gone: a device would not know either
                sock.sendto(item.payload, target)

    def _stranger_socket(self) -> socket.socket:
        if self._stranger is None:
            self._stranger = bound_socket(STRANGER_ADDRESS, 0)
        return self._stranger


def bound_socket(host: str, port: int) -> socket.socket:
    """A non-blocking UDP socket on loopback, bound without reuse."""
    check_loopback(host)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise _bind_error(host, port, error) from error
    return sock


def _bind_error(host: str, port: int, error: OSError) -> AddressTaken | SettingWrong:
    if error.errno == errno.EADDRINUSE:
        return AddressTaken(f"{host}:{port} is in use: another simulator, or a gateway on 0.0.0.0?")
    return SettingWrong(f"cannot bind {host}:{port}: {error.strerror}")


def check_loopback(host: str) -> None:
    """Raises SettingWrong for an address that others could reach."""
    try:
        is_loopback = IPv4Address(host).is_loopback
    except ValueError:
        raise SettingWrong(f"{host!r} is not an IPv4 address") from None
    if not is_loopback:
        raise SettingWrong(f"{host} is not a loopback address (127.x.y.z)")
