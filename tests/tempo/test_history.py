"""Rules and chances against ten real seasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from tempo.chances import FORCED, base_chance
from tempo.days import Colour
from tempo.rules import Rule, SeasonCounts, broken_rule, can_be_red, is_forced_red
from tempo.seasons import Season

from .shared_data import shared_colours

EXCEPTION = Season(2019)  # 18 red and 47 white days


def real_days() -> Iterator[tuple[Season, date, Colour, SeasonCounts, Colour | None]]:
    """Each real day with its colour, the counts before it and the colour of the day before."""
    colours = shared_colours()
    for year in range(2014, 2024):
        counts, before = SeasonCounts(), None
        for day in Season(year).days():
            colour = colours[day.isoformat()]
            yield Season(year), day, colour, counts, before
            counts, before = counts.after(day, colour, is_binding=True), colour


def test_no_real_day_breaks_a_rule_but_in_2019() -> None:
    broken: Counter[tuple[Season, Rule]] = Counter()
    for season, day, colour, counts, _before in real_days():
        if rule := broken_rule(day, colour, counts):
            broken[season, rule] += 1
    assert set(broken) == {(EXCEPTION, Rule.WHITE_USED), (EXCEPTION, Rule.FORCED_RED)}


def test_red_that_arithmetic_forces_was_red() -> None:
    forced = [
        (season, colour)
        for season, day, colour, counts, _before in real_days()
        if is_forced_red(day, counts)
    ]
    assert len([one for one in forced if one[0] != EXCEPTION]) > 0
    assert {colour for season, colour in forced if season != EXCEPTION} == {Colour.RED}


def test_chances_are_never_too_low_on_the_whole() -> None:
    """Too high only costs a charge in vain; that is so in March, when few red days are left."""
    days: Counter[int] = Counter()
    surplus = [0.0] * 5
    for _season, day, colour, counts, before in real_days():
        chance = base_chance(day, counts, before)
        days[int(chance * 5)] += 1
        surplus[int(chance * 5)] += chance - (colour == Colour.RED)
    assert sorted(days) == [0, 1, 2, 3, 4]
    assert all(-0.01 < surplus[fifth] / count < 0.4 for fifth, count in days.items())


def test_hardly_a_red_day_had_so_small_a_chance_that_a_charge_would_not_pay() -> None:
    """At prices of 2026, with wear, a charge pays from 9 % on."""
    reds = [
        base_chance(day, counts, before)
        for _season, day, colour, counts, before in real_days()
        if colour == Colour.RED
    ]
    assert len(reds) == 216
    assert len([chance for chance in reds if chance < 0.09]) <= 5


def test_on_most_nights_of_a_year_red_is_impossible() -> None:
    days = list(real_days())
    zero = [day for _s, day, _c, counts, before in days if base_chance(day, counts, before) == 0]
    assert len(zero) > 0.7 * len(days)
    assert not any(can_be_red(day) and day.month == 12 for day in zero)
    assert max(base_chance(day, counts, b) for _s, day, _c, counts, b in days) == FORCED
