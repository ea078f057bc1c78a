"""Carrying an order out: datagram by datagram, each written down before it leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from batteries.marstek.errors import (
    DeviceRefused,
    GatewayClosed,
    MarstekError,
    MethodMissing,
    ModeReadTooSoon,
    WrongDevice,
)
from batteries.marstek.gateway import Answer
from batteries.marstek.slots import Slot
from batteries.marstek.values import WriteResult
from batteries.polling import Exchange
from batteries.profile import battery_profile
from batteries.readings import Reading
from batteries.services import record_step
from batteries.writing import Writer

from . import attempts, mirror, programs
from .attempts import Result, Write, as_text, said
from .models import Cause, Order, OrderAttempt, Outcome
from .refusals import WIRE_MODES
from .selectors import IN_FORCE, is_held, last_accepted
from .targets import LEASED, TargetMode

log = logging.getLogger(__name__)
ROUND = timedelta(seconds=30)
SET_UP_ROUND = timedelta(minutes=3)
WAIT_FOR_TURN_S = 20.0  # shorter than a claim: a datagram leaves by then or never


class Carrier:
    """Carries out claimed orders through one gateway; one order of a battery at a time."""

    def __init__(self, writer: Writer, clock: Callable[[], datetime]) -> None:
        self._writer, self._clock = writer, clock
        self.is_stopping = False

    def carry_out(self, order: Order) -> bool:
        """One round for a claimed order: its write, with the retries of the profile, within 30 s,
        and its result in the ledger. Whether the battery accepted a write.

        Raises `DatabaseError`; then the claim runs out and the order is taken up again.
        """
        now = self._clock()
        if order.until is not None and order.until - now < timedelta(seconds=1):
            return False  # what is decided next follows with the next look
        written = self.write(order, now + (SET_UP_ROUND if order.is_set_up else ROUND))
        if written is not None:
            result, attempt = written
            attempts.conclude(order, result, attempt, self._clock())
            return result.outcome in IN_FORCE
        return False

    def write(
        self, order: Order, deadline: datetime, mode_type: TargetMode | None = None
    ) -> tuple[Result, OrderAttempt] | None:
        """Write what the order wants (or `mode_type` instead), until the battery accepts it or
        the retries or the time are over. None: the order is no longer ours to carry out."""
        written: tuple[Result, OrderAttempt] | None = None
        for write in steps(order, self._clock(), mode_type):
            written = self._write_step(order, write, deadline, is_release=mode_type is not None)
            if written is None or written[0].outcome not in IN_FORCE:
                return written
        return written

    def _write_step(
        self, order: Order, write: Write, deadline: datetime, *, is_release: bool
    ) -> tuple[Result, OrderAttempt] | None:
        """One step of a write, with the retries of the profile."""
        written: tuple[Result, OrderAttempt] | None = None
        for _try in range(1 + battery_profile(order.battery).write_retries):
            now = self._clock()
            if written is not None and now >= deadline:
                return written
            if self.is_stopping and not is_release:
                return None
            attempt = attempts.begin_attempt(order, write, now)
            if attempt is None:
                return None
            result, is_final = self._try(order, write, attempt, deadline)
            if result is None:
                return None
            written = result, attempt
            if is_final:
                return written
        return written

    def _try(
        self, order: Order, write: Write, attempt: OrderAttempt, deadline: datetime
    ) -> tuple[Result | None, bool]:
        """One datagram: its result, and whether another one would change nothing. No result where
        our sockets are gone: the next owner goes on."""
        exchange = self._send(order, write, deadline)
        result = self._keep(order, attempt, exchange)
        if write.slot is not None:
            is_so = result.outcome == Outcome.ACCEPTED
            mirror.note_slot(order.battery, write.slot, attempt.sent_at if is_so else None)
        if isinstance(exchange.result, GatewayClosed):
            return None, True
        if result.outcome == Outcome.REFUSED and self._is_there(order, write):
            result = replace(result, outcome=Outcome.ALREADY)
            attempts.end_attempt(attempt, result)
            return result, True
        return result, not _is_worth_another(exchange, result)

    def _send(self, order: Order, write: Write, deadline: datetime) -> Exchange:
        left_s = (deadline - self._clock()).total_seconds()
        return self._writer.ask(
            order.battery,
            write.request(battery_profile(order.battery)),
            max(1.0, min(WAIT_FOR_TURN_S, left_s)),
        )

    def _keep(self, order: Order, attempt: OrderAttempt, exchange: Exchange) -> Result:
        result = result_of(exchange)
        reading = Reading()
        if isinstance(exchange.result, Answer):
            reading.state["last_seen_at"] = exchange.result.received_at
        with transaction.atomic():
            attempts.end_attempt(attempt, result)
            record_step(order.battery_id, reading, (exchange,))
        log.info("%s: %s %s", order.battery.name, attempt.mode_type, result.outcome)
        return result

    def _is_there(self, order: Order, write: Write) -> bool:
        """Some firmware refuses the mode that it is in. The mode is read to know, or, where it is
        too soon after a write to read it, the last write that was accepted tells."""
        if write.mode_type in LEASED or write.slot is not None:
            return False
        try:
            mode = self._writer.read_mode(order.battery, WAIT_FOR_TURN_S / 2)
        except ModeReadTooSoon:
            last = last_accepted(order.battery_id)
            is_same = last is not None and last.mode_type == write.mode_type
            return is_same and not is_held(order.battery_id)
        except MarstekError:
            return False
        return mode == WIRE_MODES[write.mode_type]


def steps(order: Order, now: datetime, mode_type: TargetMode | None = None) -> list[Write]:
    """The datagrams that an order (or a release into `mode_type`) takes, in order: mostly one.

    A program is written slot by slot. Who leaves Manual switches its slots off first: each write
    of a slot enters Manual, so the mode comes last.
    """
    write = Write.of(order, now)
    if mode_type is not None:
        write = Write(mode_type, cause=Cause.RELEASE)
    elif order.is_set_up:
        slots = programs.empty_slots(battery_profile(order.battery).slots)
        return _slot_writes(order, [*slots, programs.trial_slot(now)], write)
    elif mirror.uses_slots(order):
        wanted = mirror.wanted_slots(order, now)
        changed = mirror.changes(order.battery, wanted)
        return _slot_writes(order, changed or wanted[:1], replace(write, lease_s=None))
    if not mirror.has_slots_on(order.battery) or write.lease_s is not None:
        return [write]
    off = mirror.changes(order.battery, [])
    return [*_slot_writes(order, off, write), write]


def _slot_writes(order: Order, slots: list[Slot], write: Write) -> list[Write]:
    mode_type = TargetMode(order.mode_type) if order.is_leased else TargetMode.HOLD
    return [replace(write, mode_type=mode_type, slot=slot, lease_s=None) for slot in slots]


def result_of(exchange: Exchange) -> Result:
    """What one datagram came to, as the ledger keeps it."""
    found = exchange.result
    attempt = found.attempts[-1] if found.attempts else None
    if attempt is None:
        return Result(Outcome.NOT_SENT, str(found) if isinstance(found, MarstekError) else "")
    latency_s = attempt.latency_s
    return Result(
        outcome=_outcome(found),
        answer=said(found.raw) if isinstance(found, Answer) else str(found),
        sent_at=attempt.sent_at,
        request=as_text(attempt.payload),
        latency_ms=None if latency_s is None else round(latency_s * 1000),
    )


def _outcome(found: Answer | MarstekError) -> Outcome:
    """Whatever is no clear yes or no may have been done: its answer was lost, or is unreadable."""
    if isinstance(found, Answer):
        accepted = found.value.accepted if isinstance(found.value, WriteResult) else None
        return {True: Outcome.ACCEPTED, False: Outcome.REFUSED, None: Outcome.NO_ANSWER}[accepted]
    if isinstance(found, DeviceRefused | WrongDevice):
        return Outcome.REFUSED
    is_unsent = found.attempts[-1].outcome.value == "not_sent"
    return Outcome.NOT_SENT if is_unsent else Outcome.NO_ANSWER


def _is_worth_another(exchange: Exchange, result: Result) -> bool:
    if result.outcome == Outcome.ACCEPTED:
        return False
    if isinstance(exchange.result, Answer):
        return True  # `set_result` false: busy, mostly
    return exchange.result.worth_retry and not isinstance(exchange.result, MethodMissing)
