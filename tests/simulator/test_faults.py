import json

import pytest

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.errors import FaultsWrong
from batteries.simulator.faults import NO_FAULTS, with_changes
from batteries.simulator.testing import request
from tests.simulator.bench import Bench, settled

STATUS = request("ES.GetStatus")


def broken(**faults: object) -> Bench:
    bench = settled(soc_percent=60, load_w=300.0)
    bench.break_it(**faults)
    return bench


def outcomes(device: SimulatedDevice) -> list[str]:
    return [seen.outcome for seen in device.trace.requests]


def test_lost_requests_are_asked_but_not_heard() -> None:
    bench = settled()
    bench.device.lose_next(2)
    assert [bench.ask("ES.GetStatus") is None for _ in range(3)] == [True, True, False]
    assert bench.device.asked == ["ES.GetStatus"] * 3
    assert outcomes(bench.device) == ["request lost", "request lost", "answered"]


def test_a_lost_reply_leaves_the_order_done() -> None:
    bench = settled(soc_percent=60)
    bench.device.lose_next(1, way="reply")
    assert bench.passive(1000) is None
    bench.wait(5)
    assert bench.power_w == -996
    assert outcomes(bench.device) == ["reply lost"]


def test_a_lost_request_leaves_the_order_undone() -> None:
    bench = broken(lose_request_rate=1)
    assert bench.passive(1000) is None
    assert bench.device.orders.mode == "Auto"


@pytest.mark.parametrize("way", ["lose_request_rate", "lose_reply_rate"])
def test_a_rate_loses_its_part(way: str) -> None:
    bench = broken(**{way: 0.25})
    answered = sum(bench.ask("ES.GetStatus") is not None for _ in range(1000))
    assert 700 < answered < 800


def test_a_request_too_soon_after_the_last_reply_is_often_dropped() -> None:
    bench = settled()
    hasty = 0
    for _ in range(300):
        bench.ask("ES.GetStatus", after_s=10)
        hasty += bench.ask("ES.GetStatus", after_s=1) is not None
    assert 50 < hasty < 130
    assert outcomes(bench.device).count("too soon") == 300 - hasty


def test_after_two_seconds_of_rest_every_request_is_heard() -> None:
    bench = settled()
    assert all(bench.ask("ES.GetStatus", after_s=2.5) for _ in range(200))


def test_old_firmware_needs_a_longer_rest() -> None:
    bench = settled(profile="venus-e3-148")
    heard = [bench.ask("EM.GetStatus", after_s=2.5) is not None for _ in range(200)]
    assert heard.count(False) > 30


def test_latency_is_within_its_range() -> None:
    bench = settled()
    usual = [bench.send(STATUS)[0][0] for _ in range(50)]
    assert all(0.07 <= delay_s <= 0.15 for delay_s in usual)
    bench.break_it(latency_s=[1.0, 1.4])
    assert all(1.0 <= bench.send(STATUS)[0][0] <= 1.4 for _ in range(50))


def test_a_late_answer_comes_after_the_usual_one() -> None:
    bench = broken(late_rate=1, late_s=[3, 8])
    assert all(3.07 <= bench.send(STATUS, after_s=60)[0][0] <= 8.15 for _ in range(50))


def test_a_duplicate_is_the_same_answer_twice() -> None:
    (first_s, first), (second_s, second) = broken(duplicate_rate=1).send(STATUS)
    assert first == second
    assert second_s > first_s


def test_wrong_ids_are_not_the_ones_asked() -> None:
    bench = broken(wrong_id_rate=1)
    assert 7 not in [bench.reply(STATUS)["id"] for _ in range(50)]


def test_null_everywhere_leaves_no_value() -> None:
    answer = broken(null_rate=1).ask("ES.GetStatus")
    assert {answer[key] for key in answer if key != "id"} == {None}


def test_parse_errors_carry_id_zero_and_402_or_403() -> None:
    bench = broken(parse_error_rate=1)
    answers = [bench.reply(STATUS) for _ in range(50)]
    assert {answer["id"] for answer in answers} == {0}
    assert {answer["error"]["code"] for answer in answers} == {-32700}
    assert {answer["error"]["data"] for answer in answers} == {402, 403}


def test_an_empty_datagram_freezes_the_api_until_a_reboot() -> None:
    bench = settled()
    assert bench.send(b"") == []
    bench.wait(7200)
    assert bench.ask("ES.GetStatus") is None
    assert outcomes(bench.device)[-1] == "frozen"
    bench.device.reboot()
    bench.wait(60)
    assert bench.ask("ES.GetStatus")["bat_soc"] == 50


def test_garbage_is_not_the_answer() -> None:
    bench = broken(garbage_rate=1)
    payloads = [bench.send(STATUS)[0][1] for _ in range(50)]
    assert not any(b"result" in payload for payload in payloads)


def test_an_oversized_answer_is_larger_than_any_buffer() -> None:
    assert len(broken(oversize_rate=1).send(STATUS)[0][1]) > 4096


def test_a_truncated_answer_is_no_json() -> None:
    bench = broken(truncate_rate=1)
    for _ in range(30):
        with pytest.raises(json.JSONDecodeError):
            json.loads(bench.send(STATUS)[0][1])


def test_a_foreign_answer_leaves_from_elsewhere() -> None:
    bench = broken(foreign_address_rate=1)
    assert bench.device.respond(STATUS, bench.now + 5)[0].from_stranger


def test_a_refused_write_does_nothing_and_says_so() -> None:
    bench = broken(refuse_write_rate=1)
    assert bench.passive(1000) is False
    assert bench.device.orders.mode == "Auto"


def test_an_ignored_write_does_nothing_and_says_yes() -> None:
    bench = broken(ignore_write_rate=1)
    assert bench.passive(1000) is True
    bench.wait(10)
    assert bench.device.orders.mode == "Auto"
    assert bench.power_w == pytest.approx(-300)


def test_the_first_write_after_a_pause_is_refused() -> None:
    bench = broken(refuse_first_write=True)
    assert [bench.passive(1000, after_s=pause) for pause in (5, 5, 5, 90, 5)] == [
        False, True, True, False, True,
    ]  # fmt: skip


def test_the_first_passive_has_no_power_until_it_is_repeated() -> None:
    bench = broken(ignore_first_passive=True)
    assert bench.passive(1000) is True
    bench.wait(10)
    assert (bench.device.orders.mode, bench.power_w) == ("Passive", 0)
    bench.passive(1000)
    bench.wait(5)
    assert bench.power_w == -996


def test_a_mode_drops_silently_after_a_while() -> None:
    bench = broken(mode_drop_after_s=[120, 300])
    bench.passive(1000, cd_time=3600)
    bench.wait(119)
    assert bench.device.orders.mode == "Passive"
    bench.passive(1000, cd_time=3600)  # a renewal does not put the drop off
    bench.wait(300)
    assert bench.device.orders.mode == "Auto"


def test_the_api_goes_off_for_a_while() -> None:
    bench = settled()
    bench.device.switch_api_off(120)
    assert bench.ask("ES.GetStatus", after_s=119) is None
    assert bench.ask("ES.GetStatus", after_s=2) is not None
    assert outcomes(bench.device) == ["off", "answered"]


def test_the_api_goes_off_by_rate_and_comes_back() -> None:
    bench = broken(api_off_rate=1, api_off_s=[60, 60])
    assert bench.ask("ES.GetStatus") is None
    bench.break_it()
    assert bench.ask("ES.GetStatus", after_s=59) is None
    assert bench.ask("ES.GetStatus", after_s=2) is not None


def test_the_battery_works_on_while_its_api_is_off() -> None:
    bench = broken(api_off=True)
    before = bench.soc
    bench.wait(3600)
    assert bench.soc < before - 5


def test_a_false_zero_lasts_some_polls() -> None:
    bench = settled()
    bench.device.show_zero_soc(3)
    assert [bench.ask("ES.GetStatus")["bat_soc"] for _ in range(5)] == [0, 0, 0, 50, 50]


def test_false_zeros_by_rate_come_in_runs() -> None:
    bench = broken(zero_soc_rate=0.05, zero_soc_polls=2)
    socs = [bench.ask("ES.GetStatus")["bat_soc"] for _ in range(200)]
    assert 4 < socs.count(0) < 60
    assert bench.soc > 50


def test_counters_dip_in_one_answer() -> None:
    bench = broken(counter_dip_rate=1)
    low = bench.ask("ES.GetStatus")["total_grid_input_energy"]
    bench.break_it()
    assert low < bench.ask("ES.GetStatus")["total_grid_input_energy"] * 0.96


def test_unicast_unanswered_hears_broadcasts() -> None:
    bench = broken(unicast_unanswered=True)
    assert bench.send(STATUS) == []
    assert len(bench.send(STATUS, is_broadcast=True)) == 1
    assert outcomes(bench.device) == ["unheard", "answered"]


def test_a_broadcast_only_unit_hears_some_methods_so() -> None:
    bench = settled(profile="hmg50-153", broadcast_only="ES.")
    assert bench.ask("ES.GetStatus") is None
    assert bench.ask("Marstek.GetDevice") is not None
    assert bench.reply(STATUS, after_s=20, is_broadcast=True)["id"] == 7


def test_silent_methods_are_silent() -> None:
    bench = broken(silent_methods=["EM.GetStatus"])
    assert bench.ask("EM.GetStatus") is None
    assert bench.ask("ES.GetStatus") is not None


def test_a_lost_meter_stops_auto_for_a_while() -> None:
    bench = settled(soc_percent=60, load_w=300.0)
    bench.device.lose_meter(100)
    assert bench.power_w == 0
    assert bench.ask("EM.GetStatus")["ct_state"] == 0
    bench.wait(96)
    assert bench.power_w == pytest.approx(-300)


def test_bat_get_status_may_reset_old_firmware() -> None:
    bench = broken(reset_on_battery_read_rate=1)
    bench.ask("Bat.GetStatus")
    assert bench.device.orders.mode == "Manual"


def test_an_override_puts_raw_values_on_the_wire() -> None:
    bench = broken(override={"ES.GetStatus": {"offgrid_power": 65_000, "bat_soc": "60"}})
    answer = bench.ask("ES.GetStatus")
    assert (answer["offgrid_power"], answer["bat_soc"]) == (65_000, "60")


def test_the_timetable_changes_faults_for_a_while() -> None:
    bench = settled()
    bench.device.overlay({"api_off": True}, since=bench.now + 10, until=bench.now + 60)
    heard = [bench.ask("ES.GetStatus", after_s=after) is not None for after in (9, 2, 48, 2)]
    assert heard == [True, False, False, True]


def test_the_timetable_lets_events_happen() -> None:
    bench = settled(soc_percent=60)
    bench.device.schedule(bench.now + 100, "reset_to_defaults")
    bench.device.schedule(bench.now + 200, "set_soc", {"value": 33})
    bench.wait(99)
    assert bench.device.orders.mode == "Auto"
    bench.wait(2)
    assert bench.device.orders.mode == "Manual"
    bench.wait(100)
    assert bench.soc == pytest.approx(33)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lose_request_rate", 1.5),
        ("lose_request_rate", True),
        ("late_s", [3, 1]),
        ("late_s", "soon"),
        ("api_off", 1),
        ("zero_soc_polls", 2.5),
        ("silent_methods", "ES.GetMode"),
        ("override", {"ES.GetMode": 3}),
        ("lose_everything", 1),
    ],
)
def test_a_wrong_fault_is_named(key: str, value: object) -> None:
    with pytest.raises(FaultsWrong, match=key):
        with_changes(NO_FAULTS, {key: value})


def story(seed: int) -> list[tuple[float, bytes]]:
    """All that a much troubled device sends on a fixed course of questions."""
    bench = settled(profile="venus-e3-148", seed=seed, load_w=[200.0, 900.0])
    bench.break_it(
        lose_request_rate=0.2, lose_reply_rate=0.2, duplicate_rate=0.2, garbage_rate=0.1,
        wrong_id_rate=0.1, late_rate=0.2, mode_drop_after_s=[60, 600],
    )  # fmt: skip
    sent = []
    for number in range(200):
        sent += bench.send(request("ES.GetStatus", request_id=number + 1), after_s=3)
    return sent


def test_the_same_seed_tells_the_same_story() -> None:
    assert story(1) == story(1)
    assert story(1) != story(2)
