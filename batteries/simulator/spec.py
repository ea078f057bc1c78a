"""What one simulated device is, before it starts."""

from dataclasses import dataclass

from batteries.simulator.firmwares import E3_150, Firmware
from batteries.simulator.series import Power

ACCESS_POINT_MAC = "60d0a9000001"  # what devices report as their own `wifi_mac`


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """One device as it stands when it boots; every random choice follows from `seed` and MAC."""

    firmware: Firmware = E3_150
    ble_mac: str = "bc2a33000001"
    ip_address: str = "127.0.0.11"
    port: int = 30001
    soc_percent: float = 50.0
    mode: str = "Auto"
    capacity_wh: float | None = None  # None: as the model has it
    discharge_class_w: float | None = None  # the class set in the app; None: the model's highest
    full_percent: float = 100.0  # where the BMS ends a charge: 97-100
    bms_floor_percent: float | None = None  # the BMS refuses to discharge at or below it
    panels_w: Power = 0.0  # panels on the device itself (Venus A and D)
    ambient_c: float = 18.0
    clock_offset_s: float = 0.0
    time_zone: str = "Europe/Paris"
    response_s: float = 2.0  # from an accepted write to its power
    latency_s: tuple[float, float] = (0.07, 0.15)
    power_error: float = 0.004  # part of a fixed set point that is missing at the wall
    boot_s: float = 25.0
    reported_ip: str = ""  # where the device reports another address than its true one
    wifi_mac: str = ACCESS_POINT_MAC
    wifi_name: str = "Livebox-4F20"
    broadcast_only: str | None = None  # methods with this prefix answer only broadcasts ("" = all)
    accepts_midnight_slots: bool = False
    theft_gap_s: float = 75.0  # requests closer than this are one polling that steals the CT
    charged_wh: float = 1_167_238.0  # lifetime counters at the start
    discharged_wh: float = 969_749.0
    panels_wh: float = 250_000.0
    seed: int = 0
