"""Quarters of an hour made of readings: held, cut, never invented, never lost, made once."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from batteries.energy_slots import EnergySlot, HouseSlot
from batteries.history import delete_expired
from batteries.models import Battery, Pace
from batteries.rolling import ROLLING, roll_up
from batteries.selectors import stale_after
from batteries.simulator.spec import DeviceSpec
from tests.rows import battery
from tests.scheduling.energy_rows import readings

from .virtual_home import NOON as VIRTUAL_NOON
from .virtual_home import virtual_home

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def slots(of: Battery) -> list[tuple[Any, ...]]:
    rows = EnergySlot.objects.filter(battery=of).order_by("starts_at")
    return [(f"{s.starts_at:%H:%M}", s.charged_wh, s.discharged_wh, s.covered_s) for s in rows]


def house() -> list[tuple[Any, ...]]:
    rows = HouseSlot.objects.order_by("starts_at")
    return [(f"{s.starts_at:%H:%M}", s.imported_wh, s.exported_wh, s.covered_s) for s in rows]


def test_a_reading_holds_until_the_next_and_is_cut_at_the_quarter() -> None:
    garage = battery()
    readings(garage, NOON + timedelta(minutes=14), [-600, -600, 1200, 1200], grid_w=None)
    assert roll_up(NOON + timedelta(minutes=18)) == 2
    assert slots(garage) == [("11:00", 10, 0, 60), ("11:15", 10, 40, 180)]
    assert EnergySlot.objects.filter(soc=50).count() == 2


def test_a_silence_is_no_energy() -> None:
    garage = battery()
    assert stale_after(garage) == timedelta(seconds=150)
    readings(garage, NOON, [3600], grid_w=None)
    readings(garage, NOON + timedelta(minutes=10), [3600], grid_w=None)
    roll_up(NOON + HOUR)
    assert slots(garage) == [("11:00", 0, 300, 300)]


def test_nothing_is_held_into_the_future() -> None:
    garage = battery()
    readings(garage, NOON, [3600], grid_w=None)
    roll_up(NOON + timedelta(seconds=30))
    assert slots(garage) == [("11:00", 0, 30, 30)]


def test_the_house_is_one_however_many_hear_its_meter() -> None:
    first, second = battery("A"), battery("B")
    readings(first, NOON, [0] * 60, grid_w=1200)
    readings(second, NOON + timedelta(seconds=5), [0] * 60, grid_w=1200)
    roll_up(NOON + HOUR)
    assert house() == [(f"11:{m:02d}", 300, 0, 900) for m in (0, 15, 30, 45)]


def test_the_freshest_meter_holds_and_export_is_apart() -> None:
    first, second = battery("A"), battery("B")
    readings(first, NOON, [0], grid_w=3600)
    readings(second, NOON + timedelta(seconds=60), [0], grid_w=-3600)
    roll_up(NOON + timedelta(seconds=90))
    assert house() == [("11:00", 60, 30, 90)]


def test_twice_is_once() -> None:
    garage = battery()
    readings(garage, NOON, [-590] * 60)
    assert roll_up(NOON + HOUR) == 8
    before = slots(garage), house()
    assert roll_up(NOON + HOUR) == 0, "nothing is written again"
    assert (slots(garage), house()) == before


def test_a_row_that_comes_late_is_taken_in() -> None:
    garage = battery()
    readings(garage, NOON, [-600] * 5)
    roll_up(NOON + HOUR)
    assert slots(garage) == [("11:00", 65, 0, 390)]
    readings(garage, NOON + timedelta(minutes=5), [-600] * 10)
    roll_up(NOON + 10 * HOUR)
    assert slots(garage)[0] == ("11:00", 150, 0, 900)


def test_days_without_a_roll_up_are_made_up_for() -> None:
    garage = battery()
    readings(garage, NOON - timedelta(days=9), [-600] * 15)
    roll_up(NOON - timedelta(days=9) + HOUR)
    readings(garage, NOON - timedelta(days=8), [-600] * 15)
    roll_up(NOON)
    assert [row[1] for row in slots(garage)] == [150, 15, 150, 15]


def test_the_first_roll_up_takes_the_whole_log() -> None:
    garage = battery()
    readings(garage, NOON - timedelta(days=400), [1200] * 15)
    assert roll_up(NOON) > 0
    assert slots(garage)[0] == ("11:00", 0, 300, 900)


def test_slots_stay_when_their_readings_expire(settings: Any) -> None:
    settings.HISTORY_DAYS = 30
    garage = battery()
    readings(garage, NOON - timedelta(days=31), [1200] * 15)
    roll_up(NOON)
    before = slots(garage), house()
    assert delete_expired(NOON) == 15
    roll_up(NOON, since=NOON - timedelta(days=40))
    assert (slots(garage), house()) == before


def test_what_was_read_at_a_slow_pace_is_not_lost_when_the_pace_recovers() -> None:
    garage = battery(pace=Pace.SPARSE, pace_since=NOON - HOUR)
    for minutes in range(0, 60, 10):
        readings(garage, NOON + timedelta(minutes=minutes), [600])
    roll_up(NOON + HOUR)
    assert sum(row[2] for row in slots(garage)) == 600
    Battery.objects.update(pace=Pace.NORMAL, pace_since=NOON + HOUR)
    roll_up(NOON + HOUR + timedelta(minutes=5))
    assert sum(row[2] for row in slots(garage)) == 600


def test_a_slow_pace_fills_no_gap_of_the_time_before_it() -> None:
    garage = battery(pace=Pace.SPARSE, pace_since=NOON + HOUR)
    readings(garage, NOON, [3600])
    readings(garage, NOON + HOUR / 4, [3600])
    roll_up(NOON + HOUR)
    assert slots(garage) == [("11:00", 0, 150, 150), ("11:15", 0, 150, 150)]


def test_counters_are_those_told_last_within_the_slot() -> None:
    garage = battery(charged_energy=1000, discharged_energy=800, at=NOON + HOUR / 6)
    readings(garage, NOON, [-600] * 30)
    roll_up(NOON + HOUR / 6)
    later = NOON + HOUR / 3
    Battery.objects.update(charged_energy=1100, status_at=later)
    roll_up(later)
    kept = EnergySlot.objects.order_by("starts_at").values_list(
        "charged_counter_wh", "discharged_counter_wh"
    )
    assert list(kept) == [(1000, 800), (1100, 800)]


def test_the_sun_is_kept_where_it_is_told() -> None:
    garage, cave = battery("A"), battery("B")
    readings(garage, NOON, [0] * 15, pv_w=400)
    readings(cave, NOON, [0] * 15)
    roll_up(NOON + HOUR / 4)
    told = EnergySlot.objects.order_by("battery__name").values_list("solar_wh", flat=True)
    assert list(told) == [100, None]


def test_where_another_roll_up_runs_nothing_is_done() -> None:
    readings(battery(), NOON, [600])
    with connection.get_new_connection(connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [ROLLING])
        assert roll_up(NOON + HOUR) == 0
    assert roll_up(NOON + HOUR) == 2


@pytest.mark.django_db(transaction=True)
def test_two_roll_ups_at_once_make_each_slot_once() -> None:
    garage = battery()
    readings(garage, NOON, [600] * 60)
    start, rolled = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        rolled.append(roll_up(NOON + HOUR))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(rolled) <= {0, 8}
    assert slots(garage) == [(f"11:{m:02d}", 0, 150, 900) for m in (0, 15, 30, 45)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"covered_s": 901},
        {"covered_s": 0},
        {"charged_wh": -1},
        {"soc": 101},
        {"starts_at": NOON + timedelta(minutes=1)},
    ],
)
def test_the_database_refuses_what_cannot_be(wrong: dict[str, Any]) -> None:
    values = {"starts_at": NOON, "charged_wh": 1, "discharged_wh": 0, "covered_s": 900}
    with pytest.raises(IntegrityError), transaction.atomic():
        EnergySlot.objects.create(battery=battery(), **(values | wrong))


@pytest.mark.parametrize("count", [1, 3])
def test_more_batteries_take_no_more_queries(count: int, django_assert_num_queries: Any) -> None:
    for number in range(count):
        readings(battery(f"B{number}"), NOON, [600] * 5)
    roll_up(NOON + HOUR)
    with django_assert_num_queries(5 + 2):  # and a savepoint
        roll_up(NOON + HOUR)


def test_the_command_reaches_further_back() -> None:
    garage = battery(at=timezone.now())
    readings(garage, timezone.now() - timedelta(days=20), [600] * 5)
    readings(garage, timezone.now() - timedelta(minutes=30), [600] * 5)
    call_command("roll_up_energy", stdout=StringIO())
    assert not EnergySlot.objects.filter(starts_at__lt=timezone.now() - timedelta(days=2)).exists()
    out = StringIO()
    call_command("roll_up_energy", "--days", "30", "--json", stdout=out)
    assert json.loads(out.getvalue())["slots"] >= 2
    assert EnergySlot.objects.filter(starts_at__lt=timezone.now() - timedelta(days=2)).exists()


@pytest.mark.parametrize("days", ["0", "99999"])
def test_the_command_refuses_days_that_cannot_be(days: str) -> None:
    with pytest.raises(CommandError, match="write a number of days, 1 to 36500"):
        call_command("roll_up_energy", "--days", days)


def test_slots_are_what_the_devices_truly_did() -> None:
    """Polled each minute through the real gateway, under a load that changes every ten minutes."""
    specs = [DeviceSpec(soc_percent=60.0), DeviceSpec(soc_percent=60.0)]
    with virtual_home(specs, load_w=lambda at: 500 + 700 * (at // 600 % 2)) as home:
        home.tick(60)
        roll_up(home.now)
        until = VIRTUAL_NOON.timestamp() + 3600
        truth = [
            sum(
                max(0.0, -one.power_w) * (one.until - one.since) / 3600
                for one in device.trace.power_between(VIRTUAL_NOON.timestamp(), until)
            )
            for device in home.devices
        ]
    rolled = [
        sum(one.discharged_wh for one in EnergySlot.objects.filter(battery__udp_port=spec))
        for spec in (30001, 30002)
    ]
    assert min(truth) > 300
    assert rolled == pytest.approx(truth, rel=0.05)
    assert sum(one.covered_s for one in HouseSlot.objects.all()) == pytest.approx(3600, abs=60)
