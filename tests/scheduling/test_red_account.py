"""The account of red days: covered, bought, avoided, and why not all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from batteries.energy_slots import EnergySlot, HouseSlot
from batteries.models import Battery
from marstek_site.roles import Role
from notifications.models import Notification
from notifications.wording import words
from scheduling.energies import account_lines
from scheduling.intentions import Decision, Override
from scheduling.models import Order
from scheduling.red_account import RedDay, red_days
from scheduling.red_causes import Miss, Missed
from scheduling.red_result import report_red_days
from scheduling.red_words import missed_words
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import PARIS, Colour
from tempo.services import record_answers
from tests.rows import battery, person

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
    [cause] = the_account().missed
    assert (cause.kind, cause.battery, cause.what) == (Miss.OVERRIDE, "A", "hands_off")
    assert (cause.at, cause.until) == (at("06:00", DAY), at("08:00", DAY))


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
    with django_assert_num_queries(7):
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


EVE = DAY - timedelta(days=1)


def said() -> dict[str, list[str]]:
    """The causes as the page says them, by language."""
    spoken = {}
    for language in ("en", "fr"):
        with translation.override(language):
            causes = the_account().missed
            spoken[language] = [missed_words(one).replace("\u00a0", " ") for one in causes]
    return spoken


def decided(of: Battery, since: datetime, until: datetime | None, **values: Any) -> None:
    """A row of the journal; nothing was done for it unless said otherwise."""
    stored = {"mode_type": "charge", "power_w": 600, "reason": "red_eve", "is_written": False}
    Decision.objects.create(
        battery=of, at=since, ended_at=until, since=since, until=until or EVENING, **stored | values
    )


def test_automation_that_was_off_in_the_night_and_by_day() -> None:
    """Said once for the house."""
    for name in ("A", "B"):
        a_day(one := battery(name), {"05:00": 40})
        decided(one, at("22:00", EVE), at("06:00", DAY))
        decided(one, at("06:00", DAY), at("09:00", DAY), mode_type="auto", power_w=None)
        decided(one, at("09:00", DAY), None, mode_type="auto", power_w=None, is_written=True)
    assert the_account().missed[0] == Missed(
        Miss.AUTOMATION_OFF, at=at("22:00", EVE), until=at("09:00", DAY)
    )
    assert [one.kind for one in the_account().missed[1:]] == [Miss.NOT_READY] * 2
    assert said()["en"][0] == "Automation was off, 22:00 to 09:00."
    assert said()["fr"][0] == "L’automatisation était désactivée, de 22:00 à 09:00."


def test_a_night_without_automation_cost_a_full_battery_nothing() -> None:
    a_day(mine := battery("A"), {})
    decided(mine, at("22:00", EVE), at("06:00", DAY))
    assert the_account().missed == ()


def test_hands_off_in_the_night_is_why_it_was_not_ready() -> None:
    a_day(mine := battery("A"), {"05:00": 40})
    anna = person(Role.OPERATOR, "anna")
    wish = {"starts_at": at("20:00", EVE), "until": at("05:00", DAY), "origin": "page"}
    Override.objects.create(battery=mine, kind="hands_off", asked_by=anna, **wish)
    assert said()["en"] == [
        "A began the day at 40 %.",
        "A was under an order by hand (hands off, asked by anna), 22:00 to 05:00.",
    ]
    assert said()["fr"][1] == (
        "A suivait un ordre manuel (ne pas toucher, demandé par anna), de 22:00 à 05:00."
    )


def test_a_charge_by_hand_in_the_night_is_no_cause() -> None:
    a_day(mine := battery("A"), {"05:00": 40})
    wish = {"starts_at": at("22:00", EVE), "until": at("06:00", DAY), "origin": "page"}
    Override.objects.create(battery=mine, kind="target", mode_type="charge", power_w=600, **wish)
    assert [one.kind for one in the_account().missed] == [Miss.NOT_READY]


def ordered(of: Battery, since: datetime, **values: Any) -> None:
    """An order of the plan."""
    stored = {"origin": "plan", "mode_type": "auto", "state": "no_answer"} | values
    Order.objects.create(battery=of, asked_at=since, **stored)


def test_an_order_that_was_never_proved() -> None:
    a_day(mine := battery("A"), {})
    ordered(mine, at("06:00", DAY), closed_at=at("12:00", DAY))
    assert said() == {
        "en": ["A was not proved to follow its order (no answer), 06:00 to 12:00."],
        "fr": ["A n’a pas suivi son ordre de façon prouvée (sans réponse), de 06:00 à 12:00."],
    }


def test_an_order_that_was_proved_late_or_not_kept() -> None:
    for name in ("A", "B"):
        a_day(battery(name), {})
    late, lost = Battery.objects.order_by("name")
    ordered(late, at("06:00", DAY), proved_at=at("07:10", DAY), state="proved")
    ordered(lost, at("06:00", DAY), proved_at=at("06:01", DAY), state="undone")
    assert said()["en"] == [
        "A followed its order late: proved only at 07:10.",
        "B was not proved to follow its order (undone), 06:00 to 22:00.",
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"proved_at": at("06:05", DAY), "state": "proved"},
        {"note": "empty", "state": "acknowledged"},
        {"origin": "end"},
        {"is_set_up": True},
    ],
)
def test_an_order_that_did_what_it_could_is_no_cause(values: dict[str, Any]) -> None:
    a_day(mine := battery("A"), {})
    ordered(mine, at("06:00", DAY), **values)
    assert the_account().missed == ()


def test_a_charge_that_was_not_proved_counts_where_it_was_missed() -> None:
    a_day(mine := battery("A"), {"05:00": 40})
    night = {"mode_type": "charge", "power_w": 600, "until": at("06:00", DAY)}
    ordered(mine, at("22:00", EVE), state="refused", closed_at=at("06:00", DAY), **night)
    assert [one.kind for one in the_account().missed] == [Miss.NOT_READY, Miss.UNPROVED]
    EnergySlot.objects.update(soc=95)
    assert the_account().missed == ()
