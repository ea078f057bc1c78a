"""The colour of a day from what was said of it: each rule, and who wins."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import permutations

import pytest

from tempo.consensus import Settlement, Source, Statement, Why, binding_from, settle
from tempo.days import PARIS, Colour
from tempo.rules import Rule, SeasonCounts

from .said import EARLY, LATE, RED_POSSIBLE, paris, said

BLUE, WHITE, RED = Colour.BLUE, Colour.WHITE, Colour.RED
RTE, API, EDF, COMMUNITY, PERSON = (
    Source.RTE_SITE,
    Source.RTE_API,
    Source.EDF,
    Source.COULEUR_TEMPO,
    Source.PERSON,
)
SUNDAY = date(2027, 1, 10)
MIDWINTER = SeasonCounts(red=3, white=10)


def settled(*statements: Statement, counts: SeasonCounts = MIDWINTER) -> Settlement:
    day = statements[0].day if statements else RED_POSSIBLE
    return settle(statements, day, paris(day), counts)


def test_an_official_word_after_the_publication_is_final() -> None:
    found = settled(said(RTE, RED))
    assert (found.colour.colour, found.colour.is_binding, found.why) == (RED, True, Why.BINDING)
    assert found.colour.red_probability == 1


def test_before_it_the_word_is_provisional() -> None:
    found = settled(said(RTE, BLUE, at=EARLY))
    assert (found.colour.colour, found.colour.is_binding, found.why) == (
        BLUE,
        False,
        Why.PROVISIONAL,
    )
    assert 0 < found.colour.red_probability < 0.05


@pytest.mark.parametrize("clock", [time(11, 14, 59), time(11, 15)])
def test_the_hour_is_that_of_paris_to_the_second(clock: time) -> None:
    assert settled(said(RTE, RED, at=clock)).colour.is_binding is (clock >= time(11, 15))


def test_the_hour_holds_on_clock_change_sundays() -> None:
    for sunday in (date(2026, 10, 25), date(2027, 3, 28)):
        local = binding_from(sunday + timedelta(days=1)).astimezone(PARIS)
        assert (local.date(), local.time()) == (sunday, time(11, 15))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_binding_beats_provisional_and_official_beats_community_in_any_order(
    order: tuple[int, ...],
) -> None:
    heard = [said(RTE, RED), said(EDF, BLUE, at=EARLY), said(COMMUNITY, WHITE, at=EARLY)]
    found = settled(*(heard[n] for n in order))
    assert (found.colour.colour, found.source) == (RED, RTE)
    assert found.colour.is_binding
    assert not found.is_disputed  # the others spoke before the publication


def test_official_beats_community_while_nothing_is_final() -> None:
    found = settled(said(RTE, WHITE, at=EARLY), said(COMMUNITY, BLUE, at=EARLY))
    assert (found.colour.colour, found.is_disputed) == (WHITE, True)


def test_a_colour_that_changes_at_11_10_is_followed() -> None:
    before = said(RTE, BLUE, at=time(6, 30))
    changed = said(RTE, RED, at=time(11, 10))
    found = settled(before, changed)
    assert (found.colour.colour, found.colour.is_binding) == (RED, False)
    assert found.colour.red_probability > 0.9
    assert settled(before, changed, said(RTE, RED)).colour.is_binding


def test_unknown_never_beats_a_colour() -> None:
    found = settled(said(RTE, RED), said(RTE, None, at=time(15)), said(EDF, None, at=time(16)))
    assert (found.colour.colour, found.colour.is_binding) == (RED, True)


def test_a_source_that_lies_blue_is_outvoted_and_shown() -> None:
    found = settled(said(RTE, RED), said(COMMUNITY, BLUE))
    assert (found.colour.colour, found.colour.is_binding, found.is_disputed) == (RED, True, True)


def test_a_source_that_lies_red_makes_the_day_possibly_red() -> None:
    found = settled(said(RTE, BLUE), said(COMMUNITY, RED))
    assert (found.colour.colour, found.colour.is_binding) == (BLUE, False)
    assert found.colour.may_be_red
    assert (found.why, found.colour.red_probability) == (Why.DISPUTED, 0.25)


def test_two_officials_that_differ_leave_it_open_and_possibly_red() -> None:
    found = settled(said(RTE, BLUE), said(EDF, RED))
    assert (found.colour.is_binding, found.colour.may_be_red) == (False, True)
    assert found.colour.red_probability == 0.5


def test_two_officials_that_differ_over_white_leave_it_open() -> None:
    found = settled(said(RTE, BLUE), said(EDF, WHITE))
    assert (found.colour.colour, found.colour.is_binding, found.why) == (BLUE, False, Why.DISPUTED)
    assert not found.colour.may_be_red


def test_a_degraded_word_is_never_final_and_the_day_possibly_red() -> None:
    found = settled(said(RTE, RED, is_degraded=True))
    assert (found.colour.is_binding, found.colour.may_be_red, found.why) == (
        False,
        True,
        Why.DEGRADED,
    )
    blue = settled(said(RTE, BLUE, is_degraded=True))
    assert (blue.colour.colour, blue.colour.may_be_red) == (BLUE, True)
    assert blue.colour.red_probability > 0.15
    against = settled(said(EDF, BLUE), said(RTE, RED, is_degraded=True))
    assert (against.colour.colour, against.colour.may_be_red) == (BLUE, True)


def test_the_same_source_degraded_later_still_counts_as_possibly_red() -> None:
    found = settled(said(RTE, BLUE), said(RTE, RED, at=time(15), is_degraded=True))
    assert (found.colour.colour, found.colour.may_be_red) == (BLUE, True)


def test_a_person_leads_but_an_official_red_is_not_forgotten() -> None:
    alone = settled(said(PERSON, RED, at=EARLY))
    assert (alone.why, alone.colour.is_binding) == (Why.PERSON, True)
    slip = settled(said(PERSON, BLUE), said(RTE, RED))
    assert (slip.colour.colour, slip.colour.may_be_red, slip.why) == (BLUE, True, Why.DISPUTED)


def test_a_red_sunday_from_the_community_is_struck_out() -> None:
    found = settled(said(COMMUNITY, RED, day=SUNDAY))
    assert (found.colour.colour, found.why, found.colour.may_be_red) == (BLUE, Why.RULE, False)
    assert [rule for _one, rule in found.vetoed] == [Rule.NEVER_RED]


def test_a_red_sunday_from_rte_stands_and_is_said() -> None:
    found = settled(said(RTE, RED, day=SUNDAY))
    assert (found.colour.colour, found.colour.is_binding) == (RED, True)
    assert found.broken == Rule.NEVER_RED


def test_no_provisional_red_beyond_the_quota() -> None:
    found = settled(said(COMMUNITY, RED), counts=SeasonCounts(red=22, white=10))
    assert not found.colour.may_be_red
    assert [rule for _one, rule in found.vetoed] == [Rule.RED_USED]


def test_forced_red_strikes_out_provisional_blue_and_speaks_for_itself() -> None:
    day, counts = date(2026, 3, 13), SeasonCounts(red=9, white=40)
    for heard in ([said(RTE, BLUE, day=day, at=EARLY)], []):
        found = settle(heard, day, paris(day), counts)
        assert (found.colour.colour, found.why, found.colour.is_binding) == (RED, Why.RULE, False)
    final = settle([said(RTE, BLUE, day=day)], day, paris(day), counts)
    assert (final.colour.colour, final.broken) == (BLUE, Rule.FORCED_RED)


def test_nobody_has_spoken() -> None:
    found = settled()
    assert (found.colour.colour, found.why) == (None, Why.UNKNOWN)
    assert found.colour.may_be_red
    assert found.colour.red_probability > 0.3
    in_july = settle([], date(2027, 7, 6), paris(date(2027, 7, 5)), MIDWINTER)
    assert (in_july.colour.colour, in_july.colour.may_be_red) == (None, False)


def test_what_is_said_later_does_not_count_yet() -> None:
    eve = RED_POSSIBLE - timedelta(days=1)
    heard = [said(RTE, BLUE, at=EARLY), said(RTE, RED, at=LATE)]
    assert settle(heard, RED_POSSIBLE, paris(eve, time(9)), MIDWINTER).colour.colour == BLUE
    assert settle(heard, RED_POSSIBLE, paris(eve, time(12)), MIDWINTER).colour.colour == RED
