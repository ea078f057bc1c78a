"""Rule 6: implausible readings are held until confirmed, and marked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from batteries.marstek.plausibility import Doubt, Plausibility
from batteries.marstek.profiles import profile_for
from batteries.marstek.values import BatteryStatus, EnergyStatus

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
VENUS_E3 = profile_for("VenusE 3.0", 150)
VENUS_A = profile_for("VenusA", 150)


class Readings:
    """One device's readings, a minute apart."""

    def __init__(self, **seed: Any) -> None:
        self.state = Plausibility(**seed)
        self.at = NOON

    def energy(self, *, minutes: float = 1, **fields: Any) -> tuple[EnergyStatus, list[str]]:
        self.at += timedelta(minutes=minutes)
        status, doubts = self.state.check_energy(EnergyStatus(**fields), VENUS_E3, at=self.at)
        return status, list(doubts)

    def battery(self, **fields: Any) -> tuple[BatteryStatus, list[str]]:
        status, doubts = self.state.check_battery(BatteryStatus(**fields))
        return status, list(doubts)


def test_rule_6_a_sound_reading_passes_untouched() -> None:
    status = EnergyStatus(50, 5120, 0, -984, 0, 984, 0, 1000, 2000)
    state = Plausibility(soc_percent=49, discharged_energy_wh=990, charged_energy_wh=1990)
    assert state.check_energy(status, VENUS_E3, at=NOON) == (status, ())


def test_rule_6_soc_0_is_held_until_three_readings_agree() -> None:
    readings = Readings(soc_percent=57)
    seen = [readings.energy(soc_percent=0) for _ in range(4)]
    assert [status.soc_percent for status, _ in seen] == [None, None, 0, 0]
    assert [doubts for _, doubts in seen] == [[Doubt.SOC_ZERO], [Doubt.SOC_ZERO], [], []]


def test_rule_6_another_soc_between_starts_the_count_again() -> None:
    readings = Readings(soc_percent=57)
    seen = [readings.energy(soc_percent=soc)[0].soc_percent for soc in (0, 0, 56, 0, 0)]
    assert seen == [None, None, 56, None, None]


def test_rule_6_an_empty_battery_may_say_0() -> None:
    assert Readings(soc_percent=9).energy(soc_percent=0)[0].soc_percent == 0


def test_rule_6_soc_0_is_held_where_nothing_is_known() -> None:
    assert Readings().energy(soc_percent=0) == (EnergyStatus(), [Doubt.SOC_ZERO])


def test_rule_6_the_two_methods_do_not_confirm_each_other() -> None:
    readings = Readings(soc_percent=57)
    for _ in range(2):
        readings.energy(soc_percent=0)
    assert readings.battery(soc_percent=0) == (BatteryStatus(), [Doubt.SOC_ZERO])


def test_rule_6_a_counter_that_goes_back_is_held_until_two_agree() -> None:
    readings = Readings(charged_energy_wh=5000, counters_at=NOON)
    seen = [readings.energy(charged_energy_wh=wh) for wh in (4000, 4010, 4020)]
    assert [status.charged_energy_wh for status, _ in seen] == [None, 4010, 4020]
    assert seen[0][1] == [Doubt.COUNTER_BACK]


def test_rule_6_a_counter_that_dips_once_is_held_once() -> None:
    readings = Readings(discharged_energy_wh=5000, counters_at=NOON)
    seen = [readings.energy(discharged_energy_wh=wh)[0] for wh in (5010, 400, 5020)]
    assert [status.discharged_energy_wh for status in seen] == [5010, None, 5020]


def test_rule_6_a_dip_that_was_refuted_confirms_no_later_one() -> None:
    readings = Readings(discharged_energy_wh=5000, counters_at=NOON)
    seen = [readings.energy(discharged_energy_wh=wh)[0] for wh in (400, 5010, 410)]
    assert [status.discharged_energy_wh for status in seen] == [None, 5010, None]


def test_rule_6_dips_that_disagree_confirm_nothing() -> None:
    readings = Readings(charged_energy_wh=5000, counters_at=NOON)
    seen = [readings.energy(charged_energy_wh=wh)[0] for wh in (4000, 300, 20)]
    assert [status.charged_energy_wh for status in seen] == [None, None, None]


def test_rule_6_a_counter_that_jumps_beyond_any_power_is_held() -> None:
    readings = Readings(charged_energy_wh=5000, counters_at=NOON)
    assert readings.energy(charged_energy_wh=900_000)[1] == [Doubt.COUNTER_JUMPED]
    assert readings.energy(charged_energy_wh=5020)[0].charged_energy_wh == 5020


def test_rule_6_a_counter_may_move_far_over_a_long_silence() -> None:
    readings = Readings(charged_energy_wh=5000, counters_at=NOON)
    status, doubts = readings.energy(minutes=60 * 48, charged_energy_wh=60_000)
    assert (status.charged_energy_wh, doubts) == (60_000, [])


def test_rule_6_how_far_a_counter_may_move_counts_from_the_last_reading() -> None:
    readings = Readings(charged_energy_wh=5000, counters_at=NOON)
    readings.energy(minutes=60 * 48, charged_energy_wh=60_000)
    assert readings.energy(charged_energy_wh=110_000)[1] == [Doubt.COUNTER_JUMPED]


def test_rule_6_a_wrap_is_held_until_it_repeats_and_marked() -> None:
    readings = Readings()
    wrapped = {"offgrid_power_w": -536, "ongrid_power_w": 0, "battery_power_w": 536}
    seen = [readings.energy(**wrapped, unwrapped=("offgrid_power_w",)) for _ in range(2)]
    assert [status.offgrid_power_w for status, _ in seen] == [None, -536]
    assert [status.battery_power_w for status, _ in seen] == [None, 536]
    assert [doubts for _, doubts in seen] == [[Doubt.POWER_WRAPPED]] * 2


def test_rule_6_power_beyond_the_model_is_held_until_three_agree() -> None:
    readings = Readings()
    seen = [readings.energy(ongrid_power_w=9000, battery_power_w=-9000) for _ in range(3)]
    assert [status.ongrid_power_w for status, _ in seen] == [None, None, 9000]
    assert [doubts for _, doubts in seen] == [[Doubt.POWER_BEYOND_MODEL]] * 3


def test_rule_6_solar_counts_for_what_a_battery_can_take() -> None:
    status = EnergyStatus(pv_power_w=2000, ongrid_power_w=-1500, battery_power_w=3500)
    assert Plausibility().check_energy(status, VENUS_A, at=NOON) == (status, ())


@pytest.mark.parametrize("celsius", [-21.0, 61.0, 85.0])
def test_rule_6_an_odd_temperature_is_held_then_shown_and_marked(celsius: float) -> None:
    readings = Readings()
    seen = [readings.battery(temperature_c=celsius) for _ in range(3)]
    assert [status.temperature_c for status, _ in seen] == [None, None, celsius]
    assert [doubts for _, doubts in seen] == [[Doubt.TEMPERATURE_OUT_OF_RANGE]] * 3


@pytest.mark.parametrize("celsius", [-60.0, 120.0])
def test_rule_6_an_impossible_temperature_is_never_shown(celsius: float) -> None:
    readings = Readings()
    assert [readings.battery(temperature_c=celsius)[0].temperature_c for _ in range(5)] == [
        None
    ] * 5


@pytest.mark.parametrize("celsius", [-20.0, 0.0, 60.0])
def test_rule_6_an_ordinary_temperature_passes(celsius: float) -> None:
    status = BatteryStatus(temperature_c=celsius)
    assert Plausibility().check_battery(status) == (status, ())


def test_rule_6_energy_left_that_contradicts_the_soc_shows_a_wrong_scale() -> None:
    readings = Readings(soc_percent=45)
    told = {"soc_percent": 45, "rated_capacity_wh": 5120}
    for _ in range(5):
        status, doubts = readings.battery(**told, remaining_wh=230)
        assert (status.remaining_wh, doubts) == (None, [Doubt.REMAINING_CONTRADICTS_SOC])
    assert readings.battery(**told, remaining_wh=2300)[0].remaining_wh == 2300


def test_rule_6_missing_fields_stay_missing_and_raise_no_doubt() -> None:
    readings = Readings(soc_percent=50, charged_energy_wh=5)
    assert readings.energy() == (EnergyStatus(), [])
    assert readings.battery() == (BatteryStatus(), [])
