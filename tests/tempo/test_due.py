"""The rhythm of the questions: gentle, and never too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from tempo.due import Contact, Wanted, is_due, season_pause, wanted_day

from .said import RED_POSSIBLE, paris

EVE = RED_POSSIBLE - timedelta(days=1)
OPEN = Wanted(RED_POSSIBLE, is_settled=False, is_disputed=False, may_be_red=True)
SETTLED = replace(OPEN, is_settled=True)
TICK = timedelta(minutes=5)


def asked(clock: time, **changes: object) -> Contact:
    return replace(Contact(paris(EVE, clock), spread=0.5), **changes)  # type: ignore[arg-type]


def next_after(contact: Contact, wanted: Wanted = OPEN, until: datetime | None = None) -> time:
    """When the tick that comes every five minutes asks again."""
    moment = contact.asked_at + TICK
    while not is_due(contact, wanted, moment):
        moment += TICK
        assert moment < (until or paris(RED_POSSIBLE, time(6)))
    return moment.astimezone(paris(EVE).tzinfo).time()


def test_somebody_never_asked_is_asked_at_once() -> None:
    assert is_due(None, OPEN, paris(EVE, time(6, 2)))


@pytest.mark.parametrize(("spread", "first"), [(0.0, time(6, 10)), (1.0, time(6, 25))])
def test_the_morning_begins_between_6_10_and_6_25(spread: float, first: time) -> None:
    contact = Contact(paris(EVE - timedelta(days=1), time(11, 20)), spread=spread)
    assert not is_due(contact, OPEN, paris(EVE, first) - timedelta(minutes=1))
    assert is_due(contact, OPEN, paris(EVE, first))


@pytest.mark.parametrize(
    ("clock", "following"),
    [
        (time(7), time(7, 30)),
        (time(10, 30), time(10, 45)),
        (time(14), time(14, 15)),
        (time(18), time(18, 10)),
        (time(21, 50), time(21, 55)),
        (time(2), time(2, 5)),
    ],
)
def test_the_pace_while_nothing_is_known(clock: time, following: time) -> None:
    day = RED_POSSIBLE if clock < time(6) else EVE
    contact = replace(asked(clock), asked_at=paris(day, clock))
    assert next_after(contact) == following


def test_what_is_known_early_is_confirmed_after_11_15() -> None:
    early = asked(time(6, 20), heard_at=paris(EVE, time(6, 20)))
    assert next_after(replace(early, spread=0.0)) == time(11, 15)
    assert next_after(replace(early, spread=1.0)) == time(11, 25)


def test_after_the_confirmation_there_is_silence_until_the_morning() -> None:
    contact = asked(time(11, 20), heard_at=paris(EVE, time(11, 20)))
    ticks = [contact.asked_at + n * TICK for n in range(1, 220)]
    assert not any(is_due(contact, SETTLED, moment) for moment in ticks)


def test_a_dispute_keeps_asking() -> None:
    contact = asked(time(11, 20), heard_at=paris(EVE, time(11, 20)))
    disputed = replace(OPEN, is_disputed=True)
    assert next_after(contact, disputed) == time(11, 35)
    late = asked(time(21), heard_at=paris(EVE, time(21)))
    assert next_after(late, disputed) == time(21, 15)


def test_failures_back_off_in_the_morning_and_not_in_the_evening() -> None:
    assert next_after(asked(time(7), failures=1)) == time(7, 30)
    assert next_after(asked(time(7), failures=9)) == time(8)
    assert next_after(asked(time(14), failures=9)) == time(15)
    assert next_after(asked(time(18), failures=30)) == time(18, 10)


def test_a_network_that_comes_back_at_21_55_is_noticed_by_22_00() -> None:
    for spread in (0.0, 0.5, 1.0):
        contact = asked(time(21, 50), failures=60, spread=spread)
        assert next_after(contact) <= time(22)


def test_a_source_that_fails_though_the_day_is_settled_is_left_alone_for_an_hour() -> None:
    assert next_after(asked(time(12), failures=3), SETTLED) == time(13)


def test_a_day_that_cannot_be_red_never_hurries() -> None:
    calm = replace(OPEN, may_be_red=False)
    assert next_after(asked(time(20)), calm) == time(20, 30)


def test_questions_of_a_day_stay_few() -> None:
    """Unknown from 06:10 to 11:15, then known: about a dozen questions."""
    contact, count, moment = None, 0, paris(EVE, time(6))
    for _tick in range(288):
        if is_due(contact, SETTLED if contact and contact.heard_at else OPEN, moment):
            heard = moment if moment >= paris(EVE, time(11, 15)) else None
            contact, count = Contact(moment, heard_at=heard), count + 1
        moment += TICK
    assert count <= 15


@pytest.mark.parametrize(
    ("day", "clock", "wanted"),
    [
        (EVE, time(6), RED_POSSIBLE),
        (EVE, time(23, 59), RED_POSSIBLE),
        (RED_POSSIBLE, time(5, 59), RED_POSSIBLE),
        (date(2027, 8, 31), time(12), date(2027, 9, 1)),
        (date(2028, 2, 28), time(12), date(2028, 2, 29)),
    ],
)
def test_the_day_that_comes(day: date, clock: time, wanted: date) -> None:
    assert wanted_day(paris(day, clock)) == wanted


def test_seasons_are_asked_for_rarely() -> None:
    assert season_pause(0, is_current=True) == timedelta(hours=6)
    assert season_pause(0, is_current=False) == timedelta(days=30)
    assert [season_pause(n, is_current=True) for n in (1, 9)] == [
        timedelta(hours=2),
        timedelta(days=1),
    ]
