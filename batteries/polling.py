"""One poll of many batteries: what is asked, in which order, and the answers as they come.

Plain asyncio over the gateway, no ORM: it runs in the gateway's own loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .marstek.errors import DeviceUnreachable, MarstekError, ModeReadTooSoon
from .marstek.gateway import Answer, Endpoint, Gateway, Priority
from .marstek.profiles import Profile, profile_for
from .marstek.values import Device, EnergyStatus, PvStatus, with_solar
from .marstek.wire import Request

log = logging.getLogger(__name__)
STATUS, METER, MODE = "ES.GetStatus", "EM.GetStatus", "ES.GetMode"
SOLAR = "PV.GetStatus"
PACK, WIFI, DEVICE = "Bat.GetStatus", "Wifi.GetStatus", "Marstek.GetDevice"
SLOW_EVERY = {
    MODE: timedelta(minutes=5),
    PACK: timedelta(minutes=10),
    WIFI: timedelta(minutes=15),
    DEVICE: timedelta(minutes=30),
}
ASK_AGAIN = timedelta(minutes=2)  # a slow reading that never came
READ_DEADLINE_S = 45.0  # also where the port is held: by a search, or by who asks everybody


@dataclass(frozen=True, slots=True)
class PollPlan:
    """What one sweep asks one battery, and how long after the sweep's start [s].

    `tries_alone`: a battery that hears only broadcasts, as far as known, is first asked alone.
    """

    battery_id: int
    endpoint: Endpoint
    fast: tuple[str, ...]
    slow: tuple[str, ...] = ()
    scale_overrides: tuple[tuple[str, float], ...] = ()
    start_after_s: float = 0.0
    tries_alone: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it: an answer, or an error of the gateway's tree."""

    method: str
    result: Answer | MarstekError


@dataclass(frozen=True, slots=True)
class PollStep:
    """Exchanges of one battery that belong into one transaction; the last step has none."""

    battery_id: int
    exchanges: tuple[Exchange, ...] = ()

    def methods(self) -> set[str]:
        """What was asked."""
        return {exchange.method for exchange in self.exchanges}

    def answers(self) -> dict[str, Answer]:
        """The answers by method; that of the state with the sun, where it was asked for apart."""
        found = {it.method: it.result for it in self.exchanges if isinstance(it.result, Answer)}
        state, solar = found.get(STATUS), found.get(SOLAR)
        if state and solar:
            found[STATUS] = _with_solar(state, solar)
        return found

    def errors(self) -> dict[str, MarstekError]:
        """The errors by method."""
        return {
            it.method: it.result for it in self.exchanges if isinstance(it.result, MarstekError)
        }


def _with_solar(state: Answer, solar: Answer) -> Answer:
    if isinstance(state.value, EnergyStatus) and isinstance(solar.value, PvStatus):
        return replace(state, value=with_solar(state.value, solar.value))
    return state


def slow_methods_due(
    previous_poll_at: datetime | None, now: datetime, answered_at: dict[str, datetime | None]
) -> tuple[str, ...]:
    """The rare reads whose turn came between two polls: without memory, and never all missed.

    Each method's time line is cut into slots of its period; it is due in the first poll of a slot.
    """
    return tuple(
        method
        for method, every in SLOW_EVERY.items()
        if is_new_slot(
            previous_poll_at, now, every if answered_at.get(method) else min(every, ASK_AGAIN)
        )
    )


def is_new_slot(previous_at: datetime | None, now: datetime, period: timedelta) -> bool:
    """Whether `now` is in another slot of this length than `previous_at`; so it was never yet."""
    return previous_at is None or _slot(now, period) != _slot(previous_at, period)


def _slot(moment: datetime, period: timedelta) -> int:
    return int(moment.timestamp() // period.total_seconds())


def stagger(count: int, *, step_s: float = 5.0, spread_s: float = 40.0) -> list[float]:
    """When each of `count` batteries starts, after the sweep does [s]: 5 s apart, within 40 s."""
    step = min(step_s, spread_s / max(count, 1))
    return [index * step for index in range(count)]


async def sweep(gateway: Gateway, plans: Sequence[PollPlan]) -> AsyncIterator[PollStep]:
    """Poll all batteries side by side; steps come as they are ready, in no fixed order.

    Each battery's last step is empty, also where its poll broke off.
    """
    steps: asyncio.Queue[PollStep] = asyncio.Queue()
    tasks = [asyncio.create_task(_poll_to_the_end(gateway, plan, steps)) for plan in plans]
    running = len(tasks)
    try:
        while running:
            step = await steps.get()
            running -= not step.exchanges
            yield step
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _poll_to_the_end(
    gateway: Gateway, plan: PollPlan, steps: asyncio.Queue[PollStep]
) -> None:
    try:
        await _poll(gateway, plan, steps)
    except Exception:  # a bug must cost this battery's poll alone, and be seen
        log.exception("a poll broke off")
    finally:
        steps.put_nowait(PollStep(plan.battery_id))


async def _poll(gateway: Gateway, plan: PollPlan, steps: asyncio.Queue[PollStep]) -> None:
    await asyncio.sleep(plan.start_after_s)
    endpoint = plan.endpoint
    if DEVICE in plan.slow:  # first: its model and firmware give the scales of all others
        exchange = await _ask(gateway, endpoint, DEVICE)
        endpoint = _with_profile_of(exchange, plan)
        steps.put_nowait(PollStep(plan.battery_id, (exchange,)))
    endpoint, fast = await _ask_in_its_way(gateway, endpoint, plan)
    if fast:  # a step without exchanges would be the last
        steps.put_nowait(PollStep(plan.battery_id, fast))
    if not any(isinstance(exchange.result, Answer) for exchange in fast):
        return  # silent: more questions would only wait for more time-outs
    for method in plan.slow:
        if method != DEVICE and _may_ask(endpoint, method):
            exchange = await _ask(gateway, endpoint, method)
            if not _is_left_out(exchange):
                steps.put_nowait(PollStep(plan.battery_id, (exchange,)))


async def _ask_in_its_way(
    gateway: Gateway, endpoint: Endpoint, plan: PollPlan
) -> tuple[Endpoint, tuple[Exchange, ...]]:
    """The fast answers, and the way in which the battery hears us."""
    if plan.tries_alone:
        alone = replace(endpoint, hears_only_broadcasts=False)
        fast = await _ask_fast(gateway, alone, plan.fast)
        if not fast or not isinstance(fast[0].result, DeviceUnreachable):
            return alone, fast
    return endpoint, await _ask_fast(gateway, endpoint, plan.fast)


def _may_ask(endpoint: Endpoint, method: str) -> bool:
    """What may harm old firmware is not asked of everybody on the port."""
    is_for_all = endpoint.hears_only_broadcasts and method == PACK
    return endpoint.profile.may_poll(method) and not is_for_all


async def _ask_fast(
    gateway: Gateway, endpoint: Endpoint, methods: Sequence[str]
) -> tuple[Exchange, ...]:
    """Status and meter belong into one row; a device that is silent is not asked twice."""
    exchanges: list[Exchange] = []
    for method in methods:
        exchanges.append(await _ask(gateway, endpoint, method))
        if isinstance(exchanges[-1].result, DeviceUnreachable):
            break
    return tuple(exchange for exchange in exchanges if not _is_left_out(exchange))


def _is_left_out(exchange: Exchange) -> bool:
    """A mode that was not read because an order just wrote it: no fault of the battery."""
    return isinstance(exchange.result, ModeReadTooSoon)


async def _ask(gateway: Gateway, endpoint: Endpoint, method: str) -> Exchange:
    try:
        answer = await gateway.ask(
            endpoint, Request.read(method), priority=Priority.READ, deadline_s=READ_DEADLINE_S
        )
    except MarstekError as error:
        return Exchange(method, error)
    return Exchange(method, answer)


def _with_profile_of(exchange: Exchange, plan: PollPlan) -> Endpoint:
    """The endpoint with the profile that the device itself just named."""
    if not isinstance(exchange.result, Answer) or not isinstance(exchange.result.value, Device):
        return plan.endpoint
    device = exchange.result.value
    profile: Profile = profile_for(device.model, device.firmware, dict(plan.scale_overrides))
    return replace(plan.endpoint, profile=profile)
