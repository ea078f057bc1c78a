"""When the effect of a write is looked at, and what a look that was lost is followed by. Pure."""

from __future__ import annotations

import pytest

from scheduling.proof import Look, Seen, Wanted, next_look, next_look_of_many
from scheduling.targets import TargetMode

QUIET_S = 15.0
AUTO, HOLD = Wanted(TargetMode.AUTO), Wanted(TargetMode.HOLD)
CHARGE = Wanted(TargetMode.CHARGE, 600)
STILL = (Seen(6, power_w=0), Seen(11, power_w=0))


def lost(wanted: Wanted, seen: tuple[Seen, ...], now_s: float) -> Look | None:
    return next_look_of_many(wanted, QUIET_S, seen, now_s, was_lost=True)


@pytest.mark.parametrize(
    ("wanted", "seen", "now_s", "look"),
    [
        (CHARGE, (), 12.5, Look(17.5, False)),
        (AUTO, (), 9.0, Look(16.0, True)),
        (AUTO, (), 28.5, Look(33.5, True)),
        (HOLD, STILL, 28.5, Look(33.5, True)),
        (HOLD, (Seen(18, mode="Passive"),), 28.5, Look(33.5, False)),
    ],
)
def test_a_lost_look_is_soon_made_again_for_what_is_missing(
    wanted: Wanted, seen: tuple[Seen, ...], now_s: float, look: Look
) -> None:
    assert lost(wanted, seen, now_s) == look


def test_a_planned_look_that_comes_sooner_stays() -> None:
    assert lost(CHARGE, (), 7.0) == Look(10.0, False)


@pytest.mark.parametrize("wanted", [AUTO, HOLD, CHARGE])
@pytest.mark.parametrize("now_s", [1.0, 9.0, 12.5, 40.0, 89.0, 300.0])
def test_no_mode_is_read_before_its_rest(wanted: Wanted, now_s: float) -> None:
    look = next_look_of_many(wanted, 120.0, (), now_s, was_lost=True)
    assert look is None or not look.is_mode or look.after_s >= 120


def test_a_write_that_is_no_longer_young_keeps_its_plan() -> None:
    assert lost(CHARGE, (), 86.0) is None
    assert lost(AUTO, (), 100.0) == next_look(AUTO, QUIET_S, (), 100.0)


def test_one_reading_too_few_does_not_wait_for_the_polls() -> None:
    seen = (Seen(25, mode="Passive"), Seen(45, power_w=0))
    after = next_look_of_many(HOLD, QUIET_S, seen, 45.0, was_lost=False)
    assert after == Look(50.0, False)


def test_what_was_read_four_times_is_not_read_on_and_on() -> None:
    seen = tuple(Seen(after_s, power_w=600) for after_s in (5, 10, 20, 40))
    assert next_look_of_many(CHARGE, QUIET_S, seen, 40.0, was_lost=False) is None
