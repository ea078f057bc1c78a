"""The gateway's rules (design.md section 4), each by name, in virtual time."""

import asyncio
import json

import pytest

from batteries.marstek.attempts import Outcome
from batteries.marstek.errors import (
    ArgumentInvalid,
    DeadlinePassed,
    DeviceRefused,
    DeviceUnreachable,
    MethodMissing,
    PortUnavailable,
    WrongDevice,
)
from batteries.marstek.gateway import Priority
from batteries.marstek.ports import Port
from batteries.marstek.sockets import Address, Link, OnDatagram
from batteries.marstek.stats import Stats
from batteries.marstek.values import EnergyStatus, WriteResult
from batteries.marstek.wire import Request

from .scripted import (
    CHARGE,
    METER,
    MODERN,
    OLD,
    STATUS,
    World,
    answers_after,
    answers_twice,
    encoded,
    parse_error,
    replies_with,
    says,
    stays_silent,
)


async def gather(*awaitables: object) -> list[object]:
    return await asyncio.gather(*awaitables, return_exceptions=True)  # type: ignore[call-overload,no-any-return]


# Rule 1: one exchange at a time per device, others in parallel, with quiet gaps.


def test_rule_1_one_exchange_at_a_time_with_the_gap_after_the_reply(world: World) -> None:
    device = world.device()
    world.run(gather(world.ask(device), world.ask(device), world.ask(device)))
    assert device.moments == [0.0, 2.6, 5.2]  # 0.1 s for the reply, then 2.5 s


def test_rule_1_the_gap_follows_the_profile(world: World) -> None:
    device = world.device()
    world.run(gather(world.ask(device, profile=OLD), world.ask(device, profile=OLD)))
    assert device.moments == [0.0, 5.1]


def test_rule_1_after_silence_the_time_out_and_then_the_gap(world: World) -> None:
    device = world.device(script=[stays_silent])
    world.run(gather(world.ask(device, read_retries=0), world.ask(device)))
    assert device.moments == [0.0, 5.0]  # 2.5 s time-out, 2.5 s gap


def test_rule_1_a_write_waits_5_s_for_its_answer(world: World) -> None:
    device = world.device(script=[answers_after(4.9)])
    assert world.run(world.order(device)).value == WriteResult(accepted=True)
    assert world.now == 4.9


def test_rule_1_the_gap_counts_from_a_late_answer(world: World) -> None:
    device = world.device(script=[answers_after(4.0)])
    world.run(gather(world.ask(device, read_retries=0), world.ask(device)))
    assert device.moments == [0.0, 6.5]


def test_rule_1_a_chatterbox_cannot_put_an_exchange_off_for_ever(world: World) -> None:
    device = world.device()
    for tenth in range(2, 300):
        world.network.deliver(b"{}", (device.ip, device.port), tenth / 10)
    world.run(gather(world.ask(device), world.ask(device)))
    assert device.moments[1] <= 0.1 + 2 * 2.5 + 0.001


def test_rule_1_devices_are_asked_in_parallel(world: World) -> None:
    devices = [world.device(f"192.168.1.{number}") for number in (100, 101, 102)]
    world.run(gather(*map(world.ask, devices)))
    assert [device.moments for device in devices] == [[0.0], [0.0], [0.0]]


def test_rule_1_devices_on_one_address_are_told_apart_by_port(world: World) -> None:
    devices = [world.device(port=port) for port in (30001, 30002)]
    world.run(gather(*map(world.ask, devices)))
    assert world.now == 0.1
    assert [device.moments for device in devices] == [[0.0], [0.0]]


def test_rule_1_of_200_devices_one_dead_costs_the_others_nothing(world: World) -> None:
    dead = world.device("10.0.1.1", always=stays_silent)
    devices = [world.device(f"10.0.0.{number}") for number in range(1, 200)]

    async def sweep() -> tuple[list[object], float, list[object]]:
        dying = asyncio.ensure_future(gather(world.ask(dead), world.ask(dead)))
        answers = await gather(*map(world.ask, devices))
        return answers, world.now, await dying

    answered, answered_at, failures = world.run(sweep())
    assert len(answered) == 199
    assert not any(isinstance(answer, Exception) for answer in answered)
    assert answered_at == 0.1
    assert [type(failure) for failure in failures] == [DeviceUnreachable] * 2


# Rule 2: an order goes ahead of waiting reads and of the retries of a read.


def test_rule_2_an_order_overtakes_queued_reads(world: World) -> None:
    device = world.device()
    world.run(
        gather(world.ask(device), world.ask(device, METER), world.ask(device), world.order(device))
    )
    assert device.methods == ["ES.GetStatus", "ES.SetMode", "EM.GetStatus", "ES.GetStatus"]


def test_rule_2_an_order_overtakes_the_retry_of_a_read(world: World) -> None:
    device = world.device(script=[stays_silent])

    async def order_during_the_time_out() -> object:
        await asyncio.sleep(1.0)
        return await world.order(device)

    world.run(gather(world.ask(device), world.ask(device, METER), order_during_the_time_out()))
    assert device.methods == ["ES.GetStatus", "ES.SetMode", "ES.GetStatus", "EM.GetStatus"]
    assert device.moments == [0.0, 5.0, 7.6, 10.2]  # never two at once


def test_rule_2_an_order_that_comes_during_the_gap_goes_next(world: World) -> None:
    device = world.device()

    async def order_in_the_gap() -> object:
        await asyncio.sleep(2.0)
        return await world.order(device)

    world.run(gather(world.ask(device), world.ask(device, METER), order_in_the_gap()))
    assert device.methods == ["ES.GetStatus", "ES.SetMode", "EM.GetStatus"]
    assert device.moments[1] == 2.6


def test_rule_2_orders_go_in_their_own_order(world: World) -> None:
    device = world.device()
    auto = Request.set_auto()
    first = world.ask(device, CHARGE, priority=Priority.ORDER)
    second = world.ask(device, auto, priority=Priority.ORDER)
    world.run(gather(first, second))
    payloads = [json.loads(payload) for _, payload, _ in world.network.sent]
    assert [sent["params"]["config"]["mode"] for sent in payloads] == ["Passive", "Auto"]


def test_rule_2_a_free_device_gets_an_order_at_once(world: World) -> None:
    device = world.device()
    world.run(world.order(device))
    assert device.moments == [0.0]


# Rule 3: ids, matching, and what is dropped.


def test_rule_3_ids_are_new_for_each_attempt(world: World) -> None:
    device = world.device(script=[stays_silent, stays_silent])
    answer = world.run(world.ask(device))
    ids = [asked.request_id for asked in device.asked]
    assert len(set(ids)) == 3
    assert [attempt.request_id for attempt in answer.attempts] == ids


def test_rule_3_ids_wrap_from_65535_to_1() -> None:
    world = World(first_id=65_534)
    device = world.device()
    world.run(gather(*(world.ask(device) for _ in range(3))))
    assert [asked.request_id for asked in device.asked] == [65_534, 65_535, 1]
    world.close()


def test_rule_3_a_parse_error_with_id_0_means_this_attempt_failed(world: World) -> None:
    device = world.device(script=[parse_error])
    answer = world.run(world.ask(device))
    outcomes = [attempt.outcome for attempt in answer.attempts]
    assert outcomes == [Outcome.PARSE_ERROR, Outcome.ANSWERED]
    assert device.moments == [0.0, 2.6]


def test_rule_3_a_parse_error_with_another_id_means_nothing(world: World) -> None:
    error = {"code": -32700, "message": "Parse error"}
    device = world.device(script=[replies_with(id=9, result="-", error=error)])
    answer = world.run(world.ask(device))
    assert [attempt.outcome for attempt in answer.attempts] == ["no_answer", "answered"]


def test_rule_3_a_parse_error_from_another_address_means_nothing(world: World) -> None:
    device, other = world.device(), world.device("192.168.1.101", script=[parse_error])
    device.latency_s = 2.0
    answer, refusal = world.run(gather(world.ask(device), world.ask(other, read_retries=0)))
    assert isinstance(refusal, DeviceRefused)
    assert not isinstance(answer, Exception)


def test_rule_3_a_second_answer_is_dropped_and_counted(world: World) -> None:
    device = world.device(script=[answers_twice])
    world.run(gather(world.ask(device), world.ask(device)))
    assert world.gateway.stats.duplicate == 1
    assert device.moments == [0.0, 2.7]  # the gap counts from the second copy


def test_rule_3_a_late_answer_is_dropped_and_counted(world: World) -> None:
    device = world.device(script=[answers_after(5.05)])  # arrives during the retry
    answer = world.run(world.ask(device))
    assert len(answer.attempts) == 2
    assert answer.latency_s == pytest.approx(0.1)
    assert world.gateway.stats.late == 1


def test_rule_3_wrong_ids_are_dropped_and_counted(world: World) -> None:
    device = world.device(script=[replies_with(id=4), replies_with(id="-"), replies_with(id="7")])
    with pytest.raises(DeviceUnreachable, match="3 attempts"):
        world.run(world.ask(device))
    assert world.gateway.stats.unmatched == 3


def test_rule_3_answers_from_other_addresses_are_dropped_and_counted(world: World) -> None:
    device = world.device(script=[stays_silent])

    async def forged() -> object:
        asking = asyncio.ensure_future(world.ask(device, read_retries=0))
        await asyncio.sleep(0.1)
        request = {"id": device.asked[0].request_id, "method": "ES.GetStatus"}
        world.network.deliver(device.reply(request), ("192.168.1.66", device.port))
        return (await gather(asking))[0]

    assert isinstance(world.run(forged()), DeviceUnreachable)
    assert world.gateway.stats.foreign == 1


def test_rule_3_our_own_request_coming_back_is_dropped_and_counted(world: World) -> None:
    def echoes(_device: object, request: dict[str, object]) -> list[tuple[float, bytes]]:
        return [(0.01, encoded(request)), (0.2, device.reply(request))]

    device = world.device(script=[echoes])
    answer = world.run(world.ask(device))
    assert answer.latency_s == pytest.approx(0.2)
    assert world.gateway.stats.echoed == 1


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\xff\xfe", b"{", b"[" * 4000, b"x" * 5000, b'{"id":1}', b"[]", b'{"id":1,"resul'],
)
def test_rule_3_garbage_is_dropped_and_counted(world: World, garbage: bytes) -> None:
    device = world.device(script=[says(garbage)])
    answer = world.run(world.ask(device))
    assert [attempt.outcome for attempt in answer.attempts] == ["no_answer", "answered"]
    assert world.gateway.stats.malformed == 1


def test_rule_3_nothing_empty_is_sent_and_no_write_is_broadcast(world: World) -> None:
    device = world.device(script=[stays_silent, parse_error])
    world.run(gather(world.ask(device), world.order(device)))
    assert all(payload for _, payload, _ in world.network.sent)
    assert {destination[0] for _, _, destination in world.network.sent} == {device.ip}


@pytest.mark.parametrize(
    "ip",
    [
        "255.255.255.255",
        "192.168.1.255",
        "224.0.0.1",
        "0.0.0.0",
        "venus.local",
        "192.168.001.010",
        "",
    ],
)
def test_rule_3_what_is_not_one_devices_address_is_never_asked(world: World, ip: str) -> None:
    with pytest.raises(ArgumentInvalid, match="one device"):
        world.run(world.order(world.device(ip)))
    assert world.network.sent == []


# Rule 4: retries follow the profile, within one deadline; what is missing stays missing.


def test_rule_4_retries_are_at_least_one_gap_apart(world: World) -> None:
    device = world.device(always=stays_silent)
    with pytest.raises(DeviceUnreachable, match=r"192.168.1.100:30000 .* ES.GetStatus \(3 att"):
        world.run(world.ask(device))
    assert device.moments == [0.0, 5.0, 10.0]
    assert world.now == 12.5


@pytest.mark.parametrize("request_", [STATUS, CHARGE])
def test_rule_4_no_retry_where_extra_datagrams_harm(world: World, request_: Request) -> None:
    device = world.device(always=stays_silent)
    with pytest.raises(DeviceUnreachable) as failure:
        world.run(world.ask(device, request_, profile=OLD))
    assert len(device.asked) == 1
    assert [attempt.outcome for attempt in failure.value.attempts] == [Outcome.NO_ANSWER]


def test_rule_4_all_retries_happen_within_one_deadline(world: World) -> None:
    device = world.device(always=stays_silent)
    with pytest.raises(DeviceUnreachable):
        world.run(world.ask(device, deadline_s=8.0))
    assert device.moments == [0.0, 5.0]
    assert world.now == 7.5  # 2.5 s after the second; a third could not start before 10 s


def test_rule_4_an_exchange_ends_with_the_deadline_but_the_device_stays_quiet(world: World) -> None:
    device = world.device(always=stays_silent)
    hasty, patient = world.ask(device, deadline_s=1.0), world.ask(device, read_retries=0)
    world.run(gather(hasty, patient))
    assert device.moments == [0.0, 5.0]


def test_rule_4_a_request_whose_deadline_passes_in_the_queue_is_never_sent(world: World) -> None:
    device = world.device()
    _, second = world.run(gather(world.ask(device), world.ask(device, METER, deadline_s=2.0)))
    assert isinstance(second, DeadlinePassed)
    assert second.attempts == ()
    assert device.methods == ["ES.GetStatus"]


def test_rule_4_a_retry_that_comes_too_late_ends_with_what_went_wrong(world: World) -> None:
    device = world.device(script=[stays_silent])
    orders = [world.order(device) for _ in range(3)]
    failure, *_ = world.run(gather(world.ask(device, deadline_s=8.0), *orders))
    assert isinstance(failure, DeviceUnreachable)
    assert len(failure.attempts) == 1


def test_rule_4_a_refusal_that_will_not_change_is_not_repeated(world: World) -> None:
    error = {"code": -32601, "message": "Method not found", "data": 424}
    device = world.device(script=[replies_with(result="-", error=error)])
    with pytest.raises(MethodMissing) as failure:
        world.run(world.ask(device))
    assert (failure.value.data, len(device.asked)) == (424, 1)


def test_rule_4_null_everywhere_gives_none_and_no_zero(world: World) -> None:
    nulls = dict.fromkeys(("bat_soc", "ongrid_power", "offgrid_power", "pv_power"))
    device = world.device(script=[replies_with(result=nulls)])
    assert world.run(world.ask(device)).value == EnergyStatus()


def test_rule_4_an_answer_without_result_is_tried_again(world: World) -> None:
    device = world.device(script=[replies_with(result=None), replies_with(result={"x": 1})])
    answer = world.run(world.ask(device))
    outcomes = [attempt.outcome for attempt in answer.attempts]
    assert outcomes == [Outcome.MALFORMED, Outcome.MALFORMED, Outcome.ANSWERED]


# Rule 5: signs are set right at this border.


def test_rule_5_charging_is_positive_in_values_and_negative_on_the_wire(world: World) -> None:
    device = world.device()
    answer = world.run(world.ask(device))
    assert isinstance(answer.value, EnergyStatus)
    assert (answer.value.ongrid_power_w, answer.value.battery_power_w) == (-984, 984)
    world.run(world.order(device))
    sent = json.loads(world.network.sent[-1][1])
    assert sent["params"]["config"]["passive_cfg"] == {"power": -1000, "cd_time": 600}


# Rule 7: identity is the MAC.


def test_rule_7_another_battery_at_the_address_is_no_answer(world: World) -> None:
    device = world.device(mac="0123456789ab")
    with pytest.raises(WrongDevice) as failure:
        world.run(world.ask(device, ble_mac="ffffffffffff"))
    assert failure.value.found_mac == "0123456789ab"
    assert [attempt.outcome for attempt in failure.value.attempts] == [Outcome.WRONG_DEVICE]


@pytest.mark.parametrize("src", ["-", None, "VenusE 3.0-xxxxx", "VenusE 3.0-<redacted>", "...", 7])
def test_rule_7_a_missing_or_masked_source_is_tolerated(world: World, src: object) -> None:
    device = world.device(script=[replies_with(src=src)])
    answer = world.run(world.ask(device, ble_mac="ffffffffffff"))
    assert len(answer.attempts) == 1


def test_rule_7_get_device_with_another_mac_is_no_answer(world: World) -> None:
    device = world.device(script=[replies_with(src="-")])
    with pytest.raises(WrongDevice):
        world.run(world.ask(device, Request.read("Marstek.GetDevice"), ble_mac="ffffffffffff"))


# Rule 9: the local port is the device's port.


def test_rule_9_the_local_port_is_the_devices_port(world: World) -> None:
    devices = [world.device(f"10.0.0.{last}", port=30000 + last % 2) for last in (1, 2, 3, 4)]
    world.run(gather(*map(world.ask, devices)))
    assert world.network.bound_ports == [30000, 30001]


def test_rule_9_a_port_in_use_is_an_error_and_heals_by_itself(world: World) -> None:
    device = world.device()
    world.network.occupy(30000)
    with pytest.raises(PortUnavailable, match=r"30000.*Address already in use"):
        world.run(world.ask(device))
    assert device.asked == []
    world.network.free(30000)
    assert world.run(world.ask(device, profile=MODERN)).source_ip == device.ip


def test_rule_9_a_transport_that_says_it_in_its_own_words_is_understood(world: World) -> None:
    async def fails(local_address: Address, on_datagram: OnDatagram) -> Link:
        raise OSError(98, "Address already in use")

    with pytest.raises(PortUnavailable, match="in use"):
        world.run(Port(Stats(), world.loop, settled_at=0.0).open(fails, ("127.0.0.1", 30000)))


def test_rule_9_another_local_port_only_by_setting() -> None:
    world = World(ephemeral_ports=True)
    world.run(gather(world.ask(world.device(), deadline_s=0.5)))
    assert world.network.bound_ports == [0]
    world.close()
