from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from batteries.simulator.slots import DeviceClock, Slot, minute_of_day, next_edge, slot_in_force
from batteries.simulator.testing import request
from tests.simulator.bench import NOON, PARIS, Bench, settled

MONDAY, WEDNESDAY, SUNDAY = 1 << 0, 1 << 2, 1 << 6


def test_auto_tests_its_phase_by_discharging_above_half() -> None:
    bench = Bench(soc_percent=70, load_w=100.0)
    bench.wait(10)
    assert bench.power_w == pytest.approx(-800, rel=0.01)
    bench.wait(11)
    assert bench.power_w == pytest.approx(-100)


def test_auto_tests_its_phase_by_charging_up_to_half() -> None:
    bench = Bench(soc_percent=50, load_w=100.0)
    bench.wait(10)
    assert bench.power_w == pytest.approx(800, rel=0.01)


def test_entering_auto_tests_the_phase_again() -> None:
    bench = settled(soc_percent=70, load_w=300.0)
    bench.passive(0)
    bench.wait(60)
    bench.order("Auto")
    bench.wait(3)
    assert bench.reason == "phase test"
    bench.wait(20)
    assert bench.power_w == pytest.approx(-300)


def test_auto_again_in_auto_is_no_entry() -> None:
    bench = settled(profile="hmg50-156", load_w=300.0)
    assert bench.order("Auto") is True
    bench.wait(5)
    assert bench.reason == "meter"


def test_ai_follows_the_meter() -> None:
    bench = settled(load_w=450.0, soc_percent=60)
    assert bench.order("AI") is True
    bench.wait(30)
    assert bench.power_w == pytest.approx(-450)
    assert bench.ask("ES.GetMode")["mode"] == "AI"


def test_power_follows_an_order_after_the_response_time() -> None:
    bench = settled(soc_percent=60, load_w=300.0, response_s=3.0)
    bench.passive(-2000)
    bench.wait(2.9)
    assert bench.power_w == pytest.approx(-300)
    bench.wait(0.2)
    assert bench.power_w == pytest.approx(1992)


def test_passive_counts_on_the_device_and_still_says_passive_at_zero() -> None:
    bench = settled(soc_percent=60, load_w=300.0)
    bench.passive(1500, cd_time=120)
    bench.wait(119)
    assert bench.ask("ES.GetStatus", after_s=0.5)["ongrid_power"] == 1494
    bench.wait(1)
    status, mode = bench.ask("ES.GetStatus"), bench.ask("ES.GetMode")
    assert status["ongrid_power"] == 0
    assert mode["mode"] == "Passive"


def test_passive_renewed_goes_on() -> None:
    bench = settled(soc_percent=60)
    bench.passive(500, cd_time=120)
    bench.wait(100)
    bench.passive(500, cd_time=120, after_s=0)
    bench.wait(100)
    assert bench.power_w == pytest.approx(-498)


def test_passive_without_time_ends_at_once() -> None:
    bench = settled(soc_percent=60)
    assert bench.passive(500, cd_time=0) is True
    bench.wait(5)
    assert bench.power_w == 0


@pytest.mark.parametrize("power", [2501, -2501, 10_000])
def test_passive_beyond_2500_w_is_refused(power: int) -> None:
    assert settled().passive(power) is False


def test_ups_charges_at_full_power_and_stays_full() -> None:
    bench = settled(soc_percent=80, load_w=300.0)
    assert bench.order("UPS") is True
    bench.wait(10)
    assert bench.ask("ES.GetStatus")["ongrid_power"] == -2490
    bench.wait(7200)
    assert bench.ask("ES.GetStatus")["bat_soc"] == 100
    assert bench.ask("ES.GetMode")["mode"] == "UPS"


def test_a_slot_runs_on_its_hours_and_the_battery_idles_outside() -> None:
    bench = settled(soc_percent=40, load_w=300.0, power_error=0.0)
    assert bench.slot(0, "13:00", "14:00", -800) is True
    bench.wait(30)
    assert bench.power_w == 0
    assert bench.reason == "no slot"
    bench.until(datetime(2026, 1, 14, 13, 0, 1, tzinfo=PARIS))
    assert bench.power_w == 800
    bench.until(datetime(2026, 1, 14, 13, 59, 59, tzinfo=PARIS))
    assert bench.power_w == 800
    bench.until(datetime(2026, 1, 14, 14, 0, 1, tzinfo=PARIS))
    assert bench.power_w == 0


def test_writing_a_slot_enters_manual_even_a_disabled_one() -> None:
    bench = settled(load_w=300.0)
    bench.slot(9, "00:00", "00:01", 0, enable=0)
    bench.wait(20)
    assert bench.ask("ES.GetMode")["mode"] == "Manual"
    assert bench.power_w == 0


def test_power_minus_one_is_self_consumption_for_the_slot() -> None:
    bench = settled(soc_percent=60, load_w=650.0)
    bench.slot(0, "06:00", "22:00", -1)
    bench.wait(30)
    assert bench.power_w == pytest.approx(-650)
    bench.until(datetime(2026, 1, 14, 22, 1, tzinfo=PARIS))
    assert bench.power_w == 0


def test_where_slots_overlap_the_lowest_number_wins() -> None:
    bench = settled(soc_percent=40, power_error=0.0)
    bench.slot(3, "00:00", "23:59", 0)
    bench.slot(5, "11:00", "14:00", -800)
    bench.wait(30)
    assert bench.power_w == 0
    bench.slot(1, "11:00", "14:00", -700)
    bench.wait(30)
    assert bench.power_w == 700


def test_a_disabled_slot_is_as_none() -> None:
    bench = settled(soc_percent=40, power_error=0.0)
    bench.slot(1, "11:00", "14:00", -700)
    bench.slot(1, "11:00", "14:00", -700, enable=0)
    bench.wait(30)
    assert bench.power_w == 0


def test_week_set_counts_from_monday() -> None:
    bench = settled(soc_percent=20, power_error=0.0)
    bench.slot(0, "11:00", "14:00", -700, week_set=MONDAY)
    bench.slot(1, "11:00", "14:00", -600, week_set=WEDNESDAY)
    bench.slot(2, "11:00", "14:00", -500, week_set=SUNDAY)
    powers_w = []
    for day in (14, 15, 18, 19):  # Wednesday, Thursday, Sunday, Monday
        bench.until(datetime(2026, 1, day, 12, 30, tzinfo=PARIS))
        powers_w.append(bench.power_w)
    assert powers_w == [600, 0, 500, 700]


def test_a_night_split_at_midnight_leaves_a_minute_at_zero() -> None:
    bench = settled(soc_percent=20, power_error=0.0)
    bench.slot(0, "22:00", "23:59", -400)
    bench.slot(1, "00:00", "06:00", -400)
    at = {}
    for hour, minute in ((23, 58), (23, 59)):
        bench.until(datetime(2026, 1, 14, hour, minute, 30, tzinfo=PARIS))
        at[hour, minute] = bench.power_w
    bench.until(datetime(2026, 1, 15, 0, 0, 30, tzinfo=PARIS))
    assert [*at.values(), bench.power_w] == [400, 0, 400]


@pytest.mark.parametrize(("start", "end"), [("22:00", "06:00"), ("10:00", "10:00")])
def test_a_slot_across_midnight_is_refused(start: str, end: str) -> None:
    assert settled().slot(0, start, end, -400) is False


def test_where_a_slot_across_midnight_is_accepted_it_never_runs() -> None:
    bench = settled(accepts_midnight_slots=True, soc_percent=40)
    assert bench.slot(0, "22:00", "06:00", -400) is True
    bench.until(datetime(2026, 1, 14, 23, 0, tzinfo=PARIS))
    assert bench.power_w == 0


@pytest.mark.parametrize(
    "wrong",
    [{"time_num": 10}, {"week_set": 128}, {"enable": 2}, {"power": 2600}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_slot_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    settings: dict[str, Any] = {
        "time_num": 0, "start_time": "10:00", "end_time": "11:00", "week_set": 127, "power": 100,
        "enable": 1,
    }  # fmt: skip
    assert settled().order("Manual", **(settings | wrong)) is False


@pytest.mark.parametrize("text", ["24:00", "7:00", "12:60", "", None, 720, "12:00\n"])
def test_only_a_time_of_day_is_one(text: object) -> None:
    assert minute_of_day(text) is None


def test_manual_without_its_settings_is_an_error() -> None:
    payload = request("ES.SetMode", {"id": 0, "config": {"mode": "Manual"}})
    assert settled().reply(payload)["error"] == {
        "code": -32602, "message": "Invalid params", "data": 412,
    }  # fmt: skip


def test_slots_follow_the_clock_of_the_device() -> None:
    bench = settled(soc_percent=40, power_error=0.0, clock_offset_s=-3600.0)
    bench.slot(0, "12:00", "13:00", -800)
    bench.until(datetime(2026, 1, 14, 12, 30, tzinfo=PARIS))
    assert bench.power_w == 0
    bench.until(datetime(2026, 1, 14, 13, 30, tzinfo=PARIS))
    assert bench.power_w == 800


def test_in_spring_a_slot_that_does_not_exist_does_not_run() -> None:
    powers_w = night_powers(datetime(2026, 3, 29, 0, 0, tzinfo=PARIS), ("02:00", "03:00"))
    assert set(powers_w) == {0.0}


def test_in_spring_a_slot_from_the_missing_hour_on_starts_at_three() -> None:
    powers_w = night_powers(datetime(2026, 3, 29, 0, 0, tzinfo=PARIS), ("02:30", "04:00"))
    assert [minute for minute, w in enumerate(powers_w) if w] == list(range(120, 180))


def test_in_autumn_a_slot_in_the_repeated_hour_runs_twice() -> None:
    powers_w = night_powers(datetime(2026, 10, 25, 0, 0, tzinfo=PARIS), ("02:15", "02:45"))
    expected = [*range(135, 165), *range(195, 225)]
    assert [minute for minute, w in enumerate(powers_w) if w] == expected


def night_powers(midnight: datetime, slot: tuple[str, str]) -> list[float]:
    """Power at the half of each of the 360 true minutes after a midnight in Paris."""
    bench = settled(at=midnight.timestamp() - 3600, soc_percent=30, power_error=0.0)
    bench.slot(0, *slot, -500)
    bench.wait(midnight.timestamp() + 30 - bench.now)
    powers_w = []
    for _ in range(360):
        powers_w.append(bench.power_w)
        bench.wait(60)
    return powers_w


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25), (6, 1)])
def test_no_edge_is_missed(month: int, day: int) -> None:
    """Between two edges the slot in force stays the same, clock changes included."""
    clock = DeviceClock()
    slots = [Slot(0, 90, 150, 127, 1, True), Slot(1, 150, 185, 127, 2, True)]
    start = datetime(2026, month, day, tzinfo=PARIS).timestamp()
    edges = [start]
    while edges[-1] < start + 6 * 3600:
        edges.append(next_edge(slots, clock, edges[-1]))
    for since, until in pairwise(edges):
        moments = [since + (until - since) * part for part in (0.01, 0.5, 0.99)]
        assert len({slot_in_force(slots, clock, at) for at in moments}) == 1


def test_modes_slots_and_depth_survive_a_reboot() -> None:
    bench = settled(soc_percent=40, power_error=0.0)
    bench.slot(0, "11:00", "14:00", -700)
    bench.ask("DOD.SET", value=70)
    bench.device.reboot()
    assert bench.ask("ES.GetStatus") is None
    bench.wait(60)
    assert bench.ask("ES.GetMode")["mode"] == "Manual"
    assert bench.power_w == 700
    assert bench.device.cells.floor_percent == 30


def test_slots_stay_while_another_mode_is_active() -> None:
    bench = settled(soc_percent=40, power_error=0.0)
    bench.slot(0, "11:00", "14:00", -700)
    bench.order("Auto")
    bench.slot(1, "20:00", "21:00", 0)
    bench.wait(5)
    assert bench.power_w == 700


def test_a_running_passive_does_not_survive_a_reboot() -> None:
    bench = settled(soc_percent=60)
    bench.passive(1000)
    bench.device.reboot()
    bench.wait(60)
    assert bench.power_w == 0
    assert bench.ask("ES.GetMode")["mode"] == "Passive"


def test_auto_tests_its_phase_after_a_reboot() -> None:
    bench = settled(soc_percent=60, load_w=300.0)
    bench.device.reboot()
    bench.wait(30)
    assert bench.reason == "phase test"
    bench.wait(30)
    assert bench.power_w == pytest.approx(-300)


def test_a_reset_leaves_manual_without_slots_and_800_w() -> None:
    bench = settled(soc_percent=60)
    bench.slot(0, "11:00", "14:00", -700)
    bench.device.reset_to_defaults()
    bench.wait(10)
    assert bench.ask("ES.GetMode")["mode"] == "Manual"
    assert bench.power_w == 0
    bench.passive(2500)
    bench.wait(10)
    assert bench.power_w == -800
    assert bench.reason == "limit"


def test_reset_factory_clears_the_counters_only_where_told() -> None:
    bench = settled()
    bench.ask("Reset.Factory", type=2)
    assert bench.ask("ES.GetStatus")["total_grid_input_energy"] > 1_000_000
    bench.ask("Reset.Factory", type=1)
    assert bench.ask("ES.GetStatus")["total_grid_input_energy"] == 0


def test_set_ver_sets_the_power_class() -> None:
    bench = settled(soc_percent=60)
    assert bench.ask("Set.Ver", version=800) == {"id": 0, "set_result": True}
    assert bench.ask("Set.Ver", version=900) == {"id": 0, "set_result": False}
    bench.passive(2000)
    bench.wait(10)
    assert bench.power_w == -800


@pytest.mark.parametrize(("method", "key"), [("Led.Ctrl", "state"), ("Ble.Adv", "enable")])
def test_switches_take_zero_and_one(method: str, key: str) -> None:
    bench = settled()
    assert [bench.ask(method, **{key: value})["set_result"] for value in (0, 1, 2)] == [
        True, True, False,
    ]  # fmt: skip


def test_noon_of_the_bench_is_a_wednesday() -> None:
    assert datetime.fromtimestamp(NOON, PARIS).strftime("%A %H:%M") == "Wednesday 12:00"
