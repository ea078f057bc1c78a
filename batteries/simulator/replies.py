"""What each read answers: true values in the raw numbers of the firmware.

Signs are the wire's: `ongrid_power` > 0 feeds the house, the meter > 0 imports.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from batteries.simulator.modes import AI, MODES

if TYPE_CHECKING:
    from batteries.simulator.core import SimulatedDevice

Result = dict[str, Any]
Read = Callable[["SimulatedDevice", Mapping[str, Any]], Result | None]
CELLS_V = 51.2
STRONG_SIGNAL_DBM = 55


def device_info(device: "SimulatedDevice", params: Mapping[str, Any]) -> Result | None:
    """Answers to everyone ("0") and to its own MAC only."""
    spec, firmware = device.spec, device.firmware
    if params.get("ble_mac", "0") not in ("0", spec.ble_mac):
        return None
    ip_address = spec.reported_ip or spec.ip_address
    if not firmware.has_macs:
        return {"device": firmware.model, "ver": firmware.version, "ip": ip_address}
    return {
        "device": firmware.model,
        "ver": firmware.version,
        "ble_mac": spec.ble_mac,
        "wifi_mac": spec.wifi_mac,
        "wifi_name": device.wifi_name,
        "ip": ip_address,
    }


def wifi_status(device: "SimulatedDevice", _params: Mapping[str, Any]) -> Result:
    strength_dbm = STRONG_SIGNAL_DBM + device.random.randrange(-3, 4)
    return {
        "id": 0,
        "wifi_mac": device.spec.wifi_mac,
        "ssid": device.wifi_name,
        "rssi": strength_dbm if device.firmware.is_rssi_positive else -strength_dbm,
        "sta_ip": device.spec.reported_ip or device.spec.ip_address,
        "sta_gate": "127.0.0.1",
        "sta_mask": "255.0.0.0",
        "sta_dns": "127.0.0.1",
    }


def ble_status(device: "SimulatedDevice", _params: Mapping[str, Any]) -> Result:
    return {"id": 0, "state": "disconnect", "ble_mac": device.spec.ble_mac}


def battery_status(device: "SimulatedDevice", _params: Mapping[str, Any]) -> Result:
    """SOC is rounded down here and to the nearest in ES.GetStatus: the two may differ by one."""
    firmware, cells, soc = device.firmware, device.cells, device.soc_percent
    is_allowed = not (cells.is_full or cells.is_empty)  # one BMS byte fills both flags
    result = {
        "id": 0,
        "soc": int(soc + 1e-9),
        "charg_flag": is_allowed,
        "dischrg_flag": is_allowed,
        "bat_temp": round(cells.temperature_c * firmware.temperature_factor, 1),
        "bat_capacity": round(cells.energy_wh * firmware.remaining_factor, 1),
        "rated_capacity": cells.capacity_wh,
    }
    if firmware.has_voltage:
        result["bat_voltage"] = round(CELLS_V * 100)
        result["bat_current"] = round(cells.cell_power_w / CELLS_V * 100)
        result["error_code"] = 0
    return result


def energy_status(device: "SimulatedDevice", _params: Mapping[str, Any]) -> Result:
    firmware, cells = device.firmware, device.cells
    result = {
        "id": 0,
        "bat_soc": round(device.soc_percent),
        "bat_cap": round(cells.capacity_wh),
        "pv_power": round(cells.panels_power_w) if firmware.shows_panels else 0,
        "ongrid_power": _ongrid_w(device),
        "offgrid_power": 0,
        "total_pv_energy": _panels_counter(device),
        "total_grid_output_energy": _counter(device, "discharged", cells.discharged_wh),
        "total_grid_input_energy": _counter(device, "charged", cells.charged_wh),
        "total_load_energy": 0,
    }
    if firmware.battery_power_factor is not None:
        result["bat_power"] = round(cells.cell_power_w * firmware.battery_power_factor)
    return result


def _ongrid_w(device: "SimulatedDevice") -> int:
    return -round(device.power_w)


def _counter(device: "SimulatedDevice", name: str, since_wh: float) -> int:
    moved_wh = 0.0 if device.firmware.freezes_counters else since_wh
    return int((device.counters_before_wh[name] + moved_wh) * device.firmware.counter_factor)


def _panels_counter(device: "SimulatedDevice") -> int:
    if not device.firmware.shows_panels:
        return 0
    total_wh = device.counters_before_wh["panels"] + device.cells.panels_wh
    return int(total_wh * device.firmware.panels_counter_factor)


def mode(device: "SimulatedDevice", _params: Mapping[str, Any]) -> Result:
    """The keys of the meter are zeros outside AI, and absent on some firmware."""
    name = device.orders.shown_mode
    result: Result = {
        "id": 0,
        "mode": MODES.index(name) if device.firmware.is_mode_integer else name,
        "ongrid_power": _ongrid_w(device),
        "offgrid_power": 0,
        "bat_soc": round(device.soc_percent),
    }
    if device.firmware.has_meter_keys_in_mode:
        is_live = name == AI and device.sees_meter
        result |= _meter(device, is_live=is_live, with_energy=is_live)
    return result


def meter_status(device: "SimulatedDevice", _params: Mapping[str, Any]) -> Result:
    if not device.firmware.has_meter_method:
        return {"id": 0, "parse_state": 0}
    result = {"id": 0, **_meter(device, is_live=device.sees_meter, with_energy=False)}
    if device.firmware.has_parse_state:
        result["parse_state"] = 1
    return result


def _meter(device: "SimulatedDevice", *, is_live: bool, with_energy: bool) -> Result:
    """A single-phase house: phase a carries it all. Energy in 0.1 Wh."""
    house = device.house
    if with_energy:
        house.settle_meter()
    power_w = round(house.grid_power_w) if is_live else 0
    return {
        "ct_state": int(is_live),
        "a_power": power_w,
        "b_power": 0,
        "c_power": 0,
        "total_power": power_w,
        "input_energy": int(house.imported_wh * 10) if with_energy else 0,
        "output_energy": int(house.exported_wh * 10) if with_energy else 0,
    }


def panels_status(device: "SimulatedDevice", _params: Mapping[str, Any]) -> Result:
    """Four inputs; the first in 0.1 W, the others in W."""
    quarter_w = device.cells.panels_power_w / 4
    result: Result = {"id": 0}
    for number in range(1, 5):
        result[f"pv{number}_power"] = round(quarter_w * (10 if number == 1 else 1))
        result[f"pv{number}_voltage"] = 40 if quarter_w else 0
        result[f"pv{number}_current"] = round(quarter_w / 40)
        result[f"pv{number}_state"] = int(quarter_w > 0)
    return result


READS: Mapping[str, Read] = {
    "Marstek.GetDevice": device_info,
    "Wifi.GetStatus": wifi_status,
    "BLE.GetStatus": ble_status,
    "Bat.GetStatus": battery_status,
    "ES.GetStatus": energy_status,
    "ES.GetMode": mode,
    "EM.GetStatus": meter_status,
    "PV.GetStatus": panels_status,
}
