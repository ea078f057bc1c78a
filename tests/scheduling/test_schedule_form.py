"""The form of a schedule: what is kept, and one sentence for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
from django.utils import translation

from batteries.models import ControlMethod
from scheduling.forms import ScheduleForm
from scheduling.intentions import ScheduleConfig
from scheduling.schedules import save_schedule
from tests import rows

from .schedule_rows import schedule, typed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def sentences(**changes: Any) -> list[str]:
    form = ScheduleForm(typed(**changes))
    return [str(error) for errors in form.errors.values() for error in errors]


def test_a_good_one_says_what_the_row_will_hold() -> None:
    form = ScheduleForm(
        typed(mode_type="discharge", power_w="600", days=["0", "6"], floor_soc="20")
    )
    assert form.is_valid(), form.errors
    kept = form.save(commit=False)
    assert (kept.power_setpoint, kept.week_days, kept.floor_soc) == (-600, 0b1000001, 20)
    assert (kept.start_time, kept.end_time) == (time(22), time(6))


def test_standing_still_is_0_w_and_modes_of_their_own_have_none() -> None:
    for mode, kept in (("hold", 0), ("auto", None), ("charge", None)):
        form = ScheduleForm(typed(mode_type=mode))
        assert form.is_valid(), form.errors
        assert form.save(commit=False).power_setpoint == kept


def test_it_starts_with_what_the_row_holds() -> None:
    row = save_schedule(schedule(mode="discharge", power_setpoint=-600, week_days=3), ())
    form = ScheduleForm(instance=row)
    assert (form["days"].value(), form["power_w"].value()) == ([0, 1], 600)
    assert 'value="22:00"' in str(form["start_time"])


def test_what_is_added_to_a_week_has_the_higher_priority_at_first() -> None:
    assert ScheduleForm()["priority"].value() == 0
    save_schedule(schedule(), ())
    assert ScheduleForm()["priority"].value() == 10


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"days": []}, "Choose at least one day."),
        ({"start_time": "25:00"}, "Write the time like 22:00."),
        ({"target_soc": "80"}, "Only a charge has a state of charge to reach: leave it empty."),
        (
            {"floor_soc": "20"},
            "Only a discharge has a state of charge to stop at: leave it empty.",
        ),
        ({"power_w": "600"}, "Standing still is a power of 0 W: leave it empty."),
        (
            {"mode_type": "auto", "power_w": "600"},
            "Auto and AI find their power by themselves: leave it empty.",
        ),
        (
            {"mode_type": "discharge"},
            "Say with which power the batteries shall feed the house.",
        ),
        (
            {"mode_type": "charge", "power_w": "50"},
            "At least 100\u00a0W: below, batteries hold no power well.",
        ),
    ],
)
def test_one_sentence_for_what_is_wrong(changes: dict[str, Any], sentence: str) -> None:
    assert sentences(**changes) == [sentence]


def test_a_power_beyond_the_limit_of_a_battery_names_it() -> None:
    garage, cave = rows.battery("Garage"), rows.battery("Cave", charge_limit_w=800)
    charge = {"mode_type": "charge", "power_w": "900"}
    assert sentences(**charge) == ["Cave may charge at 800\u00a0W at most."]
    assert sentences(**charge, batteries=[str(cave.pk)]) == [
        "Cave may charge at 800\u00a0W at most."
    ]
    assert sentences(**charge, batteries=[str(garage.pk)]) == []


def test_a_battery_that_takes_no_power_is_named() -> None:
    garage = rows.battery("Garage", control_method=ControlMethod.MODES_ONLY)
    chosen = {"batteries": [str(garage.pk)]}
    assert sentences(**chosen) == ["Garage takes no power: it can only follow the house."]
    assert sentences(mode_type="auto", **chosen) == []


def test_a_name_is_taken_once() -> None:
    save_schedule(schedule(), ())
    assert sentences(priority="5") == ["Another schedule has this name."]


def test_two_windows_of_one_priority_that_meet_are_both_named() -> None:
    save_schedule(schedule("Nuit"), ())
    wanted = {"name": "Vacances", "mode_type": "auto", "start_time": "20:00", "end_time": "23:30"}
    assert sentences(**wanted) == [
        "“Vacances” and “Nuit” both count on Monday 22:00-23:30: "
        "give one of them a higher priority."
    ]
    assert sentences(**wanted, priority="1") == []
    assert sentences(**(wanted | {"end_time": "22:00"})) == []
    off = typed(**wanted)
    del off["is_active"]
    assert ScheduleForm(off).is_valid(), "what is switched off meets nobody"


def test_a_schedule_does_not_meet_itself() -> None:
    row = save_schedule(schedule(), ())
    assert ScheduleForm(typed(), instance=row).is_valid()


def test_schedules_of_different_batteries_do_not_meet() -> None:
    garage, cave = rows.battery("Garage"), rows.battery("Cave")
    save_schedule(schedule("Nuit"), [garage])
    assert sentences(name="Other", batteries=[str(cave.pk)]) == []
    assert len(sentences(name="Other")) == 1


def test_a_retired_battery_can_be_kept_but_not_chosen_anew() -> None:
    gone = rows.battery("Cave", is_active=False)
    assert ScheduleForm(typed(batteries=[str(gone.pk)])).errors["batteries"]
    row = save_schedule(schedule(), [gone])
    assert ScheduleForm(typed(batteries=[str(gone.pk)]), instance=row).is_valid()
    assert ScheduleConfig.objects.get().batteries.get() == gone
