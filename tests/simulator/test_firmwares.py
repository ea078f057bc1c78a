import json

import pytest

from batteries.simulator.errors import SettingWrong
from batteries.simulator.firmwares import FIRMWARES, firmware_named
from batteries.simulator.testing import request, set_mode
from tests.simulator.bench import Bench, settled

READS = (
    "Marstek.GetDevice", "Wifi.GetStatus", "BLE.GetStatus", "Bat.GetStatus", "ES.GetStatus",
    "ES.GetMode", "EM.GetStatus", "PV.GetStatus",
)  # fmt: skip
BEFORE_150 = (
    "venus-e3-148", "venus-e3-144", "venus-e3-139", "venus-a-148", "hmg50-153", "hmg50-155",
)  # fmt: skip


def outcome(bench: Bench, method: str) -> object:
    """ "silent", an error code with its data, or "ok"."""
    answer = bench.reply(request(method), after_s=60)
    if answer is None:
        return "silent"
    error = answer.get("error")
    return (error["code"], error.get("data")) if error else "ok"


@pytest.mark.parametrize("name", sorted(FIRMWARES))
def test_every_firmware_answers_as_its_table_says(name: str) -> None:
    bench = settled(profile=name)
    firmware = bench.device.firmware
    for method in READS:
        expected: object = "silent" if method in firmware.silent else "ok"
        expected = (-32601, 424) if method in firmware.missing else expected
        assert outcome(bench, method) == expected


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("venus-e3-150", ["PV.GetStatus", "ES.GetSchedule", "wifi.GetStatus"]),
        ("venus-e3-144", ["DOD.SET", "Led.Ctrl", "Set.Ver", "PV.GetStatus"]),
        ("venus-e3-148", ["Set.Ver", "Reset.Factory"]),
        ("hmg50-156", ["DOD.SET", "Led.Ctrl", "Ble.Adv", "PV.GetStatus"]),
    ],
)
def test_missing_methods_are_not_found(name: str, missing: list[str]) -> None:
    bench = settled(profile=name)
    assert {outcome(bench, method) for method in missing} == {(-32601, 424)}


def test_139_is_silent_on_its_status_and_scales_what_it_says() -> None:
    bench = settled(profile="venus-e3-139", soc_percent=45)
    assert bench.ask("ES.GetStatus", after_s=30) is None
    battery = bench.ask("Bat.GetStatus", after_s=30)
    assert battery["bat_capacity"] == pytest.approx(230, abs=3)
    assert battery["bat_temp"] == pytest.approx(180, abs=3)


@pytest.mark.parametrize(("name", "answers"), [("venus-e3-150", False), ("hmg50-156", True)])
def test_string_ids(name: str, answers: bool) -> None:
    reply = settled(profile=name).reply(request("ES.GetStatus", request_id="17"))
    assert (reply is not None) is answers
    assert not answers or reply["id"] == "17"


def test_ids_keep_sixteen_bits() -> None:
    assert settled().reply(request("ES.GetStatus", request_id=70001))["id"] == 4465


@pytest.mark.parametrize("name", BEFORE_150)
def test_old_builds_send_some_replies_twice(name: str) -> None:
    bench = settled(profile=name)
    copies = [bench.send(request("ES.GetMode"), after_s=60) for _ in range(100)]
    doubles = [pair for pair in copies if len(pair) == 2]
    assert 3 <= len(doubles) <= 25
    assert all(first[1] == second[1] and first[0] < second[0] for first, second in doubles)


@pytest.mark.parametrize("name", ["venus-e3-150", "hmg50-156", "venus-d-150"])
def test_stable_builds_never_send_twice(name: str) -> None:
    bench = settled(profile=name)
    assert {len(bench.send(request("ES.GetMode"), after_s=60)) for _ in range(100)} == {1}


def test_148_falls_to_auto_when_the_mode_is_read_too_soon() -> None:
    bench = settled(profile="venus-e3-148", soc_percent=60)
    bench.passive(500, cd_time=600)
    assert bench.ask("ES.GetMode", after_s=10)["mode"] == "Passive"
    bench.wait(95)
    assert bench.ask("ES.GetMode")["mode"] == "Auto"


def test_148_stays_when_the_mode_is_read_late() -> None:
    bench = settled(profile="venus-e3-148", soc_percent=60)
    bench.passive(500, cd_time=600)
    assert bench.ask("ES.GetMode", after_s=121)["mode"] == "Passive"
    bench.wait(200)
    assert bench.ask("ES.GetMode")["mode"] == "Passive"


def test_150_stays_however_soon_the_mode_is_read() -> None:
    bench = settled(soc_percent=60)
    bench.passive(500, cd_time=600)
    bench.ask("ES.GetMode", after_s=3)
    bench.wait(200)
    assert bench.ask("ES.GetMode")["mode"] == "Passive"


def test_148_keeps_saying_ups_in_a_later_manual() -> None:
    bench = settled(profile="venus-e3-148", soc_percent=40, power_error=0.0)
    bench.order("UPS")
    bench.slot(0, "11:00", "14:00", -300)
    bench.wait(100)
    assert bench.ask("ES.GetMode")["mode"] == "UPS"
    assert bench.power_w == 300
    bench.order("Auto")
    assert bench.ask("ES.GetMode", after_s=130)["mode"] == "Auto"


@pytest.mark.parametrize("name", ["hmg50-156", "venus-e3-144"])
def test_firmware_without_ups_refuses_it(name: str) -> None:
    assert settled(profile=name).order("UPS") is False


@pytest.mark.parametrize(("name", "answer"), [("venus-e3-150", False), ("hmg50-156", True)])
def test_150_refuses_the_mode_it_is_in(name: str, answer: bool) -> None:
    assert settled(profile=name).order("Auto") is answer


def test_mode_may_be_an_integer() -> None:
    bench = settled(profile="hmg50-153")
    assert bench.ask("ES.GetMode")["mode"] == 0
    bench.passive(0)
    assert bench.ask("ES.GetMode")["mode"] == 3


def test_153_leaves_the_macs_out() -> None:
    reply = settled(profile="hmg50-153").reply(request("Marstek.GetDevice"))
    assert reply["result"] == {"device": "VenusE", "ver": 153, "ip": "127.0.0.11"}
    assert reply["src"] == "VenusE-bc2a33000001"


def test_wifi_mac_is_the_one_of_the_access_point() -> None:
    first, second = (settled(ble_mac=mac) for mac in ("bc2a33000001", "bc2a33000002"))
    answers = [bench.ask("Marstek.GetDevice", ble_mac="0") for bench in (first, second)]
    assert answers[0]["wifi_mac"] == answers[1]["wifi_mac"]
    assert answers[0]["ble_mac"] != answers[1]["ble_mac"]


def test_a_device_answers_to_its_own_mac_and_to_nobody_elses() -> None:
    bench = settled()
    assert bench.ask("Marstek.GetDevice", ble_mac="bc2a33000001")["ver"] == 150
    assert bench.ask("Marstek.GetDevice", ble_mac="bc2a33000002") is None


def test_signal_is_negative_but_on_153() -> None:
    assert settled().ask("Wifi.GetStatus")["rssi"] < -40
    assert settled(profile="hmg50-153").ask("Wifi.GetStatus")["rssi"] > 40


def test_153_gives_the_battery_power_in_tenths_of_a_watt() -> None:
    bench = settled(profile="hmg50-153", soc_percent=40, power_error=0.0)
    bench.passive(-1000)
    assert bench.ask("ES.GetStatus", after_s=10)["bat_power"] == 9550
    battery = bench.ask("Bat.GetStatus", after_s=10)
    assert battery["bat_voltage"] == 5120
    assert battery["bat_current"] == pytest.approx(955 / 51.2 * 100, abs=1)


@pytest.mark.parametrize("name", sorted(set(FIRMWARES) - {"hmg50-153", "venus-e3-139"}))
def test_all_others_leave_the_battery_power_out(name: str) -> None:
    status = settled(profile=name).ask("ES.GetStatus")
    assert "bat_power" not in status
    assert status["bat_soc"] == 50


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("venus-e3-150", 123_456),
        ("hmg50-153", 12_345),
        ("hmg50-156", 1_234),
        ("venus-a-149", 123_456),
    ],
)
def test_counters_have_the_scale_of_the_firmware(name: str, raw: int) -> None:
    bench = Bench(profile=name, mode="Passive", charged_wh=123_456.7)
    assert bench.ask("ES.GetStatus")["total_grid_input_energy"] == raw


def test_remaining_energy_has_the_scale_of_the_firmware() -> None:
    def raw(name: str) -> float:
        bench = Bench(profile=name, mode="Passive", soc_percent=50)
        return float(bench.ask("Bat.GetStatus")["bat_capacity"])

    assert raw("venus-e3-150") == 2560
    assert raw("hmg50-153") == 256_000
    assert raw("venus-a-149") == 1040


def test_144_freezes_its_counters() -> None:
    bench = settled(profile="venus-e3-144", soc_percent=40)
    before = bench.ask("ES.GetStatus", after_s=30)["total_grid_input_energy"]
    bench.passive(-2000, after_s=30)
    bench.wait(600)
    assert bench.ask("ES.GetStatus", after_s=30)["total_grid_input_energy"] == before
    assert bench.device.cells.charged_wh > 300


def test_the_meter_keys_of_the_mode_are_zeros_outside_ai() -> None:
    bench = settled(load_w=9000.0, soc_percent=60)
    mode = bench.ask("ES.GetMode")
    assert (mode["ct_state"], mode["total_power"], mode["input_energy"]) == (0, 0, 0)
    assert bench.ask("EM.GetStatus")["total_power"] == 6500


def test_in_ai_the_meter_keys_are_live() -> None:
    bench = settled(load_w=9000.0, soc_percent=90)
    bench.order("AI")
    mode = bench.ask("ES.GetMode", after_s=1800)
    assert (mode["ct_state"], mode["total_power"]) == (1, 6500)
    assert mode["input_energy"] == pytest.approx(bench.house.imported_wh * 10, abs=1)


@pytest.mark.parametrize("name", ["venus-e3-144", "hmg50-155"])
def test_some_firmware_has_no_meter_keys_in_the_mode(name: str) -> None:
    assert "ct_state" not in settled(profile=name).ask("ES.GetMode")


def test_153_has_no_meter_to_ask() -> None:
    assert settled(profile="hmg50-153").ask("EM.GetStatus") == {"id": 0, "parse_state": 0}


def test_156_adds_the_parse_state() -> None:
    assert settled(profile="hmg50-156").ask("EM.GetStatus")["parse_state"] == 1


def test_polling_steals_the_meter_of_an_hmg50() -> None:
    bench = settled(profile="hmg50-156", soc_percent=60, load_w=600.0)
    for _ in range(3):
        bench.ask("EM.GetStatus", after_s=30)
    assert bench.ask("EM.GetStatus", after_s=10)["ct_state"] == 0
    assert bench.power_w == 0
    assert bench.reason == "no meter"
    bench.wait(185)
    assert bench.power_w == pytest.approx(-600)


def test_rare_polling_leaves_the_meter_alone() -> None:
    bench = settled(profile="hmg50-156", soc_percent=60, load_w=600.0)
    for _ in range(10):
        bench.ask("ES.GetStatus", after_s=115)
        assert bench.ask("EM.GetStatus", after_s=5)["ct_state"] == 1
    assert bench.power_w == pytest.approx(-600)


def test_polling_leaves_the_meter_of_other_models_alone() -> None:
    bench = settled(soc_percent=60, load_w=600.0)
    for _ in range(10):
        assert bench.ask("EM.GetStatus", after_s=20)["ct_state"] == 1


def test_panels_of_a_venus_a_have_their_scales() -> None:
    bench = settled(profile="venus-a-149", panels_w=400.0, soc_percent=50, panels_wh=257_000.0)
    panels = bench.ask("PV.GetStatus")
    assert (panels["pv1_power"], panels["pv2_power"], panels["pv4_state"]) == (1000, 100, 1)
    status = bench.ask("ES.GetStatus")
    assert status["pv_power"] == 400
    assert status["total_pv_energy"] == pytest.approx(25_700, abs=2)


def test_148_of_the_venus_a_hides_its_panels() -> None:
    status = settled(profile="venus-a-148", panels_w=400.0).ask("ES.GetStatus")
    assert (status["pv_power"], status["total_pv_energy"]) == (0, 0)


def test_panels_charge_the_cells_and_stop_when_full() -> None:
    bench = Bench(profile="venus-d-150", panels_w=500.0, soc_percent=90, mode="Manual")
    bench.wait(1800)
    assert bench.soc == pytest.approx(90 + 250 / 2560 * 100, abs=0.3)
    bench.wait(3600)
    assert bench.soc == pytest.approx(100)
    assert bench.ask("PV.GetStatus")["pv2_power"] == 0


def test_the_mini_refuses_passive() -> None:
    assert settled(profile="venus-e-mini-300").passive(500) is False


def test_the_mini_accepts_a_slot_and_ignores_its_power() -> None:
    bench = settled(profile="venus-e-mini-300", soc_percent=40, load_w=300.0)
    assert bench.slot(0, "11:00", "14:00", -1000, manual_set=1) is True
    bench.wait(20)
    assert bench.power_w == 0
    assert bench.slot(6, "11:00", "14:00", -1000, manual_set=1) is False


def test_the_mini_follows_the_meter_in_a_slot_of_kind_three() -> None:
    bench = settled(profile="venus-e-mini-300", soc_percent=60, load_w=300.0)
    bench.slot(0, "11:00", "14:00", 0, manual_set=3)
    bench.wait(20)
    assert bench.power_w == pytest.approx(-300)


def test_the_mini_needs_the_kind_of_a_slot() -> None:
    bench = settled(profile="venus-e-mini-300")
    settings = {"time_num": 0, "start_time": "11:00", "end_time": "14:00", "week_set": 127}
    payload = set_mode("Manual", **settings, power=0, enable=1)
    assert bench.reply(payload)["error"]["code"] == -32602


def test_an_hmg50_answers_to_its_own_port_number() -> None:
    for name, own in (("hmg50-156", True), ("venus-e3-150", False)):
        bench = settled(profile=name)
        assert bench.device.respond(request("ES.GetMode"), bench.now + 5)[0].to_own_port is own


def test_an_unknown_profile_is_named_with_the_known_ones() -> None:
    with pytest.raises(SettingWrong, match=r"unknown profile 'venus'; known: hmg50-153, .*150"):
        firmware_named("venus")


def test_an_answer_is_one_json_object_with_id_source_and_result() -> None:
    ((_, payload),) = settled().send(request("BLE.GetStatus", request_id=523))
    assert json.loads(payload) == {
        "id": 523,
        "src": "VenusE 3.0-bc2a33000001",
        "result": {"id": 0, "state": "disconnect", "ble_mac": "bc2a33000001"},
    }
