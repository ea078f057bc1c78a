import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batteries.simulator.cells import Cells
from batteries.simulator.efficiency import cell_power_w, wall_power_from_panels_w
from tests.simulator.bench import Bench, settled

CAPACITY_WH = 5120.0


@pytest.mark.parametrize(
    ("ac_w", "efficiency"),
    [(63, 0.60), (250, 0.885), (500, 0.938), (1000, 0.955), (1500, 0.954), (2500, 0.944)],
)
def test_charging_loses_what_was_measured(ac_w: float, efficiency: float) -> None:
    assert cell_power_w(ac_w) == pytest.approx(ac_w * efficiency)


@pytest.mark.parametrize(
    ("ac_w", "efficiency"),
    [(63, 0.75), (250, 0.856), (500, 0.898), (1000, 0.912), (1500, 0.909), (2500, 0.893)],
)
def test_discharging_loses_what_was_measured(ac_w: float, efficiency: float) -> None:
    assert cell_power_w(-ac_w) == pytest.approx(-ac_w / efficiency)


@pytest.mark.parametrize(("ac_w", "percent"), [(250, 76), (500, 84), (1000, 87), (2500, 84)])
def test_the_round_trip_is_the_measured_one(ac_w: float, percent: float) -> None:
    assert -100 * cell_power_w(ac_w) / cell_power_w(-ac_w) == pytest.approx(percent, abs=0.7)


@given(st.floats(-3000, 3000))
def test_energy_is_never_won_on_the_way(ac_w: float) -> None:
    assert cell_power_w(ac_w) <= ac_w


@given(st.floats(0, 3000))
def test_what_panels_carry_leaves_the_cells_alone(panels_w: float) -> None:
    assert panels_w + cell_power_w(-wall_power_from_panels_w(panels_w)) >= -1e-9


def test_an_hour_at_a_kilowatt_charges_by_the_efficiency() -> None:
    bench = settled(soc_percent=40, power_error=0.0)
    before_wh = bench.device.cells.energy_wh
    bench.passive(-1000, cd_time=3600)
    bench.wait(2.0 + 3600)
    gained_wh = bench.device.cells.energy_wh - before_wh
    assert gained_wh == pytest.approx(955 * (3598 / 3600), abs=1)


def test_discharge_ends_at_the_floor_of_twelve_percent() -> None:
    bench = settled(soc_percent=20)
    bench.passive(2500, cd_time=3600)
    bench.wait(3000)
    assert bench.soc == pytest.approx(12.0, abs=1e-6)
    assert bench.power_w == 0
    assert bench.reason == "empty"


def test_dod_set_moves_the_floor() -> None:
    bench = settled(soc_percent=50)
    bench.ask("DOD.SET", value=60)
    bench.passive(2500, cd_time=3600)
    bench.wait(3000)
    assert bench.soc == pytest.approx(40.0, abs=1e-6)


def test_a_floor_above_the_charge_stops_discharging_at_once() -> None:
    bench = settled(soc_percent=50)
    bench.passive(2000, cd_time=3600)
    bench.wait(10)
    bench.ask("DOD.SET", value=30)
    assert bench.power_w == 0


@pytest.mark.parametrize("value", [29, 89, 0, -1])
def test_dod_set_refuses_what_is_out_of_range(value: int) -> None:
    assert settled().ask("DOD.SET", value=value) == {"id": 0, "set_result": False}


def test_the_bms_may_refuse_above_the_floor() -> None:
    bench = settled(soc_percent=30, bms_floor_percent=20.0)
    bench.passive(2500, cd_time=3600)
    bench.wait(3000)
    assert bench.soc == pytest.approx(20.0, abs=1e-6)


def test_charging_tapers_near_the_top() -> None:
    bench = settled(soc_percent=94)
    bench.passive(-2500, cd_time=7200)
    bench.wait(3600)
    powers_w = [state.power_w for state in bench.device.trace.states if state.mode == "Passive"]
    assert powers_w[1:] == pytest.approx([2490, 1500, 875, 500, 0])


@pytest.mark.parametrize("full_percent", [97.0, 98.5, 100.0])
def test_charging_ends_where_the_bms_says_full(full_percent: float) -> None:
    bench = settled(soc_percent=94, full_percent=full_percent)
    bench.passive(-2500, cd_time=7200)
    bench.wait(7000)
    assert bench.soc == pytest.approx(full_percent, abs=1e-6)
    assert bench.reason == "full"


def test_a_full_battery_charges_again_only_two_percent_lower() -> None:
    bench = settled(soc_percent=100)
    bench.passive(1000, cd_time=300)
    bench.wait(200)
    assert 98 < bench.soc < 100
    bench.passive(-1000)
    bench.wait(10)
    assert bench.power_w == 0
    bench.passive(1000)
    bench.wait(400)
    bench.passive(-1000)
    bench.wait(10)
    assert bench.power_w > 0


def test_temperature_follows_power_and_comes_back() -> None:
    bench = settled(soc_percent=15)
    bench.passive(-2500, cd_time=3600)
    bench.wait(3590)
    warm_c = bench.ask("Bat.GetStatus")["bat_temp"]
    bench.wait(20 * 3600)
    assert 22 < warm_c < 31
    assert bench.ask("Bat.GetStatus")["bat_temp"] == pytest.approx(18.0, abs=0.1)


def test_counters_count_at_the_wall() -> None:
    bench = settled(soc_percent=50, power_error=0.0)
    before = bench.ask("ES.GetStatus")
    bench.passive(-1000, cd_time=1800)
    bench.wait(1900)
    bench.passive(1000, cd_time=1800)
    bench.wait(1900)
    after = bench.ask("ES.GetStatus")
    assert after["total_grid_input_energy"] - before["total_grid_input_energy"] in range(498, 502)
    assert after["total_grid_output_energy"] - before["total_grid_output_energy"] in range(498, 502)


@given(st.floats(0, 100), st.lists(st.tuples(st.floats(-2500, 2500), st.floats(0, 4)), max_size=8))
def test_cells_never_leave_their_limits(
    soc_percent: float, runs: list[tuple[float, float]]
) -> None:
    cells = Cells(CAPACITY_WH, soc_percent)
    lowest_wh = min(cells.energy_wh, CAPACITY_WH * 0.12)
    for power_w, hours in runs:
        _run(cells, power_w, hours)
        assert lowest_wh - 1e-6 <= cells.energy_wh <= CAPACITY_WH


def _run(cells: Cells, power_w: float, hours: float) -> None:
    """As the house does: stop at each boundary and look at the limits again."""
    while hours > 0:
        cells.refresh()
        limited_w = min(power_w, 2500 * cells.taper()) if power_w > 0 else power_w
        cells.run(max(limited_w, -cells.can_give_w(0.0)), 0.0)
        step = min(hours, cells.hours_to_boundary())
        cells.settle(step)
        hours -= step if math.isfinite(step) else hours


@given(
    st.floats(5, 100),
    st.lists(
        st.tuples(st.integers(-2500, 2500), st.integers(0, 7200), st.integers(1, 5000)), max_size=6
    ),
)
def test_energy_is_conserved(soc_percent: float, orders: list[tuple[int, int, int]]) -> None:
    """Cells, counters, meter and trace tell the same story about any course of orders."""
    bench = Bench(soc_percent=soc_percent, load_w=[300.0, 1200.0, 50.0])
    device, start_wh, start = bench.device, bench.device.cells.energy_wh, bench.now
    for power_w, cd_time, wait_s in orders:
        bench.passive(power_w, cd_time)
        bench.wait(wait_s)
    spans = device.trace.power_between(start, bench.now)
    into_cells_wh = sum(cell_power_w(s.power_w) * (s.until - s.since) / 3600 for s in spans)
    device.settle(bench.now)
    bench.house.settle_meter()
    assert device.cells.energy_wh - start_wh == pytest.approx(into_cells_wh, abs=1e-3)
    wall_wh = device.trace.energy_between_wh(start, bench.now)
    assert device.cells.charged_wh - device.cells.discharged_wh == pytest.approx(wall_wh, abs=1e-3)
    metered_wh = bench.house.imported_wh - bench.house.exported_wh
    assert metered_wh == pytest.approx(_load_wh(start, bench.now) + wall_wh, abs=1e-3)


def _load_wh(since: float, until: float) -> float:
    """Of the three powers of the test above, a minute each, over and over."""
    powers_w, energy_ws, at = (300.0, 1200.0, 50.0), 0.0, since
    while at < until:
        minute = int((at - since) // 60)
        ends = min(until, since + (minute + 1) * 60)
        energy_ws += powers_w[minute % 3] * (ends - at)
        at = ends
    return energy_ws / 3600


def test_the_size_of_the_steps_changes_nothing() -> None:
    hasty, patient = (Bench(soc_percent=90, load_w=[900.0, 100.0]) for _ in range(2))
    for bench in (hasty, patient):
        bench.passive(-2500, cd_time=3000)
    hasty.wait(40_000)
    for _ in range(4000):
        patient.wait(10)
    assert hasty.soc == pytest.approx(patient.soc, abs=1e-9)
    assert len(hasty.device.trace.states) == len(patient.device.trace.states)
