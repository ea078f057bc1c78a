"""Single answers into typed values: units, signs, and what is no such quantity."""

from typing import Any

import pytest

from batteries.marstek.profiles import Profile, profile_for
from batteries.marstek.values import (
    BatteryStatus,
    BleStatus,
    EnergyStatus,
    MeterStatus,
    Mode,
    ModeStatus,
    PvChannel,
    PvStatus,
    WifiStatus,
    WriteResult,
    with_solar,
)
from batteries.marstek.wire import decode

E3 = profile_for("VenusE 3.0", 150)
E3_139 = profile_for("VenusE 3.0", 139)
A = profile_for("VenusA", 150)
HMG_153 = profile_for("VenusE", 153)
HMG_156 = profile_for("VenusE", 156)


def energy(profile: Profile = E3, **result: Any) -> EnergyStatus:
    value = decode("ES.GetStatus", {"bat_soc": 50} | result, profile)
    assert isinstance(value, EnergyStatus)
    return value


def battery(profile: Profile = E3, **result: Any) -> BatteryStatus:
    value = decode("Bat.GetStatus", {"soc": 50} | result, profile)
    assert isinstance(value, BatteryStatus)
    return value


def mode(**result: Any) -> ModeStatus:
    value = decode("ES.GetMode", {"mode": None} | result, E3)
    assert isinstance(value, ModeStatus)
    return value


def test_missing_battery_power_is_derived() -> None:
    status = energy(A, pv_power=300, ongrid_power=-700, offgrid_power=50)
    assert status.battery_power_w == 950  # sun and grid in, back-up socket out


@pytest.mark.parametrize("missing", ["pv_power", "ongrid_power", "offgrid_power"])
def test_battery_power_is_unknown_where_a_part_is(missing: str) -> None:
    parts = {"pv_power": 300, "ongrid_power": -700, "offgrid_power": 50, missing: None}
    assert energy(A, **parts).battery_power_w is None


def test_hardware_without_solar_needs_no_solar_power() -> None:
    status = energy(ongrid_power=-700, offgrid_power=0)
    assert (status.pv_power_w, status.battery_power_w) == (None, 700)


def test_own_battery_power_comes_in_tenths_on_the_first_hmg50() -> None:
    assert energy(HMG_153, bat_power=-4970, ongrid_power=480).battery_power_w == -497


@pytest.mark.parametrize("key", ["ongrid_power", "offgrid_power"])
def test_a_16_bit_wrap_is_set_right_and_named(key: str) -> None:
    told: dict[str, Any] = {"ongrid_power": 0, "offgrid_power": 0, key: 65_000}
    status = energy(**told)
    assert getattr(status, f"{key}_w") == -536
    assert status.battery_power_w == 536
    assert status.unwrapped == (f"{key}_w",)


def test_a_solar_zero_that_firmware_hard_codes_is_no_reading() -> None:
    told = {"pv_power": 0, "total_pv_energy": 0, "ongrid_power": -812, "offgrid_power": 0}
    status = energy(profile_for("Venus A", 148), **told)
    assert (status.pv_power_w, status.pv_energy_wh, status.battery_power_w) == (None, None, None)
    solar = PvStatus((PvChannel(1, 473),), 473)
    assert with_solar(status, solar).battery_power_w == 473 + 812
    assert with_solar(status, PvStatus()) == status


def test_a_solar_zero_elsewhere_is_a_reading() -> None:
    assert energy(A, pv_power=0).pv_power_w == 0


@pytest.mark.parametrize(
    ("profile", "wanted_wh"),
    [(HMG_153, 7030), (profile_for("VenusE", 155), 70_300), (E3, 703), (A, 703)],
)
def test_counters_by_firmware(profile: Profile, wanted_wh: int) -> None:
    assert energy(profile, total_grid_output_energy=703).discharged_energy_wh == wanted_wh


@pytest.mark.parametrize(
    ("model", "firmware", "wanted_wh"),
    [("VenusA", 149, 259_680), ("VenusA", 1487, 259_680), ("VenusD", 149, 259_680)],
)
def test_solar_energy_by_firmware(model: str, firmware: int, wanted_wh: int) -> None:
    profile = profile_for(model, firmware)
    assert energy(profile, total_pv_energy=25_968).pv_energy_wh == wanted_wh


@pytest.mark.parametrize(
    ("profile", "raw", "celsius"),
    [
        (E3, 24.0, 24.0),
        (profile_for("VenusE 3.0", 142), 254, 25.4),
        (HMG_156, 25.0, 25.0),
        (HMG_153, 250, 25.0),  # tenths on any firmware: no cell is that hot
        (E3, -3, -3.0),
        (E3, 90, 90.0),  # left to plausibility
        (E3, None, None),
        (E3, "24", None),
    ],
)
def test_temperature(profile: Profile, raw: object, celsius: float | None) -> None:
    assert battery(profile, bat_temp=raw).temperature_c == celsius


@pytest.mark.parametrize(
    ("profile", "raw", "wh"), [(E3, 1320.0, 1320), (E3_139, 230, 2300), (HMG_153, 56_300, 563)]
)
def test_energy_left(profile: Profile, raw: float, wh: int) -> None:
    assert battery(profile, bat_capacity=raw).remaining_wh == wh


def test_undocumented_battery_fields_come_in_hundredths() -> None:
    status = battery(HMG_153, bat_voltage=5270, bat_current=-1234, error_code=3)
    assert (status.voltage_v, status.current_a, status.error_code) == (52.7, -12.34, 3)
    assert battery(E3, bat_voltage=52.7).voltage_v is None  # half a volt: not in hundredths


def test_soc_comes_under_two_names_and_as_text() -> None:
    assert decode("Bat.GetStatus", {"SOC": "51"}, E3) == BatteryStatus(soc_percent=51)


@pytest.mark.parametrize("raw", [-1, 101, "x", True, None, [], 1e30, float("nan"), 10**400])
def test_a_soc_that_is_none(raw: object) -> None:
    assert energy(bat_soc=raw).soc_percent is None


@pytest.mark.parametrize("raw", ["5", False, [1], {}, 40_000.5 * 2, -(10**400), float("inf")])
def test_a_power_that_is_none(raw: object) -> None:
    status = energy(ongrid_power=raw, offgrid_power=0)
    assert (status.ongrid_power_w, status.battery_power_w) == (None, None)


def test_powers_whose_balance_is_no_battery_give_none() -> None:
    assert energy(A, pv_power=32_000, ongrid_power=-32_000, offgrid_power=0) == EnergyStatus(
        soc_percent=50, pv_power_w=32_000, ongrid_power_w=-32_000, offgrid_power_w=0
    )


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("Auto", Mode.AUTO),
        ("AI", Mode.AI),
        ("Ups", Mode.UPS),
        ("manual", Mode.MANUAL),
        (" PASSIVE ", Mode.PASSIVE),
        (0, Mode.AUTO),
        (4, Mode.UPS),
        (5, None),
        (True, None),
        ("Turbo", None),
        (None, None),
    ],
)
def test_mode_comes_as_text_or_number(raw: object, wanted: Mode | None) -> None:
    assert mode(mode=raw).mode is wanted


def test_the_zeros_of_a_meter_in_get_mode_are_no_meter() -> None:
    assert mode(ct_state=0, total_power=0, a_power=0).meter is None
    read = mode(ct_state=1, total_power=-323).meter
    assert read == MeterStatus(ct_connected=True, grid_power_w=-323)


def test_a_meter_that_is_not_connected_has_no_power() -> None:
    told = {"ct_state": 0, "total_power": 0, "a_power": 0, "input_energy": 5}
    assert decode("EM.GetStatus", told, E3) == MeterStatus(ct_connected=False)


def test_a_meter_keeps_its_own_total_and_no_energy_of_0() -> None:
    told = {"ct_state": 1, "a_power": 0, "total_power": -16, "input_energy": 0}
    assert decode("EM.GetStatus", told, E3) == MeterStatus(
        ct_connected=True, grid_power_w=-16, phase_a_power_w=0
    )


@pytest.mark.parametrize(
    ("raw", "dbm"), [(-61, -61), (61, -61), (0, None), (None, None), (900, None), (True, None)]
)
def test_a_signal_is_negative(raw: object, dbm: int | None) -> None:
    value = decode("Wifi.GetStatus", {"rssi": raw}, E3)
    assert isinstance(value, WifiStatus)
    assert value.rssi_dbm == dbm


def test_wifi_of_a_wired_device_is_empty() -> None:
    told = {"ssid": None, "rssi": 0, "sta_ip": "", "sta_gate": "0.0.0.0.0", "sta_mask": None}
    assert decode("Wifi.GetStatus", told, E3) == WifiStatus()


@pytest.mark.parametrize(
    ("raw", "ip"),
    [
        ("192.168.001.010", "192.168.1.10"),
        ("192.168.1.256", None),
        ("192.168.1", None),
        ("a.b.c.d", None),
        ("192.168.1.-1", None),
        ("١.1.1.1", None),
    ],
)
def test_addresses_lose_their_padding(raw: str, ip: str | None) -> None:
    value = decode("Wifi.GetStatus", {"sta_ip": raw}, E3)
    assert isinstance(value, WifiStatus)
    assert value.ip == ip


def test_bluetooth() -> None:
    told = {"state": "disconnect", "ble_mac": "00:00:00:00:00:0A"}
    assert decode("BLE.GetStatus", told, E3) == BleStatus(False, "00000000000a")
    assert decode("BLE.GetStatus", {"state": "thinking"}, E3) == BleStatus()


@pytest.mark.parametrize(
    ("raw", "accepted"),
    [
        (True, True),
        (False, False),
        ("ture", True),
        ("True", True),
        ("false", False),
        (1, True),
        ("maybe", None),
        (None, None),
        (2, None),
    ],
)
def test_a_write_is_accepted_or_not_or_does_not_say(raw: object, accepted: bool | None) -> None:
    assert decode("ES.SetMode", {"set_result": raw}, E3) == WriteResult(accepted)


def test_the_first_solar_input_comes_in_tenths() -> None:
    told = {"pv1_power": 3415, "pv1_voltage": 41, "pv1_state": 1, "pv2_power": 131, "pv2_state": 0}
    assert decode("PV.GetStatus", told, A) == PvStatus(
        (PvChannel(1, 342, 41.0, None, True), PvChannel(2, 131, None, None, False)), 473
    )


def test_a_single_solar_input_comes_in_watts() -> None:
    told = {"pv_power": 250, "pv_voltage": 40.5, "pv_current": 6.2}
    assert decode("PV.GetStatus", told, A) == PvStatus((PvChannel(1, 250, 40.5, 6.2),), 250)


def test_a_solar_input_without_power_makes_no_total() -> None:
    value = decode("PV.GetStatus", {"pv1_power": None, "pv2_power": 131}, A)
    assert isinstance(value, PvStatus)
    assert value.total_power_w is None


def test_text_is_cut_and_cleaned() -> None:
    value = decode("Wifi.GetStatus", {"ssid": "\x1b[31m" + "n" * 5000}, E3)
    assert isinstance(value, WifiStatus)
    assert value.ssid == "[31m" + "n" * 60
