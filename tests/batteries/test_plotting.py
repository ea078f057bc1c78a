"""Geometry of plots: from values to paths, with gaps, edges and both clock-change nights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from batteries.plotting import (
    Frame,
    Span,
    area,
    held,
    line,
    number,
    round_limit,
    runs,
    strip,
    time_ticks,
    value_place,
)

SINCE = datetime(2026, 1, 14, 0, 0, tzinfo=UTC)
DAY = Frame(SINCE, SINCE + timedelta(hours=10), 0, 100)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PARIS = ZoneInfo("Europe/Paris")


def at(hours: float) -> datetime:
    return SINCE + timedelta(hours=hours)


def span(since_h: float, until_h: float, value: float) -> Span:
    return Span(at(since_h), at(until_h), value)


def test_the_frame_maps_time_to_the_right_and_values_upwards() -> None:
    assert [DAY.x(at(0)), DAY.x(at(5)), DAY.x(at(10))] == [0, 500, 1000]
    assert [DAY.y(100), DAY.y(25), DAY.y(0)] == [0, 75, 100]


def test_what_is_outside_is_put_on_the_edge() -> None:
    assert [DAY.x(at(-1)), DAY.x(at(11)), DAY.y(101), DAY.y(-1)] == [0, 1000, 0, 100]


def test_a_value_holds_until_the_next_one() -> None:
    points = [(at(0), 1.0), (at(0.5), 2.0), (at(1), 3.0)]
    assert held(points, MINUTE, HOUR) == [
        span(0, 0.5, 1),
        span(0.5, 1, 2),
        Span(at(1), at(1) + MINUTE, 3),
    ]


def test_a_value_before_a_gap_holds_for_one_step_only() -> None:
    spans = held([(at(0), 1.0), (at(2), 2.0)], MINUTE, HOUR)
    assert [each.until - each.since for each in spans] == [MINUTE, MINUTE]
    assert [len(run) for run in runs(spans)] == [1, 1]


def test_nothing_gives_nothing() -> None:
    assert held([], MINUTE, HOUR) == []
    assert line(DAY, []) == area(DAY, []) == ""


def test_a_line_steps_from_value_to_value() -> None:
    assert line(DAY, [span(0, 1, 50), span(1, 2, 75)]) == "M0 50H100V25H200"


def test_a_line_is_never_drawn_across_a_gap() -> None:
    assert line(DAY, [span(0, 1, 50), span(2, 3, 50)]) == "M0 50H100M200 50H300"


def test_an_area_stands_on_its_base_and_closes_at_gaps() -> None:
    path = area(DAY, [span(0, 1, 50), span(1, 2, 75), span(4, 5, 10)])
    assert path == "M0 100L0 50H100V25H200V100ZM400 100L400 90H500V100Z"


def test_an_area_below_its_base_hangs_from_it() -> None:
    frame = Frame(SINCE, at(10), -100, 100)
    assert area(frame, [span(0, 1, -50)]) == "M0 50L0 75H100V50Z"


def test_values_on_the_base_enclose_nothing() -> None:
    assert area(DAY, [span(0, 1, 0), span(1, 2, 10)]) == "M100 100L100 90H200V100Z"


def test_ticks_are_hours_of_the_clock_on_the_wall() -> None:
    frame = Frame(at(0), at(24), 0, 1)  # 01:00 to 01:00 in Paris
    ticks = time_ticks(frame, PARIS)
    assert [tick.text for tick in ticks] == [
        "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00",
    ]  # fmt: skip
    assert [tick.text for tick in ticks if tick.is_main] == ["06:00", "12:00", "18:00", "00:00"]
    assert (ticks[0].place, ticks[0].anchor) == ("8.3%", "middle")


def test_words_at_an_edge_are_not_cut_off() -> None:
    ticks = time_ticks(Frame(at(2), at(23), 0, 1), PARIS)
    assert [ticks[0].anchor, ticks[1].anchor, ticks[-1].anchor] == ["start", "middle", "end"]


@pytest.mark.parametrize(
    ("evening", "hours", "places"),
    [
        (datetime(2026, 3, 28, 20, tzinfo=UTC), 9, ["0%", "33.3%", "55.6%", "88.9%"]),
        (datetime(2026, 10, 24, 19, tzinfo=UTC), 10, ["0%", "30%", "70%", "100%"]),
    ],
)
def test_clock_changes_move_the_ticks_not_the_hours(
    evening: datetime, hours: int, places: list[str]
) -> None:
    """Between midnight and three o'clock lie two hours in spring and four in autumn."""
    frame = Frame(evening, evening + hours * HOUR, 0, 1)
    ticks = time_ticks(frame, PARIS)
    assert [tick.text for tick in ticks] == ["21:00", "00:00", "03:00", "06:00"]
    assert [tick.place for tick in ticks] == places


@pytest.mark.parametrize(
    ("value", "limit"),
    [(0, 100), (99, 100), (101, 150), (590, 600), (601, 800), (801, 1000), (2400, 2500)],
)
def test_an_axis_ends_at_a_round_number(value: float, limit: float) -> None:
    assert round_limit(value) == limit


def test_a_strip_is_one_path_a_word() -> None:
    assert strip(["all", "none", "all"]) == {
        "all": "M0 0h0.85v1H0ZM2 0h0.85v1H2Z",
        "none": "M1 0h0.85v1H1Z",
    }


def test_numbers_have_a_point_in_every_language() -> None:
    assert [number(1), number(12.34), number(99.96), number(0)] == ["1", "12.3", "100", "0"]
    assert value_place(DAY, 12.5) == "87.5%"
