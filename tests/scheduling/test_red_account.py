"""The account of red days: covered, bought, avoided, and why not all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from batteries.energy_slots import EnergySlot, HouseSlot
from batteries.models import Battery
from notifications.models import Notification
from notifications.wording import words
from scheduling.energies import account_lines
from scheduling.intentions import Override
from scheduling.red_account import Miss, Missed, RedDay, red_days
from scheduling.red_result import report_red_days
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import PARIS, Colour
from tempo.services import record_answers
from tests.rows import battery

from .energy_rows import house_slot, quarters, readings, slot
from .planned_house import at
from .red_days import red_day

DAY = date(2026, 12, 1)
EVENING = at("22:10", DAY)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def red() -> None:
    red_day(DAY)


def a_day(of: Battery, socs: dict[str, int | None], *, given_wh: float = 50) -> None:
    """Every slot from 05:00 to 22:00; each state of charge holds until the next one."""
    soc: int | None = 95
    rows = []
    for moment in quarters(at("05:00", DAY), at("22:00", DAY)):
        soc = socs.get(f"{moment.astimezone(PARIS):%H:%M}", soc)
        given = given_wh if moment >= at("06:00", DAY) else 0
        rows.append(slot(of, moment, soc=soc, discharged_wh=given))
    EnergySlot.objects.bulk_create(rows)


def the_account(now: datetime = EVENING) -> RedDay:
    [day] = red_days(account_lines(DAY, DAY), now)
    return day


def test_what_was_covered_bought_and_avoided() -> None:
    a_day(battery("A"), {}, given_wh=100)
    HouseSlot.objects.bulk_create(
        house_slot(moment, 25) for moment in quarters(at("06:00", DAY), at("22:00", DAY))
    )
    red = the_account()
    assert red.sums.discharged_wh == 6400
    assert red.sums.imported_wh == 1600
    assert red.used_wh == 8000
    assert red.sums.saved_eur == pytest.approx(6.4 * 0.7295)
    assert red.missed == ()


def test_without_a_meter_nobody_knows_what_the_house_used() -> None:
    a_day(battery("A"), {})
    assert the_account().used_wh is None


def test_a_battery_that_was_not_ready() -> None:
    a_day(battery("A"), {"05:30": 60, "06:00": 59})
    assert the_account().missed == (Missed(Miss.NOT_READY, "A", soc=60),)


def test_a_battery_that_was_empty_for_the_rest_of_the_day() -> None:
    a_day(battery("A"), {"12:00": 12, "13:00": 30, "19:00": None, "19:15": 12, "20:00": 13})
    assert the_account().missed == (Missed(Miss.EMPTY, "A", at=at("19:15", DAY)),)


def test_a_battery_that_was_silent() -> None:
    a_day(battery("A"), {})
    gap = EnergySlot.objects.filter(starts_at__gte=at("10:00", DAY), starts_at__lt=at("11:00", DAY))
    gap.delete()
    assert the_account().missed == (Missed(Miss.SILENT, "A", silent_s=3600),)


def test_a_day_under_way_is_counted_until_now() -> None:
    a_day(battery("A"), {})
    EnergySlot.objects.filter(starts_at__gte=at("10:00", DAY)).delete()
    assert the_account(at("10:00", DAY)).missed == ()


def test_a_battery_that_came_later_missed_nothing() -> None:
    a_day(battery("A"), {})
    battery("New")
    assert the_account().missed == ()


def test_orders_by_hand() -> None:
    mine, other = battery("A"), battery("B")
    for one in (mine, other):
        a_day(one, {})
    wish = {"starts_at": at("05:00", DAY), "until": at("23:00", DAY), "origin": "page"}
    Override.objects.create(battery=mine, kind="hands_off", ended_at=at("08:00", DAY), **wish)
    Override.objects.create(battery=other, kind="target", mode_type="auto", **wish)
    expected = Missed(Miss.OVERRIDE, "A", at=at("06:00", DAY), until=at("08:00", DAY))
    assert the_account().missed == (expected,)


def test_a_colour_that_came_late() -> None:
    late = at("23:30", DAY)
    record_answers(Source.RTE_SITE, [Answer(DAY + timedelta(days=1), Colour.RED)], late)
    tomorrow, mine = DAY + timedelta(days=1), battery("A")
    EnergySlot.objects.bulk_create(
        slot(mine, moment, soc=95)
        for moment in quarters(at("05:00", tomorrow), at("22:00", tomorrow))
    )
    [day] = red_days(account_lines(tomorrow, tomorrow), at("22:10", tomorrow))
    assert day.missed == (Missed(Miss.LATE_COLOUR, at=late),)


@pytest.mark.parametrize("count", [1, 3])
def test_more_red_days_and_batteries_take_no_more_queries(
    count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        a_day(battery(f"B{number}"), {})
    lines = account_lines(DAY, DAY)
    with django_assert_num_queries(5):
        red_days(lines, EVENING)


def test_the_result_is_told_once() -> None:
    readings(battery("A"), at("12:00", DAY), [1000] * 60, grid_w=200)
    report_red_days(at("21:59", DAY))
    assert not Notification.objects.exists()
    for _ in range(2):
        report_red_days(EVENING)
    notice = Notification.objects.get()
    assert notice.times == 1
    with translation.override("en"):
        said = words(notice)
    assert said.title == "Red day over: 1.0\u00a0kWh from the batteries"
    assert "gave the house 1.0\u00a0kWh of the 1.2\u00a0kWh" in said.text
    assert "0.75\u00a0€" in said.text


def test_a_machine_that_was_off_tells_it_the_next_day() -> None:
    readings(battery("A"), at("12:00", DAY), [1000] * 60)
    report_red_days(EVENING + timedelta(days=1))
    assert Notification.objects.get().subject == f"day:{DAY.isoformat()}"


def test_an_unheard_red_day_and_other_days_tell_nothing() -> None:
    report_red_days(EVENING)
    readings(battery("A"), at("12:00", DAY + timedelta(days=2)), [1000] * 60)
    report_red_days(EVENING + timedelta(days=2))
    assert not Notification.objects.exists()
