from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from batteries.simulator.demo import demo_devices, demo_load_w, demo_panels_w
from batteries.simulator.firmwares import firmware_named
from tests.simulator.bench import NOON, PARIS


def energy_kwh(power_w: Callable[[float], float], day: datetime) -> float:
    return sum(power_w((day + timedelta(minutes=m)).timestamp()) for m in range(1440)) / 60_000


def test_the_house_uses_what_a_french_house_uses() -> None:
    days = [
        energy_kwh(demo_load_w(0), datetime(2026, 1, day, tzinfo=PARIS)) for day in range(5, 12)
    ]
    assert all(11 < kwh < 22 for kwh in days)
    evening = demo_load_w(0)(datetime(2026, 1, 14, 19, 36, tzinfo=PARIS).timestamp())
    night = demo_load_w(0)(datetime(2026, 1, 14, 4, 0, tzinfo=PARIS).timestamp())
    assert evening > 4 * night


def test_the_sun_shines_by_day_and_more_in_summer() -> None:
    panels_w = demo_panels_w(0)
    winter, summer = (energy_kwh(panels_w, datetime(2026, m, 21, tzinfo=PARIS)) for m in (12, 6))
    assert panels_w(datetime(2026, 6, 21, 1, 0, tzinfo=PARIS).timestamp()) == 0
    assert 2 < winter < 8
    assert 10 < summer < 22


def test_three_batteries_start_with_life() -> None:
    addresses = [(f"127.0.0.{last}", 30001) for last in (11, 12, 13)]
    devices = demo_devices(firmware_named("venus-e3-150"), addresses, starts_at=NOON)
    devices[0].advance(NOON + 5)
    assert [device.orders.mode for device in devices] == ["Auto"] * 3
    assert len({round(device.soc_percent) for device in devices}) == 3
    signs = {device.power_w > 0 for device in devices}
    assert signs == {True, False}


def test_three_batteries_share_a_house() -> None:
    addresses = [(f"127.0.0.{11 + number}", 30001) for number in range(7)]
    devices = demo_devices(firmware_named("venus-a-149"), addresses, starts_at=NOON)
    assert [len(device.house.devices) for device in devices] == [3, 3, 3, 3, 3, 3, 1]
    assert len({device.spec.ble_mac for device in devices}) == 7


@pytest.mark.parametrize("seed", range(3))
def test_a_demo_day_charges_and_discharges(seed: int) -> None:
    devices = demo_devices(
        firmware_named("venus-e3-150"), [("127.0.0.11", 30001)], starts_at=NOON, seed=seed
    )
    devices[0].advance(NOON + 86_400)
    powers_w = [span.power_w for span in devices[0].trace.power_between(NOON + 60, NOON + 86_400)]
    assert max(powers_w) > 300
    assert min(powers_w) < -300
