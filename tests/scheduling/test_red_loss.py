"""What an order by hand over a red day costs: energy from the plan, euros from the prices."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from scheduling.overriding import RedWarning, red_warning
from scheduling.red_loss import lost_wh
from scheduling.situation import WishKind
from scheduling.targets import HandsOff, Target, TargetMode, Wanted
from tempo.models import PriceGrid
from tests import rows

from .planned_house import TUESDAY, at, battery, colours, house, wish
from .red_days import red_day
from .schedules import automatic

RED = TUESDAY + timedelta(days=1)
NOON, EVENING, NIGHT = at("12:00"), at("21:00"), at("23:00")
FULL_WH = 0.83 * 5120 * 500 / 557  # 95 % down to 12 %, at a usual power
PER_KWH = (0.7295, 0.1356 / 0.8 + 0.046)  # red peak, and a charge in a blue night


def lost(
    mode: TargetMode | WishKind, now: datetime, until: datetime, soc: int | None = 50
) -> float:
    situation = house(battery(soc=soc), colours=colours(TUESDAY, "blue", "red"))
    return lost_wh(situation, [wish(mode, now, until)], RED, now)


def test_a_hold_over_the_night_loses_what_would_have_been_charged() -> None:
    expected = 0.45 * 5120 * 500 / 557
    assert lost(TargetMode.HOLD, EVENING, at("08:00", RED)) == pytest.approx(expected)


def test_hands_off_before_the_night_may_find_it_empty() -> None:
    assert lost(WishKind.HANDS_OFF, EVENING, at("08:00", RED)) == pytest.approx(FULL_WH)


def test_a_hold_that_leaves_time_to_charge_loses_nothing() -> None:
    assert lost(TargetMode.HOLD, EVENING, NIGHT) == pytest.approx(0, abs=20)


def test_the_shorter_the_time_that_is_left_the_more_is_lost() -> None:
    late = lost(TargetMode.HOLD, EVENING, at("05:00", RED), soc=12)
    assert late == pytest.approx(FULL_WH - 2360 * 500 / 557, rel=0.02)  # an hour at full power


def test_a_full_battery_on_hold_loses_nothing() -> None:
    assert lost(TargetMode.HOLD, EVENING, at("08:00", RED), soc=95) == 0


def test_over_the_whole_red_day_everything_is_lost() -> None:
    assert lost(TargetMode.HOLD, at("05:50", RED), at("22:00", RED), 95) == pytest.approx(FULL_WH)


@pytest.mark.parametrize(("until", "left_h"), [("11:00", 11), ("18:00", 4), ("21:30", 0.5)])
def test_within_the_red_day_what_cannot_be_given_any_more_is_lost(
    until: str, left_h: float
) -> None:
    expected = FULL_WH - min(FULL_WH, 500 * left_h)
    assert lost(TargetMode.HOLD, at("10:00", RED), at(until, RED), 95) == pytest.approx(expected)


def test_a_charge_that_was_never_told_counts_as_none() -> None:
    assert lost(TargetMode.HOLD, EVENING, at("08:00", RED), None) == pytest.approx(FULL_WH)


def test_batteries_share_the_time_that_is_left() -> None:
    """Under 3 kVA three batteries cannot all be charged in the last two hours."""
    three = [battery(number, soc=12) for number in (1, 2, 3)]
    situation = house(
        *three, colours=colours(TUESDAY, "blue", "red"), contract_va=3000, house_load_w=300
    )
    held = [
        wish(TargetMode.HOLD, EVENING, at("04:00", RED), number, battery_id=number)
        for number in (1, 2, 3)
    ]
    cells_kwh = 2 * 2.4 * 0.95  # two hours of 2.4 kW
    assert lost_wh(situation, held, RED, EVENING) == pytest.approx(
        3 * FULL_WH - 1000 * cells_kwh * 500 / 557, rel=0.03
    )


@pytest.fixture
def red_tomorrow(db: None) -> None:
    automatic(serves_red_days=True)
    red_day(RED)


def warned(wanted: Wanted, now: datetime, count: int = 1) -> RedWarning:
    batteries = [rows.battery(f"Cave {number}", at=now, soc=50) for number in range(count)]
    with translation.override("en"):
        warning = red_warning(batteries, wanted, now)
    assert warning is not None
    return warning


@pytest.mark.usefixtures("red_tomorrow")
def test_three_batteries_left_alone_cost_a_whole_red_day() -> None:
    warning = warned(HandsOff(at("08:00", RED)), NOON, 3)
    bought, charged = PER_KWH
    assert warning.cost_eur == pytest.approx(3 * FULL_WH / 1000 * (bought - charged))
    assert "That costs about 5.88\u00a0€: 11.4\u00a0kWh bought at 72.95\u00a0c€/kWh" in (
        warning.sentence
    )
    assert "a charge costs 21.55\u00a0c€/kWh with its losses and wear." in warning.sentence
    assert warning.resumes_at == at("22:00")


@pytest.mark.usefixtures("red_tomorrow")
def test_what_is_not_lost_is_not_called_a_loss() -> None:
    warning = warned(Target.of(TargetMode.HOLD, until=NIGHT), EVENING)
    assert "hardly anything is lost" in warning.sentence
    assert "would not be charged" not in warning.sentence


@pytest.mark.django_db
def test_a_possibly_red_day_costs_if_it_is_red() -> None:
    automatic(serves_red_days=True)
    warning = warned(HandsOff(at("08:00", RED)), NOON)
    assert "a day that may be red" in warning.sentence
    assert "If it is red, that costs about" in warning.sentence


@pytest.mark.usefixtures("red_tomorrow")
def test_without_prices_it_says_only_what_happens() -> None:
    PriceGrid.objects.all().delete()
    warning = warned(HandsOff(at("08:00", RED)), NOON)
    assert warning.cost_eur is None
    assert warning.sentence.endswith("would not be charged for it.")
