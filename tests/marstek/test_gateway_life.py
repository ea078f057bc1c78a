"""Cancelling, closing, settling: what a gateway leaves behind, which is nothing."""

import asyncio
from collections.abc import Callable

import pytest

from batteries.marstek.attempts import Outcome
from batteries.marstek.errors import ArgumentInvalid, DeadlinePassed, GatewayClosed, NotSent
from batteries.marstek.gateway import Priority
from batteries.marstek.wire import Request

from .scripted import CHARGE, EPOCH, METER, STATUS, World, answers_after, stays_silent


def test_an_answer_carries_what_the_ledger_needs(world: World) -> None:
    device = world.device(script=[stays_silent])
    answer = world.run(world.ask(device))
    first, second = answer.attempts
    assert (first.outcome, first.latency_s, first.answer) == (Outcome.NO_ANSWER, None, None)
    assert first.sent_at == EPOCH
    assert second.payload == world.network.sent[1][1]
    assert second.answer is not None
    assert second.latency_s == answer.latency_s == pytest.approx(0.1)
    assert (answer.received_at - EPOCH).total_seconds() == pytest.approx(5.1)
    assert (answer.request, answer.raw["bat_soc"]) == (STATUS, 57)


def test_a_cancelled_wait_leaves_the_queue(world: World) -> None:
    device = world.device()

    async def cancel_the_second() -> None:
        asks = [asyncio.ensure_future(world.ask(device, request)) for request in (STATUS, METER)]
        third = asyncio.ensure_future(world.ask(device))
        await asyncio.sleep(1.0)
        asks[1].cancel()
        await asyncio.gather(*asks, third, return_exceptions=True)

    world.run(cancel_the_second())
    assert device.methods == ["ES.GetStatus", "ES.GetStatus"]
    assert device.moments == [0.0, 2.6]


def test_a_cancelled_exchange_keeps_the_device_quiet_until_its_time_out(world: World) -> None:
    device = world.device(script=[stays_silent])

    async def cancel_in_flight() -> None:
        asking = asyncio.ensure_future(world.ask(device))
        await asyncio.sleep(0.5)
        asking.cancel()
        await world.ask(device)

    world.run(cancel_in_flight())
    assert device.moments == [0.0, 5.0]


@pytest.mark.parametrize("is_cancelled_first", [True, False])
def test_cancelled_in_the_very_step_of_its_turn_hands_the_turn_on(
    world: World, is_cancelled_first: bool
) -> None:
    """The turn is given at 2.6 s, and in the same instant the one who gets it is cancelled."""
    device = world.device()

    async def cancel_at_the_turn() -> None:
        await world.ask(device)
        waiting = [asyncio.ensure_future(world.ask(device, request)) for request in (METER, STATUS)]
        await asyncio.sleep(0)
        lane = (await world.gateway.port(device.port)).lane(device.ip)
        steps: list[Callable[[], object]] = [waiting[0].cancel, lane.go_on]
        for step in steps if is_cancelled_first else reversed(steps):
            world.loop.call_at(lane.free_at, step)
        await asyncio.gather(*waiting, return_exceptions=True)

    world.run(cancel_at_the_turn())
    assert device.methods == ["ES.GetStatus", "ES.GetStatus"]
    assert device.moments[1] == 2.6


def test_close_ends_everything_at_once(world: World) -> None:
    device = world.device(always=stays_silent)

    async def close_in_the_middle() -> list[object]:
        asks = [asyncio.ensure_future(world.ask(device)) for _ in range(3)]
        asks.append(asyncio.ensure_future(world.order(device)))
        await asyncio.sleep(1.0)
        await world.gateway.close()
        return await asyncio.gather(*asks, return_exceptions=True)

    errors = world.run(close_in_the_middle())
    assert [type(error) for error in errors] == [GatewayClosed] * 4
    assert world.now == 1.0


def test_a_closed_gateway_takes_no_request(world: World) -> None:
    world.run(world.gateway.close())
    with pytest.raises(GatewayClosed):
        world.run(world.ask(world.device()))


def test_closed_while_the_port_is_being_opened_binds_nothing(world: World) -> None:
    async def close_while_opening() -> object:
        asking = asyncio.ensure_future(world.ask(world.device()))
        await asyncio.sleep(0)
        await world.gateway.close()
        return (await asyncio.gather(asking, return_exceptions=True))[0]

    assert isinstance(world.run(close_while_opening()), GatewayClosed)
    assert world.network.bound_ports == []


def test_a_network_that_is_away_is_said_and_tried_again(world: World) -> None:
    device = world.device()
    world.network.unreachable.add(device.ip)

    async def heal() -> None:
        await asyncio.sleep(1.0)
        world.network.unreachable.clear()

    async def ask() -> list[str]:
        answer, _ = await asyncio.gather(world.ask(device), heal())
        return [attempt.outcome for attempt in answer.attempts]

    assert world.run(ask()) == [Outcome.NOT_SENT, Outcome.ANSWERED]
    assert device.moments == [2.5]  # one gap, no time-out: nothing was on its way


def test_a_network_that_stays_away_ends_with_its_cause(world: World) -> None:
    device = world.device()
    world.network.unreachable.add(device.ip)
    with pytest.raises(NotSent, match="Network is unreachable"):
        world.run(world.ask(device))


def test_a_request_that_cannot_be_encoded_does_not_block_its_device(world: World) -> None:
    device = world.device()
    with pytest.raises(ArgumentInvalid):
        world.run(world.ask(device, Request("ES.SetMode", '"' + "x" * 2000 + '"')))
    world.run(world.ask(device))
    assert device.moments == [0.0]


def test_a_deadline_of_nothing_sends_nothing(world: World) -> None:
    device = world.device()
    with pytest.raises(DeadlinePassed):
        world.run(world.ask(device, CHARGE, priority=Priority.ORDER, deadline_s=0.0))
    assert device.asked == []


def test_a_new_owner_lets_the_former_ones_answers_pass() -> None:
    world = World(settle_s=5.0)
    device = world.device()
    world.run(world.ask(device))
    assert device.moments == [5.0]
    world.close()


def test_stats_count_what_passed(world: World) -> None:
    device = world.device(script=[stays_silent, answers_after(0.3)])
    world.run(world.ask(device))
    counts = world.gateway.stats.counts()
    assert {name: count for name, count in counts.items() if count} == {
        "sent": 2,
        "received": 1,
        "answered": 1,
        "timed_out": 1,
    }
    assert world.gateway.stats.dropped == 0
