"""One request to one device, from waiting for its turn to its answer, with its retries."""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from .answers import Answer, Endpoint, outcome_of, value_of
from .attempts import Attempt, Outcome
from .errors import (
    ArgumentInvalid,
    DeadlinePassed,
    DeviceUnreachable,
    GatewayClosed,
    HearsOnlyBroadcasts,
    MarstekError,
    ModeReadTooSoon,
    NotSent,
)
from .fields import is_host_address
from .lanes import Heard, Lane, Priority, Turn
from .ports import Port
from .requests import SET_MODE
from .sockets import Address
from .values import WriteResult
from .wire import Request, encode

if TYPE_CHECKING:
    from .gateway import Gateway

GET_MODE = "ES.GetMode"


class _TooLate(Exception):
    """The deadline passed before it was our turn."""


class Asking:
    """A request on its way. Used once, by `Gateway.ask`."""

    __slots__ = (
        "_attempts",
        "_deadline",
        "_deadline_s",
        "_endpoint",
        "_free_at",
        "_gateway",
        "_is_broadcast",
        "_loop",
        "_priority",
        "_request",
        "_sequence",
    )

    def __init__(
        self,
        gateway: "Gateway",
        endpoint: Endpoint,
        request: Request,
        priority: Priority,
        deadline_s: float,
    ) -> None:
        self._gateway, self._endpoint, self._request = gateway, endpoint, request
        self._priority, self._sequence = priority, gateway.next_sequence()
        self._loop = asyncio.get_running_loop()
        self._deadline_s, self._deadline = deadline_s, self._loop.time() + deadline_s
        self._attempts: list[Attempt] = []
        self._is_broadcast = endpoint.hears_only_broadcasts and not request.is_write

    async def run(self) -> Answer:
        """The answer, or a `MarstekError` with the attempts that were made."""
        try:
            return await self._run()
        except MarstekError as error:
            error.attempts = tuple(self._attempts)
            raise

    async def _run(self) -> Answer:
        if not is_host_address(self._endpoint.ip):
            raise ArgumentInvalid(f"{self._endpoint.ip} is not the address of one device.")
        port = await self._gateway.port(self._endpoint.port)
        lane = port.lane(self._endpoint.ip)
        failure: MarstekError | None = None
        while True:
            try:
                if self._is_broadcast:
                    return await self._attempt_among_all(port, lane)
                return await self._attempt_alone(port, lane)
            except _TooLate:
                raise failure or self._late() from None
            except MarstekError as error:
                failure = error
            if not self._is_worth_another(failure, lane):
                raise failure

    async def _attempt_alone(self, port: Port, lane: Lane) -> Answer:
        """One exchange with this device, when it is our turn."""
        turn = await lane.turn(self._priority, self._sequence, self._deadline)
        if turn is Turn.CLOSED:
            raise GatewayClosed
        if turn is Turn.TOO_LATE:
            raise _TooLate
        return await self._attempt_and_release(port, lane)

    async def _attempt_among_all(self, port: Port, lane: Lane) -> Answer:
        """One exchange in which every device of this port is asked: each has had its quiet before,
        and gets it after."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout_at(self._deadline):
                    await port.pause(lane.free_at - self._loop.time())  # the others go meanwhile
                    await stack.enter_async_context(port.held())
            except TimeoutError:
                raise _TooLate from None
            port.note_broadcast(self._timeout_s())
            return await self._attempt_and_release(port, lane)

    async def _attempt_and_release(self, port: Port, lane: Lane) -> Answer:
        self._free_at = self._loop.time()
        try:
            return await self._attempt(port, lane)
        finally:
            lane.release(self._free_at)

    async def _attempt(self, port: Port, lane: Lane) -> Answer:
        """One exchange. Notes the attempt however it ends; raises a `MarstekError`."""
        self._refuse_early_mode_read(port, lane)
        mode_written_at = lane.mode_written_at
        request_id, sent_at = self._gateway.next_id(), self._gateway.clock()
        payload, sent = encode(self._request, request_id), self._loop.time()
        heard, outcome = None, Outcome.NO_ANSWER
        try:
            heard = await self._exchange(port, lane, request_id, payload)
            value = value_of(heard.reply, self._request, self._endpoint)
            outcome = Outcome.ANSWERED
            if isinstance(value, WriteResult) and value.accepted is False:
                lane.mode_written_at = mode_written_at  # nothing was done
        except MarstekError as error:
            outcome = outcome_of(error)
            raise
        finally:
            lane.remember(request_id, outcome)
            latency_s = None if heard is None else heard.at - sent
            answer = None if heard is None else heard.payload
            self._attempts.append(Attempt(request_id, payload, sent_at, outcome, latency_s, answer))
        return Answer(
            value=value,
            raw=heard.reply.result or {},
            request=self._request,
            received_at=self._gateway.clock(),
            latency_s=heard.at - sent,
            attempts=tuple(self._attempts),
            source_ip=self._endpoint.ip,
            was_broadcast=self._is_broadcast,
        )

    async def _exchange(self, port: Port, lane: Lane, request_id: int, payload: bytes) -> Heard:
        """Send, and wait for the reply. The lane is free a quiet gap after the reply; a request
        that was given up or cancelled holds it until its time-out and the gap after that."""
        sent, lane.gap_s = self._loop.time(), self._endpoint.profile.quiet_gap_s
        if self._request.method == SET_MODE:
            lane.mode_written_at = sent
            lane.mode_quiet_s = self._endpoint.profile.mode_read_quiet_s
        over_at = sent + self._timeout_s()
        destination, until = self._destination(), min(over_at, self._deadline)
        self._free_at = over_at + lane.gap_s
        try:
            heard = await port.exchange(lane, request_id, payload, destination, until=until)
        except OSError as error:
            self._free_at = sent + lane.gap_s
            raise self._not_sent(error) from error
        if heard is None:
            raise self._unanswered()
        self._free_at = heard.at + lane.gap_s
        return heard

    def _destination(self) -> Address:
        ip = self._endpoint.ip
        if self._is_broadcast:
            ip = self._gateway.broadcasts.reaching(ip)
        return ip, self._endpoint.port

    def _refuse_early_mode_read(self, port: Port, lane: Lane) -> None:
        """Reading the mode right after it was written sends some firmware back to Auto; a
        broadcast reads that of every device."""
        quiet_s = self._endpoint.profile.mode_read_quiet_s
        is_early = self._loop.time() < lane.mode_written_at + quiet_s
        is_early |= self._is_broadcast and port.has_fresh_mode()
        if self._request.method == GET_MODE and is_early:
            raise ModeReadTooSoon(str(self._endpoint), quiet_s)

    def _timeout_s(self) -> float:
        profile = self._endpoint.profile
        return profile.write_timeout_s if self._request.is_write else profile.read_timeout_s

    def _is_worth_another(self, failure: MarstekError, lane: Lane) -> bool:
        profile = self._endpoint.profile
        retries = profile.write_retries if self._request.is_write else profile.read_retries
        is_left = len(self._attempts) <= retries and lane.free_at < self._deadline
        return is_left and failure.worth_retry

    def _unanswered(self) -> MarstekError:
        if self._gateway.is_closed:
            return GatewayClosed()
        self._gateway.stats.timed_out += 1
        is_deaf = self._endpoint.hears_only_broadcasts and self._request.is_write
        kind = HearsOnlyBroadcasts if is_deaf else DeviceUnreachable
        host, port = self._endpoint.ip, self._endpoint.port
        return kind(host, port, self._request.method, len(self._attempts) + 1)

    def _late(self) -> DeadlinePassed:
        return DeadlinePassed(str(self._endpoint), self._request.method, self._deadline_s)

    def _not_sent(self, error: OSError) -> NotSent:
        host, port = self._endpoint.ip, self._endpoint.port
        count, cause = len(self._attempts) + 1, error.strerror or str(error)
        return NotSent(host, port, self._request.method, count, cause)
