"""Rule 8: where polling disturbs the house meter, it slows down and recovers step by step."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from batteries.marstek.meter_guard import MeterGuard, Observation, Pace, Why
from batteries.marstek.values import Mode

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
IDLE: dict[str, Any] = {
    "mode": Mode.AUTO,
    "battery_power_w": 0,
    "grid_power_w": 900,
    "soc_percent": 60,
}


class Watching:
    """A guard that sees something every so often."""

    def __init__(self, **seed: Any) -> None:
        self.guard = MeterGuard(**seed)
        self.at = NOON

    def see(self, *, minutes: float = 1, **fields: Any) -> tuple[Pace, Why]:
        self.at += timedelta(minutes=minutes)
        self.guard.observe(Observation(self.at, **fields))
        return self.guard.pace, self.guard.why

    def until_sparse(self) -> None:
        self.see(ct_connected=True)
        for _ in range(6):
            self.see(ct_connected=False)
        assert self.guard.pace is Pace.SPARSE


def test_rule_8_a_meter_that_is_there_changes_nothing() -> None:
    watching = Watching()
    assert watching.see(ct_connected=True) == (Pace.NORMAL, Why.UNDISTURBED)


def test_rule_8_a_meter_that_never_was_is_not_lost() -> None:
    watching = Watching()
    seen = {watching.see(ct_connected=False) for _ in range(30)}
    assert seen == {(Pace.NORMAL, Why.UNDISTURBED)}


def test_rule_8_a_meter_that_falls_away_halves_the_pace_then_makes_it_sparse() -> None:
    watching = Watching()
    watching.see(ct_connected=True)
    seen = [watching.see(ct_connected=False) for _ in range(6)]
    assert seen[0] == (Pace.HALVED, Why.METER_LOST)
    assert seen[4] == (Pace.HALVED, Why.METER_LOST)
    assert seen[5] == (Pace.SPARSE, Why.METER_LOST)


def test_rule_8_auto_at_0_w_while_the_house_imports_slows_polling_down() -> None:
    watching = Watching()
    seen = [watching.see(**IDLE) for _ in range(3)]
    assert seen[:2] == [(Pace.NORMAL, Why.UNDISTURBED)] * 2  # Auto tests its phase for a while
    assert seen[2] == (Pace.HALVED, Why.AUTO_IDLE)


@pytest.mark.parametrize(
    "difference",
    [
        {"mode": Mode.PASSIVE},
        {"mode": None},
        {"battery_power_w": -400},
        {"grid_power_w": 250},
        {"grid_power_w": None},
        {"soc_percent": 12},
    ],
)
def test_rule_8_standing_still_for_a_reason_is_no_trouble(difference: dict[str, Any]) -> None:
    watching = Watching()
    for _ in range(10):
        watching.see(**IDLE | difference)
    assert watching.guard.pace is Pace.NORMAL


def test_rule_8_idle_moments_apart_do_not_add_up() -> None:
    watching = Watching()
    for _ in range(5):
        watching.see(**IDLE)
        watching.see(**IDLE | {"battery_power_w": -800})
    assert watching.guard.pace is Pace.NORMAL


def test_rule_8_recovers_one_step_at_a_time() -> None:
    watching = Watching()
    watching.until_sparse()
    assert watching.see(minutes=29) == (Pace.SPARSE, Why.METER_LOST)
    assert watching.see(minutes=1) == (Pace.HALVED, Why.RECOVERING)
    watching.see(ct_connected=True)
    assert watching.see(minutes=14, ct_connected=True) == (Pace.HALVED, Why.RECOVERING)
    assert watching.see(minutes=1, ct_connected=True) == (Pace.NORMAL, Why.UNDISTURBED)


def test_rule_8_trouble_during_recovery_doubles_the_rest() -> None:
    watching = Watching()
    watching.until_sparse()
    watching.see(minutes=30)
    assert watching.see(ct_connected=False) == (Pace.SPARSE, Why.METER_LOST)
    assert watching.see(minutes=59) == (Pace.SPARSE, Why.METER_LOST)
    assert watching.see(minutes=1) == (Pace.HALVED, Why.RECOVERING)


def test_rule_8_after_recovery_the_rest_is_short_again() -> None:
    watching = Watching()
    watching.until_sparse()
    watching.see(minutes=30)
    watching.see(ct_connected=False)
    watching.see(minutes=60)
    watching.see(ct_connected=True)
    watching.see(minutes=15, ct_connected=True)
    assert watching.guard.pace is Pace.NORMAL
    watching.until_sparse()
    assert watching.see(minutes=30) == (Pace.HALVED, Why.RECOVERING)


def test_rule_8_a_poll_without_the_meter_is_no_recovery() -> None:
    watching = Watching(pace=Pace.HALVED, why=Why.METER_LOST, has_had_meter=True)
    assert {watching.see(minutes=10) for _ in range(5)} == {(Pace.HALVED, Why.METER_LOST)}


def test_rule_8_gives_up_where_hours_of_rest_do_not_help() -> None:
    watching = Watching()
    watching.until_sparse()
    for minutes in (30, 60, 120, 240):
        watching.see(minutes=minutes)
        last = watching.see(ct_connected=False)
    assert last == (Pace.NORMAL, Why.NOT_BY_POLLING)
    assert watching.see(ct_connected=False) == (Pace.NORMAL, Why.NOT_BY_POLLING)


def test_rule_8_watches_again_once_the_meter_is_back() -> None:
    watching = Watching(pace=Pace.NORMAL, why=Why.NOT_BY_POLLING, has_had_meter=True)
    for _ in range(17):
        watching.see(ct_connected=True)
    assert watching.see(ct_connected=False) == (Pace.HALVED, Why.METER_LOST)


def test_rule_8_the_pace_says_how_often_and_what() -> None:
    intervals = {pace: MeterGuard(pace=pace).poll_interval_s(120.0) for pace in Pace}
    assert intervals == {Pace.NORMAL: 120.0, Pace.HALVED: 240.0, Pace.SPARSE: 600.0}
    methods = ("ES.GetStatus", "EM.GetStatus")
    assert [MeterGuard(pace=Pace.SPARSE).may_ask(method) for method in methods] == [True, False]
    assert MeterGuard().may_ask("EM.GetStatus")


def test_rule_8_a_rest_goes_on_where_it_was_after_a_restart() -> None:
    watching = Watching(
        pace=Pace.SPARSE,
        why=Why.METER_LOST,
        since=NOON - timedelta(minutes=45),
        rest=timedelta(hours=1),
        has_had_meter=True,
    )
    assert watching.see(minutes=10) == (Pace.SPARSE, Why.METER_LOST)
    assert watching.see(minutes=5) == (Pace.HALVED, Why.RECOVERING)


def test_rule_8_a_clock_that_went_back_does_not_make_a_rest_longer() -> None:
    tomorrow = NOON + timedelta(days=1)
    watching = Watching(pace=Pace.SPARSE, why=Why.METER_LOST, since=tomorrow)
    assert watching.see()[0] is Pace.SPARSE
    assert watching.see(minutes=30) == (Pace.HALVED, Why.RECOVERING)


def until_normal(watching: Watching) -> int:
    """Minutes with the meter there until the pace is normal again."""
    for minutes in range(10_000):
        if watching.guard.pace is Pace.NORMAL:
            return minutes
        watching.see(ct_connected=True)
    raise AssertionError("never")


def test_rule_8_a_pace_that_does_harm_again_is_tried_half_as_often() -> None:
    watching = Watching()
    waited = []
    for _ in range(9):
        watching.see(ct_connected=True)
        watching.see(ct_connected=False)
        waited.append(until_normal(watching))
    assert waited == [16, 31, 61, 121, 241, 481, 961, 1441, 1441]


def test_rule_8_after_hours_of_peace_trouble_is_forgotten() -> None:
    watching = Watching()
    for _ in range(3):
        watching.see(ct_connected=True)
        watching.see(ct_connected=False)
        until_normal(watching)
    watching.see(minutes=361, ct_connected=True)
    watching.see(ct_connected=False)
    assert until_normal(watching) == 16


def test_rule_8_never_gives_up_on_a_model_that_is_known_for_it() -> None:
    watching = Watching()
    watching.until_sparse()
    for minutes in (30, 60, 120, 240, 240, 240):
        watching.see(minutes=minutes)
        last = watching.see(ct_connected=False, is_prone=True)
    assert last == (Pace.SPARSE, Why.METER_LOST)


def test_rule_8_resumes_where_it_gave_up_once_the_model_is_known_for_it() -> None:
    watching = Watching(pace=Pace.NORMAL, why=Why.NOT_BY_POLLING, has_had_meter=True)
    assert watching.see(ct_connected=False, is_prone=True) == (Pace.HALVED, Why.METER_LOST)
