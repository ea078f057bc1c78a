"""Reads of a device that hears only broadcasts: all hear them, one answer counts, nobody is rushed.
A write never goes that way."""

import asyncio
import json
from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

import pytest

from batteries.marstek.errors import (
    DeadlinePassed,
    DeviceUnreachable,
    GatewayClosed,
    HearsOnlyBroadcasts,
    ModeReadTooSoon,
)
from batteries.marstek.gateway import Answer, Endpoint
from batteries.marstek.wire import Request

from .scripted import CHARGE, MODERN, OLD, STATUS, Device, World, stays_silent

EVERYBODY = ("255.255.255.255", 30000)


async def read(
    world: World, device: Device, request: Request = STATUS, *, deadline_s: float = 60.0, **way: Any
) -> Answer:
    profile = way.pop("profile", MODERN)
    endpoint = Endpoint(device.ip, device.port, profile, hears_only_broadcasts=True, **way)
    return await world.gateway.ask(endpoint, request, deadline_s=deadline_s)


def three(world: World) -> list[Device]:
    return [world.device(f"192.168.1.{n}", mac=f"{n:012x}") for n in (100, 101, 102)]


def test_the_answer_of_the_one_that_was_meant_counts(world: World) -> None:
    devices = three(world)
    for number, device in enumerate(devices):
        device.latency_s = 0.1 * (number + 1)
    answer = world.run(read(world, devices[2], ble_mac=devices[2].mac))
    assert (answer.source_ip, answer.was_broadcast) == ("192.168.1.102", True)
    assert answer.latency_s == pytest.approx(0.3)
    assert [to for _, _, to in world.network.sent] == [EVERYBODY]


def test_the_parameters_are_those_of_a_question_to_one(world: World) -> None:
    device = world.device()
    world.run(read(world, device))
    world.run(world.ask(device))
    first, second = (json.loads(payload) for _, payload, _ in world.network.sent)
    assert (first["method"], first["params"]) == (second["method"], second["params"])
    assert 0 < first["id"] != second["id"]


def test_answers_of_the_others_are_dropped_and_counted(world: World) -> None:
    asked, stranger, known = three(world)

    async def both() -> None:
        await world.ask(known)
        await read(world, asked)
        await asyncio.sleep(1)

    world.run(both())
    assert (world.gateway.stats.foreign, world.gateway.stats.unmatched) == (1, 1)
    assert world.gateway.stats.answered == 2
    assert stranger.methods == ["ES.GetStatus"], "it heard what everybody heard"


def test_it_waits_for_the_quiet_of_every_device_of_the_port(world: World) -> None:
    deaf, old, _third = three(world)

    async def both() -> None:
        await world.ask(old, profile=OLD)
        await read(world, deaf)
        await world.ask(old, profile=OLD)

    world.run(both())
    assert old.moments == [0.0, 5.1, 10.2], "its gap of 5 s, then the broadcast, then its gap"


def test_nothing_else_leaves_while_everybody_is_asked(world: World) -> None:
    deaf, other, _third = three(world)
    other.latency_s = 2.0

    async def both() -> None:
        asking = asyncio.ensure_future(world.ask(other))
        await asyncio.sleep(0.5)
        await asyncio.gather(asking, read(world, deaf))

    world.run(both())
    assert deaf.moments == [4.5], "after the other's answer and its gap"


def test_the_others_have_their_turn_between_two_questions_to_everybody(world: World) -> None:
    deaf, other, _third = three(world)

    async def both() -> None:
        await read(world, deaf)
        second = asyncio.ensure_future(read(world, deaf))
        await asyncio.gather(world.ask(other), second)

    world.run(both())
    assert other.methods == ["ES.GetStatus"] * 3
    alone = [at for at, _, to in world.network.sent if to != EVERYBODY]
    assert alone == [2.5], "before the second broadcast"


def test_another_port_is_not_disturbed(world: World) -> None:
    deaf, other = world.device(), world.device("192.168.1.200", port=30001, latency_s=2.0)

    async def both() -> None:
        await asyncio.gather(world.ask(other), read(world, deaf))

    world.run(both())
    assert (deaf.moments, other.moments) == ([0.0], [0.0])


def test_it_goes_to_the_network_of_the_device() -> None:
    world = World(networks=lambda: (IPv4Interface("10.0.0.2/24"), IPv4Interface("192.168.1.2/24")))
    world.run(read(world, world.device()))
    assert [to for _, _, to in world.network.sent] == [("192.168.1.255", 30000)]
    world.close()


def test_a_lost_one_is_sent_again_after_the_gap(world: World) -> None:
    device = world.device(script=[stays_silent])
    answer = world.run(read(world, device))
    assert [attempt.outcome for attempt in answer.attempts] == ["no_answer", "answered"]
    assert device.moments == [0.0, 5.0]


def test_one_that_never_answers_is_unreachable(world: World) -> None:
    with pytest.raises(DeviceUnreachable, match="3 attempts") as failed:
        world.run(read(world, world.device(always=stays_silent)))
    assert not isinstance(failed.value, HearsOnlyBroadcasts)
    assert len(failed.value.attempts) == 3


def test_an_order_goes_first_and_to_its_device_alone(world: World) -> None:
    deaf, other, _third = three(world)

    async def both() -> None:
        await world.ask(other)
        reading = asyncio.ensure_future(read(world, deaf))
        await asyncio.sleep(0.1)
        await asyncio.gather(world.order(other), reading)

    world.run(both())
    assert other.methods == ["ES.GetStatus", "ES.SetMode", "ES.GetStatus"]
    assert deaf.methods == ["ES.GetStatus"]


def test_a_write_is_never_broadcast_and_its_failure_says_why(world: World) -> None:
    deaf, *others = three(world)
    deaf.always = stays_silent
    with pytest.raises(HearsOnlyBroadcasts) as failed:
        world.run(read(world, deaf, CHARGE))
    assert str(failed.value) == (
        "192.168.1.100:30000 did not answer ES.SetMode: its firmware hears only broadcasts, which "
        "would order every battery: update it."
    )
    assert {to[0] for _, _, to in world.network.sent} == {deaf.ip}
    assert [other.methods for other in others] == [[], []]


def test_a_write_that_is_answered_is_an_answer_like_any_other(world: World) -> None:
    assert world.run(read(world, world.device(), CHARGE)).was_broadcast is False


def test_no_mode_is_read_while_that_of_another_battery_must_rest(world: World) -> None:
    deaf, other, _third = three(world)

    async def both() -> None:
        await world.order(other, mode_read_quiet_s=120.0)
        await asyncio.sleep(100)
        await read(world, deaf, Request.read("ES.GetMode"))

    with pytest.raises(ModeReadTooSoon):
        world.run(both())
    assert deaf.methods == []


def test_what_comes_too_late_to_its_turn_is_not_sent(world: World) -> None:
    deaf, other, _third = three(world)
    other.always = stays_silent

    async def both() -> None:
        silent = asyncio.ensure_future(world.ask(other, read_retries=0, read_timeout_s=20.0))
        await asyncio.sleep(0.1)
        with pytest.raises(DeadlinePassed):
            await read(world, deaf, deadline_s=5.0)
        with pytest.raises(DeviceUnreachable):
            await silent
        await world.ask(_third)

    world.run(both())
    assert deaf.methods == []
    assert _third.methods == ["ES.GetStatus"], "the socket was given back"


def test_closing_ends_it_at_once(world: World) -> None:
    async def close() -> object:
        device = world.device(always=stays_silent)
        reading = asyncio.ensure_future(read(world, device, profile=replace(OLD, read_retries=1)))
        await asyncio.sleep(3.0)  # between its attempts
        await world.gateway.close()
        return (await asyncio.gather(reading, return_exceptions=True))[0]

    assert isinstance(world.run(close()), GatewayClosed)
    assert world.now == 3.0
