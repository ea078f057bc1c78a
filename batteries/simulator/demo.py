"""A believable French home and its batteries, for the demo and for benchmarks.

The load: a base, a fridge, breakfast, dinner, and a water heater from 22:30. The panels: 3 kWp
under passing clouds. All follows from the local hour and a seed.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address
from random import Random
from zoneinfo import ZoneInfo

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.firmwares import Firmware
from batteries.simulator.house import House
from batteries.simulator.spec import DeviceSpec

PARIS = ZoneInfo("Europe/Paris")
BATTERIES_A_HOUSE = 3
SOC_PERCENT = (78.0, 46.0, 31.0)
# (hour of the centre, half width in hours, power)
HUMPS = ((7.4, 0.9, 650.0), (12.6, 0.8, 500.0), (19.6, 1.8, 1100.0))
WATER_HEATER = (22.5, 24.0, 2000.0)
PEAK_PANELS_W = 2600.0


def demo_load_w(seed: int) -> Callable[[float], float]:
    """Load of the house at a moment [W]."""

    def load_w(at: float) -> float:
        local = datetime.fromtimestamp(at, PARIS)
        hour = local.hour + local.minute / 60
        humps_w = sum(w * math.exp(-(((hour - at_h) / half_h) ** 2)) for at_h, half_h, w in HUMPS)
        fridge_w = 90.0 if (local.minute + 17 * seed) % 50 < 20 else 0.0
        heater_w = WATER_HEATER[2] if WATER_HEATER[0] <= hour < WATER_HEATER[1] else 0.0
        return 190.0 + humps_w + fridge_w + heater_w + _kettle_w(seed, local.toordinal(), local)

    return load_w


def _kettle_w(seed: int, day: int, local: datetime) -> float:
    minute = local.hour * 60 + local.minute
    return 1900.0 if any(start <= minute < start + 4 for start in _kettles(seed, day)) else 0.0


@lru_cache(maxsize=64)
def _kettles(seed: int, day: int) -> tuple[int, ...]:
    """Minutes of the day at which somebody boils water or heats a pan."""
    random = Random(f"{seed}/{day}/kettle")
    return tuple(sorted(random.randrange(6 * 60, 23 * 60) for _ in range(9)))


def demo_panels_w(seed: int) -> Callable[[float], float]:
    """Power of the panels at a moment [W]: days of nine to sixteen hours, clouds by ten minutes."""

    def panels_w(at: float) -> float:
        local = datetime.fromtimestamp(at, PARIS)
        hour = local.hour + local.minute / 60
        season = math.sin((local.timetuple().tm_yday - 80) / 365 * 2 * math.pi)
        half_day_h = 6.2 + 1.9 * season
        height = (
            math.cos((hour - 13.3) / half_day_h * math.pi / 2) if _is_day(hour, half_day_h) else 0
        )
        return max(
            0.0, PEAK_PANELS_W * (0.72 + 0.28 * season) * height * _clouds(seed, int(at // 600))
        )

    return panels_w


def _is_day(hour: float, half_day_h: float) -> bool:
    return abs(hour - 13.3) < half_day_h


@lru_cache(maxsize=256)
def _clouds(seed: int, tenth: int) -> float:
    return Random(f"{seed}/{tenth}/cloud").choice((0.35, 0.6, 0.85, 1.0, 1.0))


def demo_devices(
    firmware: Firmware,
    addresses: Sequence[tuple[str, int]],
    *,
    starts_at: float,
    speed: float = 1.0,
    seed: int = 0,
    max_states: int | None = 100_000,
    max_requests: int | None = 10_000,
) -> list[SimulatedDevice]:
    """One battery per address, three to a house, in Auto, with different states of charge."""
    devices: list[SimulatedDevice] = []
    for number, (ip_address, port) in enumerate(addresses):
        if number % BATTERIES_A_HOUSE == 0:
            house = demo_house(seed + number, starts_at=starts_at, speed=speed)
        spec = demo_spec(firmware, number, ip_address, port, seed)
        devices.append(
            SimulatedDevice(spec, house, max_states=max_states, max_requests=max_requests)
        )
    return devices


def demo_house(seed: int, *, starts_at: float, speed: float) -> House:
    return House(
        load_w=demo_load_w(seed), panels_w=demo_panels_w(seed), starts_at=starts_at, speed=speed
    )


def demo_spec(firmware: Firmware, number: int, ip_address: str, port: int, seed: int) -> DeviceSpec:
    """The spec of the battery with a number (from 0)."""
    spec = DeviceSpec(
        firmware=firmware,
        ble_mac=f"bc2a{int(IPv4Address(ip_address)):08x}",  # two simulators share none
        ip_address=ip_address,
        port=port,
        soc_percent=SOC_PERCENT[number % len(SOC_PERCENT)],
        charged_wh=1_167_238.0 + 91_300.0 * (number % 7),
        discharged_wh=969_749.0 + 75_900.0 * (number % 7),
        seed=seed,
    )
    own_panels = demo_panels_w(seed + number)
    return replace(spec, panels_w=lambda at: own_panels(at) / 4) if firmware.has_panels else spec


def addresses_from(
    first: str, base_port: int, count: int, *, same_port: bool
) -> list[tuple[str, int]]:
    """Addresses run on from the first, over .0 and .255, which belong to networks."""
    addresses: list[tuple[str, int]] = []
    number = int(IPv4Address(first))
    while len(addresses) < count:
        if number & 0xFF not in (0, 0xFF):
            port = base_port if same_port else base_port + len(addresses)
            addresses.append((str(IPv4Address(number)), port))
        number += 1
    return addresses
