"""One local UDP port, shared by all devices that have its number: who waits there for which reply,
and who has it to himself while devices are being discovered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .errors import PARSE_ERROR, DatagramMalformed, GatewayClosed, PortUnavailable
from .lanes import Flight, Heard, Lane, Priority
from .sockets import Address, Link, OnDatagram, OpenSocket
from .stats import Stats
from .wire import Reply, parse

LANES_KEPT = 4096  # beyond, those of addresses that nobody asks any more are dropped
ORDER_PATIENCE = 3  # how often discovery makes room for orders before it insists
ORDER_WAIT_S = 15.0


class Port:
    """A socket, and the lane of each device behind it."""

    def __init__(self, stats: Stats, loop: asyncio.AbstractEventLoop, *, settled_at: float) -> None:
        self._stats, self._loop, self._quiet_until = stats, loop, settled_at
        self._lanes: dict[str, Lane] = {}
        self._changed = asyncio.Event()
        self._discovery = asyncio.Lock()
        self._listener: OnDatagram | None = None
        self._is_closed = False
        self.orders_waiting = 0
        self.is_held = False
        self.link: Link

    async def open(self, open_socket: OpenSocket, local_address: Address) -> None:
        """Bind it. Raises `PortUnavailable`."""
        try:
            self.link = await open_socket(local_address, self._receive)
        except OSError as error:
            raise PortUnavailable(*local_address, error.strerror or str(error)) from error

    def lane(self, ip: str) -> Lane:
        """The queue in front of the device at this address."""
        lane = self._lanes.get(ip)
        if lane is None:
            if len(self._lanes) >= LANES_KEPT:
                self._lanes = {ip: lane for ip, lane in self._lanes.items() if not lane.is_idle}
            lane = self._lanes[ip] = Lane(self, self._loop, self._quiet_until)
        return lane

    async def exchange(
        self, lane: Lane, request_id: int, payload: bytes, destination: Address, *, until: float
    ) -> Heard | None:
        """Send one datagram and wait for its reply; None where none came by `until` [loop time].

        Only for whoever has the lane's turn. Raises OSError where the datagram was not sent.
        """
        heard: asyncio.Future[Heard | None] = self._loop.create_future()
        self.link.send(payload, destination)
        self._stats.sent += 1
        lane.flight = Flight(request_id, heard)
        timer = self._loop.call_at(until, _set_none, heard)
        try:
            return await heard
        finally:
            timer.cancel()
            lane.flight = None

    def somebody_waits(self, priority: Priority, change: int) -> None:
        """Keep count of the orders in the queues, for discovery to step aside."""
        if priority is Priority.ORDER:
            self.orders_waiting += change
            self._changed.set()

    def a_turn_is_over(self) -> None:
        """Whoever wants the socket for himself may have it now."""
        self._changed.set()

    def close(self) -> None:
        """Free the socket, and wake everybody who waits here."""
        self._is_closed = True
        self._changed.set()
        self.link.close()
        for lane in self._lanes.values():
            lane.close()

    @asynccontextmanager
    async def held(self, listener: OnDatagram | None = None) -> AsyncIterator[None]:
        """Have the socket to oneself: nothing is in flight, every quiet gap is over, nothing is
        sent by others, and `listener`, where given, gets each datagram. Orders that wait are let
        through first, within reason."""
        async with self._discovery:
            try:
                await self._take()
                self._listener = listener
                yield
            finally:
                self._listener = None
                self._give_back()

    async def pause(self, seconds: float) -> None:
        """Wait for so long. Raises `GatewayClosed` as soon as the port closes."""
        await self._until(lambda: False, seconds)

    def has_fresh_mode(self) -> bool:
        """Whether reading the modes of all devices of this port may change one."""
        return any(lane.has_fresh_mode for lane in self._lanes.values())

    def note_answer(self, ip: str) -> None:
        """A device answered while the socket was held: its quiet gap counts from here."""
        lane = self._lanes.get(ip)
        if lane is not None:
            lane.keep_quiet(self._loop.time() + lane.gap_s)

    def note_broadcast(self, window_s: float) -> None:
        """A datagram went to every device of this port, those that we do not know included."""
        self._quiet_until = max(self._quiet_until, self._loop.time() + window_s)
        for lane in self._lanes.values():
            lane.keep_quiet(self._loop.time() + max(lane.gap_s, window_s))

    async def _take(self) -> None:
        for _ in range(ORDER_PATIENCE):
            await self._until(lambda: self.orders_waiting == 0, ORDER_WAIT_S)
            self.is_held = True
            await self._fall_quiet()
            if not self.orders_waiting:
                return
            self._give_back()
        self.is_held = True
        await self._until(self._has_no_turns)

    async def _fall_quiet(self) -> None:
        """Wait for exchanges in flight and for the gaps after them; an order ends the second."""
        await self._until(self._has_no_turns)
        quiet_at = max([self._quiet_until, *(lane.free_at for lane in self._lanes.values())])
        await self._until(lambda: self.orders_waiting > 0, quiet_at - self._loop.time())

    def _has_no_turns(self) -> bool:
        """Nothing is in flight, and nobody was just given the right to send."""
        return not any(lane.is_busy for lane in self._lanes.values())

    def _give_back(self) -> None:
        self.is_held = False
        for lane in self._lanes.values():
            lane.go_on()

    async def _until(self, is_true: Callable[[], bool], timeout_s: float | None = None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while not is_true() and not self._is_closed:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return
        if self._is_closed:
            raise GatewayClosed

    def _receive(self, payload: bytes, source: Address) -> None:
        self._stats.received += 1
        if self._listener is not None:
            self._listener(payload, source)
            return
        lane = self._lanes.get(source[0])
        if lane is None:
            self._stats.foreign += 1
            return
        self._deliver(lane, payload)

    def _deliver(self, lane: Lane, payload: bytes) -> None:
        try:
            reply = parse(payload)
        except DatagramMalformed:
            self._stats.malformed += 1
            lane.heard_something()
            return
        flight = lane.flight
        if reply.method is not None:
            self._stats.echoed += 1
        elif flight is None or flight.heard.done() or not _belongs(reply, flight):
            self._count_straggler(lane, reply)
        else:
            self._stats.answered += 1
            flight.heard.set_result(Heard(reply, payload, self._loop.time()))

    def _count_straggler(self, lane: Lane, reply: Reply) -> None:
        is_second = lane.flight is not None and lane.flight.request_id == reply.id
        name = "duplicate" if is_second else lane.name_straggler(reply.id)
        setattr(self._stats, name, getattr(self._stats, name) + 1)
        lane.heard_something()


def _belongs(reply: Reply, flight: Flight) -> bool:
    """Its id, or a parse error: those carry id 0 and mean the one request in flight."""
    if reply.id == flight.request_id:
        return True
    is_parse_error = reply.error is not None and reply.error.code == PARSE_ERROR
    return is_parse_error and not reply.id


def _set_none(heard: "asyncio.Future[Heard | None]") -> None:
    if not heard.done():
        heard.set_result(None)
