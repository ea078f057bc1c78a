"""Discovery: who answers, who claims to, and that nobody else sends meanwhile."""

import asyncio
import json

import pytest

from batteries.marstek.discovery import Answered, FoundDevice, discover
from batteries.marstek.errors import GatewayClosed, NotSent, PortUnavailable

from .scripted import (
    OLD,
    Device,
    World,
    answers,
    answers_twice,
    encoded,
    replies_with,
    says,
    stays_silent,
)


def find(world: World, *ports: int, **options: object) -> list[FoundDevice]:
    return world.run(discover(world.gateway, ports or (30000,), **options))  # type: ignore[arg-type]


def two_devices(world: World) -> tuple[Device, Device]:
    return world.device("192.168.1.9", mac="00000000000a"), world.device(
        "192.168.1.100", mac="00000000000b"
    )


def test_finds_all_devices_once_in_order_of_address(world: World) -> None:
    two_devices(world)
    found = find(world)
    assert [(one.ip, one.device.ble_mac) for one in found] == [
        ("192.168.1.9", "00000000000a"),
        ("192.168.1.100", "00000000000b"),
    ]
    assert {one.answered for one in found} == {Answered.BROADCAST}
    assert found[0].profile.generation == 150


def test_asks_on_every_port_given(world: World) -> None:
    world.device("192.168.1.9", port=30001)
    world.device("192.168.1.9", port=30002, mac="00000000000b")
    assert [one.port for one in find(world, 30001, 30002)] == [30001, 30002]


def test_asks_each_round_with_id_0_and_nothing_else(world: World) -> None:
    find(world, repeats=2)
    sent = [json.loads(payload) for _, payload, _ in world.network.sent]
    question = {"id": 0, "method": "Marstek.GetDevice", "params": {"ble_mac": "0"}}
    assert sent == [question, question]
    assert {to for _, _, to in world.network.sent} == {("255.255.255.255", 30000)}


def test_no_round_but_the_first_begins_too_late(world: World) -> None:
    find(world, repeats=3, begin_within_s=3.0)
    assert [at for at, _, _ in world.network.sent] == [0.0, 2.5]
    find(world, repeats=3, begin_within_s=0.0)
    assert len(world.network.sent) == 3


def test_directed_broadcasts_are_given(world: World) -> None:
    find(world, broadcasts=["192.168.1.255", "10.0.0.255"], repeats=1)
    assert [to[0] for _, _, to in world.network.sent] == ["192.168.1.255", "10.0.0.255"]


def test_a_silent_address_is_asked_by_itself(world: World) -> None:
    two_devices(world)[0].script = [stays_silent, answers]
    found = find(world, addresses=["192.168.1.9", "192.168.1.100"], repeats=1)
    assert [one.answered for one in found] == [Answered.UNICAST, Answered.BROADCAST]
    assert ("192.168.1.100", 30000) not in [to for _, _, to in world.network.sent]


def test_without_a_mac_in_the_answer_that_of_the_source_counts(world: World) -> None:
    world.device(always=replies_with(result={"device": "VenusC", "ver": 153, "ip": "10.0.0.9"}))
    (found,) = find(world)
    assert (found.device.ble_mac, found.ip) == ("0123456789ab", "192.168.1.100")
    assert found.profile.family == "hmg50"


def test_without_any_mac_the_address_tells_devices_apart(world: World) -> None:
    nameless = replies_with(src="VenusE-xxxxxxxxxxxx", result={"device": "VenusE", "ver": 153})
    for ip in ("192.168.1.100", "192.168.1.101"):
        world.device(ip, always=nameless)
    found = find(world)
    assert [(one.ip, one.device.ble_mac) for one in found] == [
        ("192.168.1.100", None),
        ("192.168.1.101", None),
    ]
    assert [one.conflicts_with for one in found] == [(), ()]


def test_a_mac_that_comes_in_the_second_round_replaces_its_absence(world: World) -> None:
    world.device(script=[replies_with(src=None, result={"device": "VenusE 3.0", "ver": 150})])
    (found,) = find(world)
    assert found.device.ble_mac == "0123456789ab"


def test_a_mac_that_is_left_out_in_the_second_round_stays(world: World) -> None:
    nameless = replies_with(src=None, result={"device": "VenusE 3.0", "ver": 150})
    world.device(script=[answers, nameless, nameless])
    (found,) = find(world)
    assert found.device.ble_mac == "0123456789ab"


def test_an_answer_to_an_earlier_question_is_no_answer_to_this_one(world: World) -> None:
    world.device(always=replies_with(id=77))
    assert find(world, repeats=1) == []
    assert world.gateway.stats.unmatched == 1


def test_two_addresses_that_claim_one_mac_are_both_told(world: World) -> None:
    world.device("192.168.1.100")
    world.device("192.168.1.66")
    assert [one.conflicts_with for one in find(world)] == [
        ("192.168.1.100:30000",),
        ("192.168.1.66:30000",),
    ]


def test_one_address_with_two_macs_is_told(world: World) -> None:
    world.device(mac="00000000000a")
    world.device(mac="00000000000b")
    assert [one.conflicts_with for one in find(world)] == [("00000000000b",), ("00000000000a",)]


def test_what_is_no_answer_is_counted_and_never_raised(world: World) -> None:
    said = [b"", b"\xff", b"[1]", encoded({"id": 0, "result": {"x": 1}}), encoded({"id": 0})]
    said.append(encoded({"id": 0, "error": {"code": -32700, "message": "Parse error"}}))
    for number, payload in enumerate(said):
        world.device(f"10.0.0.{number}", always=says(payload))
    world.device(script=[answers_twice])
    assert [one.ip for one in find(world, repeats=1)] == ["192.168.1.100"]
    assert world.gateway.stats.malformed == len(said)


def test_our_own_broadcast_coming_back_is_no_device(world: World) -> None:
    world.device(always=lambda _device, request: [(0.001, encoded(request))])
    assert find(world, repeats=1) == []
    assert world.gateway.stats.echoed == 1


def test_a_flood_of_answers_ends_at_a_limit(world: World) -> None:
    for number in range(1100):
        world.device(f"10.0.{number // 250}.{number % 250}", mac=f"{number + 1:012x}")
    assert len(find(world, repeats=1)) == 1024


def test_nothing_is_in_flight_while_discovery_asks(world: World) -> None:
    device = world.device(latency_s=2.0)

    async def both() -> None:
        asking = asyncio.ensure_future(world.ask(device))
        await asyncio.sleep(0.5)
        later = asyncio.ensure_future(discover(world.gateway, [30000], repeats=1))
        await asyncio.sleep(0.1)
        await asyncio.gather(asking, later, world.ask(device))

    world.run(both())
    assert device.methods == ["ES.GetStatus", "Marstek.GetDevice", "ES.GetStatus"]
    assert device.moments == [0.0, 4.5, 9.0]  # after the answer and its gap; then after its own


def test_an_old_device_keeps_its_longer_gap_after_a_broadcast(world: World) -> None:
    device = world.device()

    async def both() -> None:
        await world.ask(device, profile=OLD)
        await discover(world.gateway, [30000], repeats=1)
        await world.ask(device, profile=OLD)

    world.run(both())
    assert device.moments == [0.0, 5.1, 10.2]


def test_an_order_gets_the_socket_within_seconds(world: World) -> None:
    device = world.device()

    async def order_during_discovery() -> float:
        looking = asyncio.ensure_future(discover(world.gateway, [30000], repeats=3))
        await asyncio.sleep(0.2)
        await world.order(device)
        ordered_at = world.now
        await looking
        return ordered_at

    assert world.run(order_during_discovery()) <= 3.0
    assert device.methods == ["Marstek.GetDevice", "ES.SetMode"] + ["Marstek.GetDevice"] * 2


def test_an_order_that_waits_goes_before_discovery(world: World) -> None:
    device = world.device()

    async def both() -> None:
        await world.ask(device)
        await asyncio.gather(
            discover(world.gateway, [30000], repeats=1), world.order(device), world.ask(device)
        )

    world.run(both())
    assert device.methods[:3] == ["ES.GetStatus", "ES.SetMode", "Marstek.GetDevice"]


def test_an_order_during_the_wait_for_quiet_goes_before_discovery(world: World) -> None:
    device = world.device()

    async def order_in_the_gap() -> None:
        await world.ask(device)
        looking = asyncio.ensure_future(discover(world.gateway, [30000], repeats=1))
        await asyncio.sleep(1.0)
        await world.order(device)
        await looking

    world.run(order_in_the_gap())
    assert device.methods == ["ES.GetStatus", "ES.SetMode", "Marstek.GetDevice"]


def test_a_device_that_ignores_the_broadcast_is_left_alone_as_long(world: World) -> None:
    device = world.device()

    async def ask_after_discovery() -> None:
        await world.ask(device, profile=OLD)
        device.script = [stays_silent]
        await discover(world.gateway, [30000], repeats=1)
        await world.ask(device, profile=OLD)

    world.run(ask_after_discovery())
    assert device.moments == [0.0, 5.1, 10.1]


def test_a_stream_of_orders_does_not_keep_discovery_away_for_ever(world: World) -> None:
    busy, other = two_devices(world)

    async def both() -> list[FoundDevice]:
        orders = [asyncio.ensure_future(world.order(busy, deadline_s=600)) for _ in range(60)]
        found = await discover(world.gateway, [30000], repeats=1)
        assert not all(order.done() for order in orders)
        await asyncio.gather(*orders)
        return found

    assert other.ip in [one.ip for one in world.run(both())]
    assert other.moments[0] < 60


def test_two_searches_at_once_take_turns(world: World) -> None:
    device = world.device()

    async def both() -> None:
        searches = (discover(world.gateway, [30000], repeats=1) for _ in range(2))
        results = await asyncio.gather(*searches)
        assert [len(found) for found in results] == [1, 1]

    world.run(both())
    assert device.moments[1] - device.moments[0] >= 2.5


def test_a_cancelled_search_gives_the_socket_back(world: World) -> None:
    device = world.device()

    async def cancel() -> None:
        looking = asyncio.ensure_future(discover(world.gateway, [30000]))
        await asyncio.sleep(0.5)
        looking.cancel()
        await world.ask(device)

    world.run(cancel())
    assert device.methods == ["Marstek.GetDevice", "ES.GetStatus"]


def test_a_search_that_is_cancelled_while_it_waits_gives_the_socket_back(world: World) -> None:
    device = world.device(latency_s=2.0)

    async def cancel() -> None:
        asking = asyncio.ensure_future(world.ask(device))
        await asyncio.sleep(0.1)
        looking = asyncio.ensure_future(discover(world.gateway, [30000]))
        await asyncio.sleep(0.1)
        looking.cancel()
        await asyncio.gather(asking, world.ask(device))

    world.run(cancel())
    assert device.methods == ["ES.GetStatus", "ES.GetStatus"]


def test_close_ends_a_search_at_once(world: World) -> None:
    async def close() -> object:
        looking = asyncio.ensure_future(discover(world.gateway, [30000]))
        await asyncio.sleep(0.5)
        await world.gateway.close()
        return (await asyncio.gather(looking, return_exceptions=True))[0]

    assert isinstance(world.run(close()), GatewayClosed)
    assert world.now == 0.5


def test_a_port_in_use_is_told_before_anything_is_sent(world: World) -> None:
    world.network.occupy(30001)
    with pytest.raises(PortUnavailable):
        find(world, 30000, 30001)
    assert world.network.sent == []
    world.network.free(30001)


def test_a_network_that_is_away_is_no_empty_result(world: World) -> None:
    world.network.unreachable.add("255.255.255.255")
    with pytest.raises(NotSent, match="Network is unreachable"):
        find(world)


def test_a_turn_given_between_two_rounds_is_over_before_the_next_one(world: World) -> None:
    device = world.device(latency_s=0.05)  # its gap ends with the first round

    async def both() -> None:
        await world.ask(device, quiet_gap_s=2.4)
        looking = asyncio.ensure_future(discover(world.gateway, [30000], repeats=2))
        await asyncio.gather(looking, world.ask(device, quiet_gap_s=2.4))

    world.run(both())
    assert device.methods == ["ES.GetStatus", "Marstek.GetDevice"] * 2
    assert device.moments == [0.0, 2.45, 4.95, 7.4]


def test_a_new_owner_searches_only_after_answers_to_the_former_one_are_over() -> None:
    world = World(settle_s=5.0)
    device = world.device()
    find(world, repeats=1)
    assert device.moments == [5.0]
    world.close()
