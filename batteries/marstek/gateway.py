"""The device gateway: paces, orders and retries what is sent to devices, and matches what they say.

Runs on one asyncio loop, uses no clock but the loop's (and `clock` to date what it returns), and
no transport but the one that it is given.
"""

import asyncio
import itertools
import random
from collections.abc import Callable
from datetime import datetime

from .answers import Answer, Endpoint
from .asking import Asking
from .broadcasts import Broadcasts, Networks
from .errors import GatewayClosed
from .lanes import Priority
from .ports import Port
from .sockets import OpenSocket, open_udp_socket
from .stats import Stats
from .wire import ID_LIMIT, Request

__all__ = ["Answer", "Endpoint", "Gateway", "Priority"]


class Gateway:
    """Owns the UDP ports of this machine and all traffic with devices.

    Each device is asked from the local port that has the device's own number; `ephemeral_ports`
    lets the operating system choose instead. `settle_s`: how long a new owner of the ports waits
    before its first datagram, for answers to a former owner to be over. `networks`: those of this
    machine, for what everybody there shall hear.
    """

    def __init__(
        self,
        *,
        bind_address: str,
        clock: Callable[[], datetime],
        open_socket: OpenSocket = open_udp_socket,
        ephemeral_ports: bool = False,
        settle_s: float = 0.0,
        first_id: int | None = None,
        networks: Networks = tuple,
    ) -> None:
        self.bind_address = bind_address
        self.broadcasts = Broadcasts(bind_address, networks)
        self.clock = clock
        self.stats = Stats()
        self.is_closed = False
        self._open_socket, self._ephemeral_ports = open_socket, ephemeral_ports
        self._settle_s = settle_s
        self._settled_at: float | None = None
        self._ports: dict[int, Port] = {}
        self._opening = asyncio.Lock()
        self._sequence = itertools.count()
        self._last_id = random.randrange(ID_LIMIT) if first_id is None else first_id - 1

    async def ask(
        self,
        endpoint: Endpoint,
        request: Request,
        *,
        deadline_s: float,
        priority: Priority = Priority.READ,
    ) -> Answer:
        """Send a request when its turn comes, with the retries that the profile allows.

        Everything, waiting included, happens within `deadline_s`. Raises a `MarstekError`, with
        the attempts that were made.
        """
        return await Asking(self, endpoint, request, priority, deadline_s).run()

    async def port(self, number: int) -> Port:
        """The local port for devices on port `number`, opened where it is not open yet.

        Raises `PortUnavailable`; the next call tries again.
        """
        if self.is_closed:
            raise GatewayClosed
        port = self._ports.get(number)
        return port if port is not None else await self._open(number)

    async def close(self) -> None:
        """Close all sockets; every request that waits or is in flight fails with `GatewayClosed`
        before this returns."""
        self.is_closed = True
        for port in self._ports.values():
            port.close()
        self._ports.clear()
        await asyncio.sleep(0)

    def next_id(self) -> int:
        """1 to 65535, round and round: the longest time before an id is used again."""
        self._last_id = self._last_id % ID_LIMIT + 1
        return self._last_id

    def next_sequence(self) -> int:
        """Rank among requests of one priority: first come, first served."""
        return next(self._sequence)

    async def _open(self, number: int) -> Port:
        async with self._opening:
            if number in self._ports:
                return self._ports[number]
            port = Port(self.stats, asyncio.get_running_loop(), settled_at=self._settle())
            local_port = 0 if self._ephemeral_ports else number
            await port.open(self._open_socket, (self.bind_address, local_port))
            if self.is_closed:
                port.close()
                raise GatewayClosed
            self._ports[number] = port
            return port

    def _settle(self) -> float:
        """The loop time from which datagrams may be sent."""
        if self._settled_at is None:
            self._settled_at = asyncio.get_running_loop().time() + self._settle_s
        return self._settled_at
