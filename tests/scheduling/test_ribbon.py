"""The strip of the next hours: places in percent, words that fit, the charge to expect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import translation

from scheduling.planning import plan
from scheduling.ribbon import Ribbon, Stretch, fitting, ribbon
from scheduling.situation import Segment, Situation, WishKind
from scheduling.targets import TargetMode

from .planned_house import at, battery, house, rule, wish

AUTO, HOLD, CHARGE = TargetMode.AUTO, TargetMode.HOLD, TargetMode.CHARGE
NOON = at("12:00")
CLASSIC = (rule(AUTO, "06:00", "22:00", 1), rule(HOLD, "22:00", "06:00", 2))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def segments(situation: Situation, hours: float = 48) -> list[Segment]:
    return plan(situation, NOON, hours)[1]


def strip(situation: Situation, hours: float = 48) -> Ribbon:
    return ribbon(1, "Garage", segments(situation, hours), NOON)


def percents(stretches: tuple[Stretch, ...]) -> list[tuple[float, float]]:
    return [(float(s.x.rstrip("%")), float(s.width.rstrip("%"))) for s in stretches]


def test_stretches_fill_the_strip_without_gap() -> None:
    places = percents(strip(house(rules=CLASSIC)).stretches)
    assert places[0][0] == 0
    assert abs(sum(width for _x, width in places) - 100) < 0.01
    for (x, width), (next_x, _width) in pairwise(places):
        assert abs(x + width - next_x) < 0.01


def test_a_stretch_has_its_mode_its_time_and_its_reason() -> None:
    shown = strip(house(rules=CLASSIC)).stretches[1]
    assert shown.kind == "hold"
    assert shown.title.startswith("22:00 to 2 December, 06:00: On hold: schedule “Schedule 2”")


def test_where_automation_is_off_the_sentence_does_not_say_it_on_each_stretch() -> None:
    shown = strip(house(rules=CLASSIC, is_automatic=False)).stretches[1]
    assert "otherwise" not in shown.title


def test_left_alone_is_a_kind_of_its_own() -> None:
    off = wish(WishKind.HANDS_OFF, NOON, NOON + timedelta(hours=24))
    shown = strip(house(wishes=(off,))).stretches[0]
    assert (shown.kind, shown.label) == ("alone", "Left alone")


def test_a_label_that_would_not_fit_a_phone_is_left_out() -> None:
    assert fitting("Charge", 15) == "Charge"
    assert fitting("Charge", 14) == ""


def test_the_ruler_has_six_hours_and_names_the_days_at_midnight() -> None:
    marks = strip(house()).marks
    assert [mark.text for mark in marks] == ["18", "Wed", "6", "12", "18", "Thu", "6"]
    assert [mark.is_midnight for mark in marks].count(True) == 2
    assert marks[0].x == "12.500%"


def test_the_expected_charge_rises_while_charging() -> None:
    charge = rule(CHARGE, "14:00", "18:00", target_soc=80)
    slopes = strip(house(battery(soc=40), rules=(charge,))).slopes
    heights = [float(slope.y2.rstrip("%")) for slope in slopes]
    assert min(heights) == 95 - 0.9 * 80
    assert slopes[0].y1 == slopes[0].y2, "nothing happens before 14:00"


def test_an_unknown_charge_has_no_slope() -> None:
    assert strip(house(battery(soc=None))).slopes == ()


def test_no_plan_is_an_empty_strip() -> None:
    assert ribbon(1, "Garage", [], NOON).stretches == ()
