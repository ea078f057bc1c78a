"""A battery that is lost for good is looked for less and less; something new at once."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from batteries.models import Battery
from batteries.search_pace import Place, SearchPace
from batteries.simulator.faults import Faults
from batteries.simulator.spec import DeviceSpec

from .virtual_home import virtual_home

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
CAVE: Place = (1, "192.168.1.100", 30001)
GARAGE: Place = (2, "192.168.1.101", 30002)
HOME = ("192.168.1.255",)


def searches(pace: SearchPace, minutes: range, *lost: Place) -> list[int]:
    """The minutes at which something is searched for, looked at every minute."""
    return [n for n in minutes if pace.due(lost, HOME, NOON + timedelta(minutes=n))]


def test_the_waits_double_up_to_six_hours() -> None:
    found = searches(SearchPace(), range(48 * 60), CAVE)
    waits = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert found[0] == 0
    assert waits[:7] == [10, 20, 40, 80, 160, 320, 360]
    assert set(waits[7:]) == {360}


def test_a_second_one_that_is_lost_is_looked_for_at_once_and_alone() -> None:
    pace = SearchPace()
    searches(pace, range(60), CAVE)
    assert pace.due([CAVE, GARAGE], HOME, NOON + timedelta(minutes=61)) == {GARAGE}


def test_a_corrected_address_is_looked_for_at_once() -> None:
    pace = SearchPace()
    searches(pace, range(60), CAVE)
    corrected: Place = (1, "192.168.1.77", 30001)
    assert pace.due([corrected], HOME, NOON + timedelta(minutes=61)) == {corrected}


def test_another_network_is_searched_at_once() -> None:
    pace = SearchPace()
    searches(pace, range(60), CAVE)
    assert pace.due([CAVE], (*HOME, "10.0.0.255"), NOON + timedelta(minutes=61)) == {CAVE}


def test_one_that_was_found_and_is_lost_again_later_begins_anew() -> None:
    pace = SearchPace()
    searches(pace, range(100), CAVE)
    searches(pace, range(100, 200))
    assert searches(pace, range(200, 240), CAVE) == [200, 210, 230]


def test_one_that_comes_and_goes_is_looked_for_every_ten_minutes_at_most() -> None:
    pace = SearchPace()
    found = [
        n
        for n in range(60)
        if pace.due([CAVE] if n % 4 == 0 else [], HOME, NOON + timedelta(minutes=n))
    ]
    waits = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert min(waits) >= 10


def test_a_clock_that_went_back_stops_no_search() -> None:
    pace = SearchPace()
    searches(pace, range(600, 602), CAVE)
    assert searches(pace, range(2), CAVE) == [0]


@pytest.mark.django_db
def test_a_battery_switched_off_for_good_leaves_the_others_in_peace() -> None:
    with virtual_home([DeviceSpec()] * 2, port=30000) as home:
        home.tick(1)
        home.devices[1].faults = Faults(api_off=True)
        home.tick(80)
        questions = [r for r in home.devices[0].trace.requests if r.method == "Marstek.GetDevice"]
    own, rounds = 3, 3
    assert len(questions) == own + rounds * 4, "searches after 0, 10, 30 and 70 minutes"
    assert Battery.objects.get(name="Garage").missed_polls == 0
