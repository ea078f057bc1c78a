"""A LAN of simulated batteries on virtual time: accelerated days in one thread, without sockets.

    site = VirtualSite(devices, starts_at=datetime(2026, 1, 5, tzinfo=UTC))
    gateway = Gateway(site.open_socket, site.clock, ...)
    answer = site.call(gateway.ask(...), timeout_s=30)
    for item in site.stream(sweep()): ...

`call` and `stream` drive the loop from synchronous code; between them virtual time stands still.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from batteries.simulator.answering import Outgoing
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.virtual_loop import VirtualLoop

T = TypeVar("T")
Address = tuple[str, int]
OnDatagram = Callable[[bytes, Address], None]

FIRST_EPHEMERAL_PORT = 40_000
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - a key in a table; nothing is bound
STRANGER_ADDRESS = "127.99.99.99"


class VirtualLink:
    """One bound local address of a `VirtualSite`."""

    def __init__(
        self, site: "VirtualSite", local_address: Address, on_datagram: OnDatagram
    ) -> None:
        self._site, self.local_address, self._on_datagram = site, local_address, on_datagram
        self.is_closed = False

    def send(self, payload: bytes, destination: Address) -> None:
        """Raises OSError on a closed link, as a closed socket does."""
        if self.is_closed:
            raise OSError(errno.EBADF, "the link is closed")
        self._site.carry(payload, self, destination)

    def close(self) -> None:
        """Free the address. What is still on its way is lost."""
        if not self.is_closed:
            self.is_closed = True
            self._site.forget(self)

    def deliver(self, payload: bytes, source: Address) -> None:
        if not self.is_closed:
            self._on_datagram(payload, source)


class VirtualSite:
    """Devices, their network and their time. Usable as a context manager."""

    def __init__(self, devices: Sequence[SimulatedDevice], *, starts_at: datetime) -> None:
        """`starts_at` (aware) must not be before the start of the devices' houses."""
        self.devices = list(devices)
        self.loop = VirtualLoop()
        self._starts_at = starts_at
        self._epoch_s = starts_at.timestamp()
        self._by_address = {(d.spec.ip_address, d.spec.port): d for d in self.devices}
        self._links: dict[Address, VirtualLink] = {}
        self._next_port = FIRST_EPHEMERAL_PORT
        for device in self.devices:
            device.advance(self._epoch_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def clock(self) -> datetime:
        """The virtual now, aware, in the time zone of the start."""
        return self._starts_at + timedelta(seconds=self.loop.time())

    @property
    def now(self) -> float:
        """The virtual now in seconds since 1970 (UTC)."""
        return self._epoch_s + self.loop.time()

    # --- the network --------------------------------------------------------------------------

    async def open_socket(self, local_address: Address, on_datagram: OnDatagram) -> VirtualLink:
        """Bind an address; port 0 takes a free one. Raises OSError where somebody holds it."""
        host, port = local_address
        if port == 0:
            port, self._next_port = self._next_port, self._next_port + 1
        if (host, port) in self._links or (ANY_ADDRESS, port) in self._links:
            raise OSError(errno.EADDRINUSE, f"{host}:{port} is in use")
        link = VirtualLink(self, (host, port), on_datagram)
        self._links[host, port] = link
        return link

    def forget(self, link: VirtualLink) -> None:
        self._links.pop(link.local_address, None)

    def carry(self, payload: bytes, link: VirtualLink, destination: Address) -> None:
        """Bring a datagram to its device, or to all with that port; nobody there: it is lost."""
        host, port = destination
        if host.endswith(".255"):
            for device in self.devices:
                if device.spec.port == port:
                    self._hand_over(payload, link, device, is_broadcast=True)
        elif device_there := self._by_address.get(destination):
            self._hand_over(payload, link, device_there, is_broadcast=False)

    def _hand_over(
        self, payload: bytes, link: VirtualLink, device: SimulatedDevice, *, is_broadcast: bool
    ) -> None:
        source = link.local_address
        for item in device.respond(payload, self.now, source, is_broadcast=is_broadcast):
            self.loop.call_later(item.delay_s, self._bring_back, item, link, device)

    def _bring_back(self, item: Outgoing, link: VirtualLink, device: SimulatedDevice) -> None:
        target: VirtualLink | None = link
        if item.to_own_port:
            host = link.local_address[0]
            target = self._links.get((host, device.spec.port))
        if target is not None:
            host = STRANGER_ADDRESS if item.from_stranger else device.spec.ip_address
            target.deliver(item.payload, (host, device.spec.port))

    # --- synchronous callers ------------------------------------------------------------------

    def call(self, coroutine: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
        """Run a coroutine to its end. Raises TimeoutError after so many virtual seconds."""
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, timeout_s))

    def stream(self, items: AsyncIterator[T]) -> Iterator[T]:
        """The items as they come, virtual time running only while one is awaited. Closing the
        iterator early closes the asynchronous side."""
        try:
            while True:
                try:
                    yield self.loop.run_until_complete(_next(items))
                except StopAsyncIteration:
                    return
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                self.loop.run_until_complete(close())

    def advance(self, seconds: float) -> None:
        """Let virtual time pass, with all that is scheduled on the loop, devices included."""
        self.loop.run_until_complete(asyncio.sleep(seconds))
        for device in self.devices:
            device.advance(self.now)

    def advance_to(self, moment: datetime) -> None:
        """As `advance`, up to a moment; one that has passed changes nothing."""
        self.advance(max(0.0, (moment - self.clock()).total_seconds()))

    def close(self) -> None:
        """Cancel what is still running on the loop, and close it."""
        if self.loop.is_closed():
            return
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


async def _next(items: AsyncIterator[T]) -> T:
    """A coroutine around `anext`, which may give any awaitable."""
    return await anext(items)
