"""The thin blocking front: synchronous callers use the gateway's loop from their own threads."""

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import aclosing
from datetime import datetime
from typing import Any, Protocol, TypeVar

from .broadcasts import Networks
from .errors import DeadlinePassed, GatewayClosed
from .gateway import Gateway
from .sockets import OpenSocket, open_udp_socket

T = TypeVar("T")
STOP_S = 5.0


class Front(Protocol):
    """Where asynchronous work is done for synchronous code, in real or in virtual time."""

    def call(self, coroutine: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """Run it to its end and return its result, or raise its error."""

    def stream(self, items: AsyncIterator[T]) -> Iterator[T]:
        """Hand over the items as they come; an error is raised where it came. Leaving the loop
        early cancels the asynchronous side."""


class GatewayThread:
    """A gateway on a loop in a thread of its own. Any number of threads may call at once.

    Start and stop it explicitly, once each; `gateway` is there from `start` on.
    """

    def __init__(
        self,
        *,
        bind_address: str,
        clock: Callable[[], datetime],
        open_socket: OpenSocket = open_udp_socket,
        ephemeral_ports: bool = False,
        settle_s: float = 0.0,
        networks: Networks = tuple,
    ) -> None:
        self.gateway = Gateway(
            bind_address=bind_address,
            clock=clock,
            open_socket=open_socket,
            ephemeral_ports=ephemeral_ports,
            settle_s=settle_s,
            networks=networks,
        )
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self._gate = threading.Lock()
        self._is_open = False
        self._calls: set[Future[Any]] = set()

    def start(self) -> None:
        """Start the thread; returns when it takes calls."""
        with self._gate:
            self._loop = asyncio.new_event_loop()
            self._thread.start()
            self._is_open = True

    def stop(self) -> None:
        """Close the gateway, end every call with `GatewayClosed`, end the thread. Harmless when
        repeated or never started."""
        with self._gate:
            was_open, self._is_open = self._is_open, False
        if was_open:
            self._loop.call_soon_threadsafe(self._begin_end)
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def call(self, coroutine: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """Run it in the gateway's thread. Raises what it raises, `GatewayClosed` where the front
        is or gets stopped, `DeadlinePassed` after `timeout_s` (the coroutine is cancelled)."""
        future = self._submit(coroutine)
        try:
            return future.result(timeout_s)
        except CancelledError as error:
            raise GatewayClosed from error
        except FutureTimeoutError as error:
            if future.done():
                raise  # its own TimeoutError
            raise DeadlinePassed("the gateway", "a call", timeout_s) from error
        finally:
            future.cancel()

    def stream(self, items: AsyncIterator[T]) -> Iterator[T]:
        """The items as they come. Raises as `call` does, without a time-out of its own."""
        arrived: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
        pump = self._submit(_pump(items, arrived))
        pump.add_done_callback(lambda _: arrived.put(None))
        try:
            while (item := arrived.get()) is not None:
                yield item[0]
            pump.result()
        except CancelledError as error:
            raise GatewayClosed from error
        finally:
            pump.cancel()

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        with self._gate:
            is_here = threading.current_thread() is self._thread
            if self._is_open and not is_here:
                future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
                self._calls.add(future)
                future.add_done_callback(self._calls.discard)
                return future
        coroutine.close()
        if is_here:
            raise RuntimeError("The gateway's own thread must await, not call.")
        raise GatewayClosed

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        for future in tuple(self._calls):
            future.cancel()
        self._loop.close()

    def _begin_end(self) -> None:
        self._ending = self._loop.create_task(self._end())

    async def _end(self) -> None:
        """Let everything unwind, at most 5 s, then stop the loop."""
        try:
            await self.gateway.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            if others:
                await asyncio.wait(others, timeout=STOP_S)
            await self._loop.shutdown_asyncgens()
        finally:
            self._loop.stop()


async def _pump(items: AsyncIterator[T], arrived: "queue.SimpleQueue[tuple[T] | None]") -> None:
    if isinstance(items, AsyncGenerator):
        async with aclosing(items):
            await _hand_over(items, arrived)
    else:
        await _hand_over(items, arrived)


async def _hand_over(
    items: AsyncIterator[T], arrived: "queue.SimpleQueue[tuple[T] | None]"
) -> None:
    async for item in items:
        arrived.put((item,))
