"""Answers of real devices, kept outside this repository: right units and signs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from batteries.marstek.capture import decoded_line

REPOSITORY = Path(__file__).parents[2]
SHARED_DIR = Path(os.environ.get("SHARED_DIR", REPOSITORY.parent / "shared"))
ANSWERS = SHARED_DIR / "data" / "real_answers.jsonl"

pytestmark = pytest.mark.skipif(
    not ANSWERS.is_file(), reason="real_answers.jsonl is not at hand: set SHARED_DIR"
)

COUNT = 49
# line: what its typed value must hold
WANTED: dict[int, dict[str, Any]] = {
    1: {"soc_percent": 21, "ongrid_power_w": 185, "battery_power_w": None, "pv_power_w": None},
    2: {"soc_percent": 23, "temperature_c": 14.0, "remaining_wh": 488, "rated_capacity_wh": 2080},
    4: {"ct_connected": True, "grid_power_w": 169, "imported_energy_wh": None},
    5: {"total_power_w": 185},
    6: {"mode": "auto", "soc_percent": 41, "ongrid_power_w": 318, "meter": None},
    8: {"grid_power_w": -16, "phase_a_power_w": 0},
    9: {"total_power_w": 110},
    12: {"mode": "manual", "ongrid_power_w": -497, "meter": None},
    13: {
        "ongrid_power_w": -497,
        "battery_power_w": 497,
        "discharged_energy_wh": 5102,
        "charged_energy_wh": 7816,
    },
    15: {
        "pv_power_w": 180,
        "battery_power_w": 180,
        "pv_energy_wh": 259_680,
        "discharged_energy_wh": 233_453,
        "charged_energy_wh": 18_770,
    },
    16: {"model": "VenusC", "firmware": 153, "ble_mac": "000000000005", "wifi_mac": None},
    17: {"mode": "auto", "ongrid_power_w": -984, "meter": None},
    18: {"ble_mac": "000000000006", "wifi_mac": "111111111106", "wifi_name": "WIFI_NAME"},
    19: {"battery_power_w": 75, "discharged_energy_wh": 109_220},
    20: {"is_connected": False, "ble_mac": "000000000009"},
    21: {"soc_percent": 11, "temperature_c": 2.0, "remaining_wh": 563},
    22: {"model": "VenusE", "firmware": 156, "reported_ip": "192.168.178.142"},
    23: {"temperature_c": 15.0, "remaining_wh": 716, "charge_allowed": True},
    24: {"code": -32700, "message": "Parse error", "data": 403},
    25: {"accepted": True},
    29: {"battery_power_w": 33, "charged_energy_wh": 1_324_551},
    33: {"battery_power_w": -1246, "ongrid_power_w": 1246, "soc_percent": 52},
    34: {"ct_connected": True, "grid_power_w": 2581, "phase_a_power_w": 2581},
    35: {"temperature_c": 31.0, "remaining_wh": 2652},
    36: {"code": -32601, "data": 424},
    38: {"discharged_energy_wh": 70_300, "charged_energy_wh": 91_900, "battery_power_w": 0},
    41: {"code": -32602, "data": 412},
    43: {"ongrid_power_w": -812, "battery_power_w": None, "pv_power_w": None},
    44: {"total_power_w": 473},
    46: {"model": "VenusE", "firmware": 153, "ble_mac": None},
    47: {"soc_percent": None, "ongrid_power_w": None, "discharged_energy_wh": 270_180},
    48: {"ble_mac": "aabbccddeeff", "reported_ip": "192.168.1.50"},
    49: {"accepted": False},
}
# line 30: the one answer whose meter is alive in ES.GetMode
AI_METER = {"ct_connected": True, "grid_power_w": -323, "imported_energy_wh": 40_805_619}


def documents() -> list[dict[str, Any]]:
    return [decoded_line(line) for line in ANSWERS.read_bytes().splitlines()]


def test_every_line_is_decoded() -> None:
    decoded = documents()
    assert len(decoded) == COUNT
    assert "unknown_method" not in {document["kind"] for document in decoded}


@pytest.mark.parametrize("number", WANTED)
def test_a_line_has_the_right_units_and_signs(number: int) -> None:
    value = documents()[number - 1]["value"]
    assert {name: value[name] for name in WANTED[number]} == WANTED[number]


def test_the_meter_is_read_in_ai_mode() -> None:
    value = documents()[29]["value"]
    assert value["mode"] == "ai"
    assert {name: value["meter"][name] for name in AI_METER} == AI_METER


def test_signs_follow_the_raw_answer_on_every_line() -> None:
    """Charging is where the AC side takes power: independent of the decoder's own arithmetic."""
    checked = 0
    for line, document in zip(ANSWERS.read_bytes().splitlines(), documents(), strict=True):
        if document["kind"] != "EnergyStatus" or document["value"]["ongrid_power_w"] is None:
            continue
        answer = json.loads(line)["answer"]
        raw = answer.get("result", answer)
        assert document["value"]["ongrid_power_w"] == raw["ongrid_power"]
        said = document["value"]["battery_power_w"]
        if said is None:  # panels whose power this firmware does not tell
            assert document["value"]["pv_power_w"] is None
            continue
        assert said == raw["pv_power"] - raw["ongrid_power"]
        checked += 1
    assert checked == 6


def test_profiles_come_from_model_and_firmware() -> None:
    profiles = [document["profile"] for document in documents()]
    assert {profile["family"] for profile in profiles} == {
        "venus_a",
        "venus_e3",
        "hmg50",
        "venus_e_mini",
    }
