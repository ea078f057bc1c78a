"""The last 24 hours out of the log: bins, gaps, energy, and the hours of the table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override

from batteries.day import Bin, Day, day_bins, day_edges, describe_day
from batteries.models import Battery, BatteryStatusLog
from tests import rows

pytestmark = pytest.mark.django_db
NOON = rows.NOON


@pytest.fixture
def battery() -> Battery:
    return rows.battery()


def log(of: Battery, minutes_ago: float, **values: Any) -> None:
    at = NOON - timedelta(minutes=minutes_ago)
    BatteryStatusLog.objects.create(battery=of, timestamp=at, **values)


def bins(of: Battery) -> list[Bin]:
    return day_bins(of.pk, *day_edges(NOON))


def day(of: Battery) -> Day:
    with override("en"):
        return describe_day(of, bins(of), NOON)


def test_the_day_ends_with_the_present_five_minutes() -> None:
    since, until = day_edges(NOON + timedelta(minutes=7, seconds=12))
    assert until == NOON + timedelta(minutes=10)
    assert until - since == timedelta(hours=24)


def test_five_minutes_are_one_mean(battery: Battery) -> None:
    log(battery, 10, soc=40, bat_power=500)
    log(battery, 7, soc=42, bat_power=700)
    log(battery, 5, soc=44, bat_power=-100)
    assert bins(battery) == [
        Bin(NOON - timedelta(minutes=10), 41, 600),
        Bin(NOON - timedelta(minutes=5), 44, -100),
    ]


def test_only_this_battery_and_only_this_day(battery: Battery) -> None:
    log(battery, 24 * 60 + 1, soc=1)
    log(battery, 24 * 60 - 5, soc=2)
    log(rows.battery("Cave"), 5, soc=3)
    assert [each.soc for each in bins(battery)] == [2]


def test_without_a_battery_power_what_goes_to_the_house_counts(battery: Battery) -> None:
    log(battery, 5, ongrid_power=300)
    assert [(each.soc, each.power_w) for each in bins(battery)] == [(None, -300)]


def test_silence_stays_a_gap(battery: Battery) -> None:
    for minutes in (60, 55, 30, 25):
        log(battery, minutes, soc=50, bat_power=400)
    shown = day(battery)
    assert shown.soc.line.count("M") == 2
    assert dict(shown.power.shapes)["charge"].count("Z") == 2
    assert dict(shown.power.shapes)["feed"] == ""


def test_a_battery_that_is_asked_every_ten_minutes_has_no_gaps(battery: Battery) -> None:
    battery.pace = "sparse"
    for minutes in (60, 50, 40):
        log(battery, minutes, soc=50)
    assert day(battery).soc.line.count("M") == 1


def test_energy_is_power_times_the_time_that_was_seen(battery: Battery) -> None:
    for minutes in range(60, 0, -5):
        log(battery, minutes, bat_power=1200, soc=50)
    for minutes in range(180, 150, -5):
        log(battery, minutes, bat_power=-600, soc=50)
    assert day(battery).summary.startswith(
        "It charged about 1.2\u00a0kWh and gave back about 0.3\u00a0kWh."
    )


def test_the_table_has_the_hours_in_which_something_was_said(battery: Battery) -> None:
    log(battery, 125, soc=50, bat_power=600)
    log(battery, 65, soc=60)
    rows_ = [(row.hour, row.soc, row.charged, row.given) for row in day(battery).hours]
    assert rows_ == [
        ("10:00", "60\u00a0%", "—", "—"),
        ("09:00", "50\u00a0%", "0.05\u00a0kWh", "0.00\u00a0kWh"),
    ]


def test_nothing_kept_is_no_summary_and_no_path(battery: Battery) -> None:
    shown = day(battery)
    assert (shown.summary, shown.soc.line, shown.hours) == ("", "", ())
    assert shown.soc.words == "The state of charge is not known."


def test_the_axis_of_power_says_its_directions(battery: Battery) -> None:
    log(battery, 5, bat_power=2500, soc=100)
    shown = day(battery)
    assert [tick.text for tick in shown.power.ticks] == [
        "Charges at 2,500\u00a0W",
        "",
        "Feeds the house with 2,500\u00a0W",
    ]
    assert dict(shown.power.shapes)["charge"] == "M993.1 50L993.1 10H996.5V50Z"
    assert shown.power.ticks[0].place == "10%"
