"""Answers into columns: units, signs, and what does not fit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batteries.marstek.errors import DeviceUnreachable, MethodMissing
from batteries.marstek.values import BatteryStatus, Device, EnergyStatus, MeterStatus, WifiStatus
from batteries.readings import Reading, fault_code, small, take

AT = datetime(2026, 1, 14, 12, tzinfo=UTC)


def taken(value: object) -> Reading:
    reading = Reading()
    take(value, reading, AT)
    return reading


@pytest.mark.parametrize(
    ("value", "kept"),
    [(None, None), (0, 0), (590.4, 590), (-32768, -32768), (32768, None), (65000, None)],
)
def test_a_number_that_does_not_fit_two_bytes_is_missing(value: float, kept: int | None) -> None:
    assert small(value) == kept


def test_an_absent_power_leaves_no_key_and_no_moment() -> None:
    reading = taken(EnergyStatus(soc_percent=40))
    assert reading.row == {"soc": 40}
    assert reading.state == {"soc": 40, "soc_at": AT}


def test_zero_watts_is_a_reading() -> None:
    reading = taken(EnergyStatus(battery_power_w=0, ongrid_power_w=0))
    assert reading.row == {"bat_power": 0, "ongrid_power": 0}
    assert reading.state["status_at"] == AT


def test_a_lost_meter_keeps_the_last_grid_power_and_says_that_it_is_lost() -> None:
    reading = taken(MeterStatus(ct_connected=False))
    assert reading.row == {}
    assert reading.state == {"ct_connected": False, "meter_at": AT}


def test_a_wired_battery_has_no_signal() -> None:
    assert taken(WifiStatus(rssi_dbm=None)).state["rssi_dbm"] is None


def test_energy_left_and_temperature_go_to_row_and_state() -> None:
    reading = taken(BatteryStatus(temperature_c=24.5, remaining_wh=2652, rated_capacity_wh=5120))
    assert reading.row == {"bat_temp": 24.5, "bat_capacity": 2652}
    assert reading.state["rated_capacity"] == 5120


def test_the_identity_is_not_taken_with_the_model() -> None:
    state = taken(Device(model="VenusE 3.0", firmware=1476, ble_mac="bc2a33000001")).state
    assert state == {"model": "VenusE 3.0", "firmware": 1476, "device_at": AT}


def test_fault_codes_are_the_names_of_the_errors() -> None:
    assert fault_code(DeviceUnreachable("h", 1, "m", 1)) == "device_unreachable"
    assert fault_code(MethodMissing("h", "m", -32601, "")) == "method_missing"
