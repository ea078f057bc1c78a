"""What devices say, typed: units in names, signs as everywhere outside the wire.

`battery_power_w > 0` charges the battery; `ongrid_power_w > 0` means that the battery feeds the
house; `grid_power_w > 0` means that the house imports. A field is None where the device left the
key out, sent null, or sent something that cannot be that quantity: None is never a zero.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

POWER_LIMIT_W = 32_767  # 16 bits on the wire, and what a compact column holds


class Mode(StrEnum):
    """Operating mode of a device. Integers 0-4 on some builds stand for these, in this order."""

    AUTO = "auto"
    AI = "ai"
    MANUAL = "manual"
    PASSIVE = "passive"
    UPS = "ups"


@dataclass(frozen=True, slots=True)
class Device:
    """Marstek.GetDevice. MACs are 12 lower-case hexadecimal digits; `wifi_mac` is often the access
    point's and shared by several batteries: identity is `ble_mac`. `reported_ip` may be stale."""

    model: str | None = None
    firmware: int | None = None
    ble_mac: str | None = None
    wifi_mac: str | None = None
    wifi_name: str | None = None
    reported_ip: str | None = None


@dataclass(frozen=True, slots=True)
class WifiStatus:
    """Wifi.GetStatus. `rssi_dbm` is negative; None on a wired device."""

    ssid: str | None = None
    rssi_dbm: int | None = None
    ip: str | None = None
    gateway_ip: str | None = None
    netmask: str | None = None
    dns_ip: str | None = None
    wifi_mac: str | None = None


@dataclass(frozen=True, slots=True)
class BleStatus:
    """BLE.GetStatus."""

    is_connected: bool | None = None
    ble_mac: str | None = None


@dataclass(frozen=True, slots=True)
class BatteryStatus:
    """Bat.GetStatus. `remaining_wh` is the energy left in the cells."""

    soc_percent: int | None = None
    temperature_c: float | None = None
    remaining_wh: int | None = None
    rated_capacity_wh: int | None = None
    charge_allowed: bool | None = None
    discharge_allowed: bool | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class EnergyStatus:
    """ES.GetStatus. Counters are lifetime energy at the AC side, solar apart.

    `battery_power_w` is the device's own where it gives one, else `pv - ongrid - offgrid`.
    `unwrapped` names the fields that came as 16-bit wraps (65000 for -536) and were set right.
    """

    soc_percent: int | None = None
    rated_capacity_wh: int | None = None
    pv_power_w: int | None = None
    ongrid_power_w: int | None = None
    offgrid_power_w: int | None = None
    battery_power_w: int | None = None
    pv_energy_wh: int | None = None
    discharged_energy_wh: int | None = None
    charged_energy_wh: int | None = None
    unwrapped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeterStatus:
    """EM.GetStatus: the house meter (CT). Powers are None while it is not connected.

    `grid_power_w` is the meter's own total, which need not be the sum of the phases.
    """

    ct_connected: bool | None = None
    grid_power_w: int | None = None
    phase_a_power_w: int | None = None
    phase_b_power_w: int | None = None
    phase_c_power_w: int | None = None
    imported_energy_wh: int | None = None
    exported_energy_wh: int | None = None


@dataclass(frozen=True, slots=True)
class ModeStatus:
    """ES.GetMode. `meter` is None unless the answer says that the CT is connected: outside AI mode
    most firmware fills these keys with zeros while EM.GetStatus is live."""

    mode: Mode | None = None
    soc_percent: int | None = None
    ongrid_power_w: int | None = None
    offgrid_power_w: int | None = None
    meter: MeterStatus | None = None


@dataclass(frozen=True, slots=True)
class PvChannel:
    """One solar input, numbered from 1."""

    number: int
    power_w: int | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    is_working: bool | None = None


@dataclass(frozen=True, slots=True)
class PvStatus:
    """PV.GetStatus. `total_power_w` is None where any channel's power is."""

    channels: tuple[PvChannel, ...] = ()
    total_power_w: int | None = None


@dataclass(frozen=True, slots=True)
class WriteResult:
    """Answer to a write. True means "accepted", never "done"; None: the answer does not say."""

    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class DeviceError:
    """The error object of an answer. `data` is Marstek's own number (402 no buffer, 403 busy)."""

    code: int | None
    message: str = ""
    data: int | None = None


Value = (
    Device
    | WifiStatus
    | BleStatus
    | BatteryStatus
    | EnergyStatus
    | ModeStatus
    | MeterStatus
    | PvStatus
    | WriteResult
)


def battery_power_w(
    pv_power_w: int | None, ongrid_power_w: int | None, offgrid_power_w: int | None
) -> int | None:
    """Power into the battery [W, > 0 charges]; None where one of the three is unknown, or where
    together they are no battery's power."""
    if pv_power_w is None or ongrid_power_w is None or offgrid_power_w is None:
        return None
    power_w = pv_power_w - ongrid_power_w - offgrid_power_w
    return power_w if abs(power_w) <= POWER_LIMIT_W else None


def with_solar(energy: EnergyStatus, solar: PvStatus) -> EnergyStatus:
    """The reading with the sun from PV.GetStatus, for firmware whose own `pv_power` is always 0."""
    if solar.total_power_w is None:
        return energy
    derived = battery_power_w(solar.total_power_w, energy.ongrid_power_w, energy.offgrid_power_w)
    return replace(energy, pv_power_w=solar.total_power_w, battery_power_w=derived)
