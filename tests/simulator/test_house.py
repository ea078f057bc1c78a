from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.house import House
from batteries.simulator.series import constant, csv_series, repeating, stepped
from batteries.simulator.spec import DeviceSpec
from tests.simulator.bench import NOON, Bench, settled


def shared(house: House, *socs: float) -> list[SimulatedDevice]:
    devices = [
        SimulatedDevice(DeviceSpec(soc_percent=soc, ble_mac=f"bc2a3300000{number}"), house)
        for number, soc in enumerate(socs)
    ]
    house.advance(house.now + 60)
    return devices


def test_auto_brings_the_meter_to_zero() -> None:
    bench = settled(load_w=700.0, soc_percent=60)
    assert bench.power_w == pytest.approx(-700)
    assert bench.ask("EM.GetStatus")["total_power"] == 0


def test_auto_charges_from_the_sun() -> None:
    house = House(load_w=300.0, panels_w=1500.0, starts_at=NOON)
    bench = settled(house=house, soc_percent=60)
    assert bench.power_w == pytest.approx(1200)


def test_three_in_auto_share_the_load_equally() -> None:
    house = House(load_w=900.0, starts_at=NOON)
    devices = shared(house, 60, 40, 80)
    assert [device.power_w for device in devices] == pytest.approx([-300, -300, -300])


def test_what_an_empty_one_cannot_give_the_others_give() -> None:
    house = House(load_w=900.0, starts_at=NOON)
    devices = shared(house, 12, 40, 80)
    assert [device.power_w for device in devices] == pytest.approx([0, -450, -450])
    assert house.grid_power_w == pytest.approx(0)


def test_a_load_beyond_their_limits_is_imported() -> None:
    house = House(load_w=9000.0, starts_at=NOON)
    devices = shared(house, 60, 40, 80)
    assert [device.power_w for device in devices] == pytest.approx([-2500] * 3)
    assert house.grid_power_w == pytest.approx(1500)


def test_auto_leaves_a_tiny_flow_alone() -> None:
    bench = settled(load_w=15.0)
    assert bench.power_w == 0
    assert bench.ask("EM.GetStatus")["total_power"] == 15


def test_a_charging_battery_shows_up_as_import() -> None:
    bench = settled(load_w=400.0, power_error=0.0)
    bench.passive(-1000)
    bench.wait(10)
    assert bench.ask("EM.GetStatus") == {
        "id": 0, "ct_state": 1, "a_power": 1400, "b_power": 0, "c_power": 0, "total_power": 1400,
        "input_energy": 0, "output_energy": 0,
    }  # fmt: skip


def test_auto_feeds_the_charge_of_its_neighbour() -> None:
    """They share a meter, and none knows of the other: seen in every house with two."""
    house = House(load_w=400.0, starts_at=NOON)
    first, second = shared(house, 60, 60)
    charging = Bench(house=house, power_error=0.0, ble_mac="bc2a33000009", mode="Manual")
    charging.passive(-600)
    charging.wait(10)
    assert [first.power_w, second.power_w] == pytest.approx([-500, -500])


def test_without_a_meter_auto_stands_still() -> None:
    bench = settled(house=House(load_w=700.0, starts_at=NOON, has_meter=False))
    assert bench.power_w == 0
    assert bench.ask("EM.GetStatus")["ct_state"] == 0


def test_auto_follows_each_change_of_the_load() -> None:
    bench = settled(load_w=[500.0, 800.0])
    bench.wait(30)
    first_w = bench.power_w
    bench.wait(60)
    assert {round(first_w), round(bench.power_w)} == {-500, -800}


def test_speed_drives_sun_load_and_charge_but_no_timer() -> None:
    house = House(load_w=[500.0, 800.0], starts_at=NOON, speed=60.0)
    bench = Bench(house=house, soc_percent=40, power_error=0.0)
    bench.wait(19)
    assert bench.reason == "phase test"
    bench.passive(-1000, cd_time=60)
    bench.wait(2)
    before = bench.soc
    bench.wait(57)
    assert bench.reason == "passive"
    assert (bench.soc - before) / 100 * 5120 == pytest.approx(955 * 57 / 60, rel=1e-6)
    bench.wait(2)
    assert bench.reason == "passive ended"


def test_speed_moves_the_load_faster() -> None:
    house = House(load_w=[500.0, 800.0], starts_at=NOON, speed=60.0)
    house.advance(NOON + 1.5)
    assert house.load_w == 800
    house.advance(NOON + 2.5)
    assert house.load_w == 500


@given(
    st.lists(st.floats(12, 100), min_size=1, max_size=5),
    st.floats(-9000, 9000),
)
def test_sharing_is_stable_and_never_overshoots(socs: list[float], flow_w: float) -> None:
    house = House(load_w=max(0.0, flow_w), panels_w=max(0.0, -flow_w), starts_at=NOON)
    devices = shared(house, *socs)
    first = [device.power_w for device in devices]
    house.stir()
    assert [device.power_w for device in devices] == first
    assert abs(house.grid_power_w) <= abs(flow_w) + 1e-6
    assert house.grid_power_w * flow_w >= -1e-6


def test_series_say_until_when_they_hold() -> None:
    series = repeating([1.0, 2.0, 3.0], step_s=60, starts_at=1000)
    assert series(1000) == (1.0, 1060)
    assert series(1059.9) == (1.0, 1060)
    assert series(1060) == (2.0, 1120)
    assert series(1180) == (1.0, 1240)
    assert constant(5.0)(7.0)[0] == 5.0
    assert stepped([(10, 1.0), (20, 2.0)])(15) == (1.0, 20)
    assert stepped([(10, 1.0), (20, 2.0)])(25)[0] == 2.0


def test_a_recording_repeats_and_fills_its_gaps(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text(
        "start_utc,power_w\n2026-01-01T00:00Z,100\n2026-01-01T00:30Z,\n2026-01-01T01:00Z,300\n"
    )
    series, start = csv_series(path), 1767225600.0
    powers_w = [series(start + step * 1800)[0] for step in range(4)]
    assert powers_w == [100, 100, 300, 100]
    assert series(start) == (100.0, start + 1800)


def test_a_house_lives_by_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("start_utc,power_w\n2026-01-01T00:00Z,100\n2026-01-01T00:30Z,700\n")
    house = House(load_w=csv_series(path), starts_at=1767225600.0)
    house.advance(1767225600.0 + 1700)
    assert house.load_w == 100
    house.advance(1767225600.0 + 1800)
    assert house.load_w == 700


def test_a_recording_of_one_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("start_utc,power_w\n2026-01-01T00:00Z,100\n")
    with pytest.raises(ValueError, match="fewer than two rows"):
        csv_series(path)
