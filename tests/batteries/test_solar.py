"""Firmware whose state leaves the sun out: the panels are asked apart, on these models alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from batteries.models import Battery, BatteryStatusLog
from batteries.profile import fast_methods
from batteries.simulator.faults import Faults
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.spec import DeviceSpec

from .virtual_home import virtual_home

pytestmark = pytest.mark.django_db
A_148 = DeviceSpec(firmware=FIRMWARES["venus-a-148"], panels_w=620.0, soc_percent=40.0)
D_147 = replace(
    FIRMWARES["venus-d-150"], name="venus-d-147", version=147, shows_panels=False, min_gap_s=4.0
)


@pytest.mark.parametrize("spec", [A_148, replace(A_148, firmware=D_147)])
def test_the_sun_and_the_battery_are_what_the_device_truly_did(spec: DeviceSpec) -> None:
    with virtual_home([spec], load_w=300.0) as home:
        home.tick(6)
        battery, cells = home.battery(), home.devices[0].cells
        row = BatteryStatusLog.objects.latest("timestamp")
        panels_w = cells.panels_power_w
    assert panels_w > 500
    assert battery.pv_power == row.pv_power == pytest.approx(panels_w, abs=4)
    assert battery.ongrid_power == pytest.approx(300, abs=60)
    assert battery.bat_power == row.bat_power
    assert battery.bat_power == pytest.approx(panels_w - battery.ongrid_power, abs=4)


def test_where_the_sun_is_not_told_the_power_of_the_battery_is_not_known() -> None:
    with virtual_home([A_148], load_w=300.0) as home:
        home.tick(4)
        said = home.battery()
        home.devices[0].faults = Faults(silent_methods=frozenset({"PV.GetStatus"}))
        home.tick(2)
        battery, row = home.battery(), BatteryStatusLog.objects.latest("timestamp")
    assert (row.pv_power, row.bat_power) == (None, None)
    assert row.soc is not None
    assert row.ongrid_power is not None
    assert (battery.bat_power, battery.status_at) == (said.bat_power, said.status_at)


@pytest.mark.parametrize("name", ["venus-a-149", "venus-d-150", "venus-e3-148", "venus-e3-150"])
def test_other_firmware_is_not_asked(name: str) -> None:
    with virtual_home([DeviceSpec(firmware=FIRMWARES[name], panels_w=500.0)]) as home:
        home.tick(4)
        assert Counter(home.devices[0].asked)["PV.GetStatus"] == 0


@pytest.mark.parametrize(
    ("model", "firmware", "is_asked"),
    [
        ("Venus A", 148, True),
        ("Venus A", 1486, True),
        ("Venus A", 1487, False),
        ("VenusD", 1476, True),
        ("VenusD", 149, False),
        ("VenusE 3.0", 144, False),
    ],
)
def test_which_firmware_is_asked(model: str, firmware: int, is_asked: bool) -> None:
    battery = Battery(name="Cave", model=model, firmware=firmware)
    assert ("PV.GetStatus" in fast_methods(battery)) is is_asked


def test_one_that_does_not_have_the_method_is_asked_no_more() -> None:
    firmware = replace(A_148.firmware, missing=A_148.firmware.missing | {"PV.GetStatus"})
    with virtual_home([replace(A_148, firmware=firmware, panels_w=0.0)]) as home:
        home.tick(10)
        battery, asked = home.battery(), Counter(home.devices[0].asked)
    assert asked["PV.GetStatus"] == 2
    assert battery.missing_methods == ["PV.GetStatus"]
    assert (battery.missed_polls, battery.fault) == (0, "")
