"""The commands `plan` and `explain`: for people and as JSON, now, then and to come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from batteries.models import Battery
from scheduling.intentions import Household, ScheduleConfig
from scheduling.targets import TargetMode
from tests import rows
from tests.scheduling.journal_rows import decision, order
from tests.scheduling.planned_house import at

pytestmark = pytest.mark.django_db
NOON, HOUR = at("12:00"), timedelta(hours=1)


@pytest.fixture
def battery() -> Iterator[Battery]:
    with time_machine.travel(NOON, tick=False):
        Household.objects.create(pk=1, serves_red_days=False)
        ScheduleConfig.objects.create(
            name="Nuit",
            mode_type=TargetMode.CHARGE,
            power_setpoint=600,
            target_soc=90,
            start_time="22:00",
            end_time="06:00",
        )
        yield rows.battery("Cave", at=NOON)


def say(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_the_plan_has_a_line_for_each_change(battery: Battery) -> None:
    lines = say("plan", "--hours", "24").splitlines()
    assert lines[:2] == ["Automation is off: this is what would be done.", "Cave:"]
    assert lines[2].startswith("  Now")
    assert "Charging at 600\u00a0W: schedule “Nuit”, 62\u00a0% → 90\u00a0%" in lines[3]
    assert "22:00" in lines[3]
    assert "(62\u00a0% → 90\u00a0%, 2\u00a0h\u00a0" in lines[3]


def test_the_plan_as_of_another_moment(battery: Battery) -> None:
    document = json.loads(say("plan", "--at", "2026-12-01T23:00", "--hours", "1", "--json"))
    (change,) = document["batteries"][0]["changes"]
    assert change["decision"]["mode"] == "charge"
    assert document["at"].startswith("2026-12-01T23:00")


def test_explain_now_with_what_comes_next(battery: Battery) -> None:
    assert say("explain", "Cave").splitlines() == [
        "Cave: Automation is off; otherwise: following the house (Auto): nothing else is set",
        "  Next, at 22:00: charging at 600\u00a0W: schedule “Nuit”, "
        "62\u00a0% → 90\u00a0% until 06:00",
    ]


def test_explain_a_past_moment_reads_the_journal_and_the_orders(battery: Battery) -> None:
    decision(battery, at("02:00"), ended_at=at("06:00"))
    decision(battery, at("06:00"), mode_type="auto", power_w=None, params={"rule": "Jour"})
    order(battery, at("02:00"), closed_at=at("06:00"), until=at("06:00"))
    document = json.loads(say("explain", "Cave", "--at", "2026-12-01T05:59", "--json"))
    assert document["source"] == "journal"
    assert document["decision"]["params"]["rule"] == "Nuit"
    assert len(document["orders"]) == 1
    later = json.loads(say("explain", "Cave", "--at", "2026-12-01T06:00", "--json"))
    assert later["decision"]["params"]["rule"] == "Jour"
    assert later["orders"] == []


def test_explain_a_moment_to_come_reads_the_plan(battery: Battery) -> None:
    document = json.loads(say("explain", "Cave", "--at", "2026-12-01T22:30", "--json"))
    assert (document["source"], document["decision"]["mode"]) == ("plan", "charge")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("explain", "Grange"), "no battery is named 'Grange'; there are: Cave"),
        (("explain", "Cave", "--at", "x"), "'x' is no moment"),
        (("explain", "Cave", "--at", "2026-12-09T00:00"), "The plan knows the next 48 hours"),
        (("explain", "Cave", "--at", "2026-01-01T00:00"), "The journal has no decision about Cave"),
        (("plan", "--hours", "0"), "--hours is from"),
        (("plan", "--hours", "nan"), "--hours is from"),
        (("set_mode", "Cave", "hold", "--until", "x"), "'x' is no time"),
        (("set_mode", "Cave", "hold", "--until", "18:00", "--minutes", "5"), "not both"),
        (("set_mode", "Cave", "hold", "--soc", "80"), "only a charge"),
    ],
)
@pytest.mark.usefixtures("battery")
def test_a_slip_is_one_line(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        say(*words)


def test_a_retired_battery_has_no_decision(battery: Battery) -> None:
    Battery.objects.update(is_active=False)
    with pytest.raises(CommandError, match="Cave is retired"):
        say("explain", "Cave")
