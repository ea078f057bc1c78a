"""From the `result` object of an answer to a typed value, one function a method.

They never raise: a key that is missing, null or of the wrong kind gives None in its field.
"""

from collections.abc import Callable, Mapping

from . import fields
from .profiles import Fault, Profile
from .values import (
    BatteryStatus,
    BleStatus,
    Device,
    EnergyStatus,
    MeterStatus,
    Mode,
    ModeStatus,
    PvChannel,
    PvStatus,
    Value,
    WifiStatus,
    WriteResult,
    battery_power_w,
)

Result = Mapping[str, object]
MODES = tuple(Mode)  # integers 0-4 on some builds, in this order
PV_INPUTS = (1, 2, 3, 4)
TEMPERATURE_TENTHS = (150.0, 600.0)  # no cell is that hot: some BMS send tenths on any firmware


def device(result: Result, _profile: Profile) -> Device:
    """Marstek.GetDevice."""
    return Device(
        model=fields.text(result.get("device"), 40),
        firmware=fields.firmware(result.get("ver")),
        ble_mac=fields.mac(result.get("ble_mac")),
        wifi_mac=fields.mac(result.get("wifi_mac")),
        wifi_name=fields.text(result.get("wifi_name")),
        reported_ip=fields.ip_address(result.get("ip")),
    )


def wifi(result: Result, _profile: Profile) -> WifiStatus:
    """Wifi.GetStatus. HMG-50 153 gives the signal without its sign."""
    rssi = fields.whole(result.get("rssi"))
    return WifiStatus(
        ssid=fields.text(result.get("ssid")),
        rssi_dbm=-abs(rssi) if rssi is not None and 0 < abs(rssi) <= 127 else None,
        ip=fields.ip_address(result.get("sta_ip")),
        gateway_ip=fields.ip_address(result.get("sta_gate")),
        netmask=fields.ip_address(result.get("sta_mask")),
        dns_ip=fields.ip_address(result.get("sta_dns")),
        wifi_mac=fields.mac(result.get("wifi_mac")),
    )


def ble(result: Result, _profile: Profile) -> BleStatus:
    """BLE.GetStatus."""
    state = fields.text(result.get("state"))
    known = {"connect": True, "connected": True, "disconnect": False, "disconnected": False}
    return BleStatus(
        is_connected=known.get((state or "").lower()), ble_mac=fields.mac(result.get("ble_mac"))
    )


def battery(result: Result, profile: Profile) -> BatteryStatus:
    """Bat.GetStatus."""
    scales = profile.scales
    return BatteryStatus(
        soc_percent=fields.percent(result.get("soc", result.get("SOC"))),
        temperature_c=_temperature_c(result.get("bat_temp"), scales.bat_temp),
        remaining_wh=fields.capacity_wh(result.get("bat_capacity"), scales.bat_capacity),
        rated_capacity_wh=_positive(fields.capacity_wh(result.get("rated_capacity"))),
        charge_allowed=fields.flag(result.get("charg_flag")),
        discharge_allowed=fields.flag(result.get("dischrg_flag")),
        voltage_v=_within(fields.decimal(result.get("bat_voltage"), scales.bat_voltage), 20, 65),
        current_a=_within(fields.decimal(result.get("bat_current"), scales.bat_current), -200, 200),
        error_code=fields.code(result.get("error_code")),
    )


def energy(result: Result, profile: Profile) -> EnergyStatus:
    """ES.GetStatus. A zero that firmware hard-codes (`pv_power_zero`) is no reading: None."""
    scales = profile.scales
    pv_w = fields.power_w(result.get("pv_power"))
    ongrid_w = fields.signed_power_w(result.get("ongrid_power"))
    offgrid_w = fields.signed_power_w(result.get("offgrid_power"))
    own_w = fields.signed_power_w(result.get("bat_power"), scales.bat_power)
    has_false_zero = Fault.PV_POWER_ZERO in profile.faults
    pv_w = (pv_w or None) if has_false_zero else pv_w
    solar_w = 0 if pv_w is None and profile.has_pv is False else pv_w  # no inputs, no sun
    derived_w = battery_power_w(solar_w, ongrid_w, offgrid_w)
    pv_wh = fields.energy_wh(result.get("total_pv_energy"), scales.total_pv_energy)
    return EnergyStatus(
        soc_percent=fields.percent(result.get("bat_soc")),
        rated_capacity_wh=_positive(fields.capacity_wh(result.get("bat_cap"))),
        pv_power_w=pv_w,
        ongrid_power_w=ongrid_w,
        offgrid_power_w=offgrid_w,
        battery_power_w=derived_w if own_w is None else own_w,
        pv_energy_wh=(pv_wh or None) if has_false_zero else pv_wh,
        discharged_energy_wh=fields.energy_wh(
            result.get("total_grid_output_energy"), scales.total_grid_energy
        ),
        charged_energy_wh=fields.energy_wh(
            result.get("total_grid_input_energy"), scales.total_grid_energy
        ),
        unwrapped=_unwrapped(result),
    )


def mode(result: Result, profile: Profile) -> ModeStatus:
    """ES.GetMode."""
    meter_read = meter(result, profile)
    return ModeStatus(
        mode=_mode(result.get("mode")),
        soc_percent=fields.percent(result.get("bat_soc")),
        ongrid_power_w=fields.signed_power_w(result.get("ongrid_power")),
        offgrid_power_w=fields.signed_power_w(result.get("offgrid_power")),
        meter=meter_read if meter_read.ct_connected else None,
    )


def meter(result: Result, profile: Profile) -> MeterStatus:
    """EM.GetStatus. Energy 0 means "not counted here": no meter has lived without a Wh."""
    ct_connected = fields.flag(result.get("ct_state"))
    if ct_connected is False:
        return MeterStatus(ct_connected=False)
    scale = profile.scales.meter_energy
    return MeterStatus(
        ct_connected=ct_connected,
        grid_power_w=fields.power_w(result.get("total_power")),
        phase_a_power_w=fields.power_w(result.get("a_power")),
        phase_b_power_w=fields.power_w(result.get("b_power")),
        phase_c_power_w=fields.power_w(result.get("c_power")),
        imported_energy_wh=fields.energy_wh(result.get("input_energy"), scale) or None,
        exported_energy_wh=fields.energy_wh(result.get("output_energy"), scale) or None,
    )


def pv(result: Result, profile: Profile) -> PvStatus:
    """PV.GetStatus: up to four inputs, or the single one of the document."""
    names = {number: f"pv{number}_" for number in PV_INPUTS if f"pv{number}_power" in result}
    if not names and "pv_power" in result:
        names = {1: "pv_"}
    channels = tuple(_channel(result, number, name, profile) for number, name in names.items())
    powers = [channel.power_w for channel in channels if channel.power_w is not None]
    is_whole = bool(channels) and len(powers) == len(channels)
    return PvStatus(channels, total_power_w=fields.power_w(sum(powers)) if is_whole else None)


def written(result: Result, _profile: Profile) -> WriteResult:
    """ES.SetMode, DOD.SET."""
    return WriteResult(accepted=fields.spoken_flag(result.get("set_result")))


Decoder = Callable[[Result, Profile], Value]

# Keys of which an answer must hold one: null counts, absence of all means another answer.
DECODERS: dict[str, tuple[Decoder, frozenset[str]]] = {
    "Marstek.GetDevice": (device, frozenset({"device", "ver", "ble_mac"})),
    "Wifi.GetStatus": (wifi, frozenset({"ssid", "rssi", "sta_ip", "wifi_mac"})),
    "BLE.GetStatus": (ble, frozenset({"state", "ble_mac"})),
    "Bat.GetStatus": (
        battery,
        frozenset({"soc", "SOC", "bat_temp", "bat_capacity", "rated_capacity"}),
    ),
    "ES.GetStatus": (
        energy,
        frozenset({"bat_soc", "ongrid_power", "pv_power", "total_grid_output_energy"}),
    ),
    "ES.GetMode": (mode, frozenset({"mode", "bat_soc", "ongrid_power"})),
    "EM.GetStatus": (meter, frozenset({"ct_state", "total_power", "a_power"})),
    "PV.GetStatus": (pv, frozenset({"pv_power", *(f"pv{number}_power" for number in PV_INPUTS)})),
    "ES.SetMode": (written, frozenset({"set_result"})),
    "DOD.SET": (written, frozenset({"set_result"})),
}


def _mode(raw: object) -> Mode | None:
    if isinstance(raw, str):
        word = raw.strip().lower()
        return Mode(word) if word in MODES else None
    index = fields.whole(raw)
    return MODES[index] if index is not None and 0 <= index < len(MODES) else None


def _unwrapped(result: Result) -> tuple[str, ...]:
    keys = ("ongrid_power", "offgrid_power", "bat_power")
    names = ("ongrid_power_w", "offgrid_power_w", "battery_power_w")
    return tuple(
        name for key, name in zip(keys, names, strict=True) if fields.is_wrapped(result.get(key))
    )


def _channel(result: Result, number: int, name: str, profile: Profile) -> PvChannel:
    scale = profile.scales.pv1_power if name == "pv1_" else 1.0
    return PvChannel(
        number=number,
        power_w=fields.power_w(result.get(f"{name}power"), scale),
        voltage_v=fields.decimal(result.get(f"{name}voltage")),
        current_a=fields.decimal(result.get(f"{name}current")),
        is_working=fields.flag(result.get(f"{name}state")),
    )


def _temperature_c(raw: object, scale: float) -> float | None:
    value = fields.decimal(raw, scale)
    if value is not None and TEMPERATURE_TENTHS[0] <= value <= TEMPERATURE_TENTHS[1]:
        return round(value / 10, 1)
    return value


def _positive(value: int | None) -> int | None:
    return value if value is not None and value > 0 else None


def _within(value: float | None, low: float, high: float) -> float | None:
    return value if value is not None and low <= value <= high else None
