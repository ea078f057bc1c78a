"""`bench seasons`: four days of a winter, two of them red, and what each rule makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time

import pytest

from batteries.simulator.series import constant
from bench import season_house
from bench.season_house import Away, SeasonHouse, nights_charged, red_days
from bench.season_news import CALM, DAY, Span, Troubles, first_right, news, on_time
from bench.seasons import Calendar, Lived, Ours, Winter, peers
from tempo.days import Colour, at_local
from tempo.seasons import Season

MONDAY = date(2024, 1, 8)
DAYS = [MONDAY + n * DAY for n in range(4)]  # blue, red, red, blue
COLOURS = dict(zip(DAYS, (Colour.BLUE, Colour.RED, Colour.RED, Colour.BLUE), strict=True)) | {
    MONDAY - DAY: Colour.BLUE,
    DAYS[-1] + DAY: Colour.BLUE,
}


def at(day: date, hour: int) -> datetime:
    return at_local(day, time(hour))


def house(away: Away | None = None) -> SeasonHouse:
    return SeasonHouse(constant(900.0), DAYS, away or Away())


def lived(wrong: Troubles, away: Away | None = None) -> tuple[SeasonHouse, Ours]:
    """Those days by the product's planner, with these troubles."""
    home = house(away)
    steer = Ours(home, Calendar(news(COLOURS, DAYS, "a seed", wrong)))
    home.live(steer)
    return home, steer


def socs(home: SeasonHouse) -> Sequence[float]:
    """The lowest at 06:00 of each red day."""
    return [min(one.socs) for one in red_days(home.devices, home.socs_at_6, COLOURS)]


@pytest.mark.django_db
def test_both_red_days_in_a_row_begin_with_full_batteries() -> None:
    home, _steer = lived(CALM)
    assert min(socs(home)) >= 94
    assert [day for day, _wh in nights_charged(home.devices, DAYS)] == [DAYS[1], DAYS[2]]


def test_the_peers_rule_leaves_the_second_red_day_empty() -> None:
    home = house()
    home.live(peers(home, COLOURS))
    first, second = socs(home)
    assert first >= 94
    assert second < 20


@pytest.mark.django_db
def test_without_any_source_at_22_it_charges_where_that_pays_and_says_the_odds() -> None:
    dark = Troubles(outages=[Span(at(DAYS[2], 5), at(DAYS[3], 7))])
    home, steer = lived(dark)
    assert min(socs(home)) >= 94
    figures = Lived(home.devices, home.socs_at_6, steer.nights).figures(COLOURS, DAYS, 1.0)
    [bet] = figures["in_vain_where_unknown"]
    assert "P(red) 0." in bet
    assert bet.endswith("charged, was blue")
    assert figures["in_vain_where_known"] == 0


@pytest.mark.django_db
def test_a_battery_that_cannot_be_reached_at_night_begins_the_day_short() -> None:
    silent = Away(api_off=[[Span(at(MONDAY, 21), at(DAYS[1], 7))], [], []])
    home, _steer = lived(CALM, silent)
    first = next(iter(red_days(home.devices, home.socs_at_6, COLOURS)))
    assert first.socs[0] < 60
    assert min(first.socs[1:]) >= 94


def test_a_mode_that_is_not_auto_on_a_red_day_is_counted() -> None:
    home = house()
    home.live(lambda now: [0 if now < at(DAYS[1], 8) else None] * 3)
    wrong = [one.wrong_min for one in red_days(home.devices, home.socs_at_6, COLOURS)]
    assert wrong[0] == pytest.approx([120.0] * 3, abs=0.1)


def test_words_of_an_outage_are_heard_when_it_ends() -> None:
    dark = Troubles(outages=[Span(at(MONDAY, 5), at(MONDAY, 22))])
    words = news(COLOURS, DAYS[1:2], "a seed", dark)
    assert {word.at for word in words} == {at(MONDAY, 22)}
    assert first_right(words, COLOURS) == {DAYS[1]: at(MONDAY, 22)}


def test_a_liar_and_an_early_word_that_changes_are_heard_as_they_are() -> None:
    wrong = replace(CALM, lies=frozenset(DAYS), changes=frozenset(DAYS))
    for word in news(COLOURS, DAYS, "a seed", wrong):
        [answer] = word.answers
        is_final = word.at >= at_local(answer.day - DAY, time(11, 16))
        is_true = is_final and word.source != "couleur_tempo"
        assert (answer.colour == COLOURS[answer.day]) == is_true


def test_a_winter_is_the_same_each_time() -> None:
    january = [date(2024, 1, 1) + n * DAY for n in range(31)]
    colours = dict.fromkeys(Season(2023).days(), Colour.BLUE) | dict.fromkeys(january, Colour.RED)
    some = [Winter(Season(2023), colours, constant(0.0)) for _twice in range(2)]
    assert some[0].wrong == some[1].wrong
    assert some[0].outages == some[1].outages
    assert len(season_house.winter(Season(2023))) == 152
    assert len(on_time(colours, some[0].days)) == 152
