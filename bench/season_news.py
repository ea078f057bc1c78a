"""Who says which colour when, over one winter: realistic hours, and troubles from a seed.

RTE's site has an early word at half past six on most days and the final one from 11:16 on, EDF
follows, the community's site is early and not official (tempo.md, section 3). Troubles: sources
that lie, colours that change at eleven, degraded and late publications, hours without any source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import Colour, at_local
from tempo.rules import can_be_red

DAY = timedelta(days=1)
EARLY = 0.6  # of the days have an early word


@dataclass(frozen=True, slots=True)
class Word:
    """A source names colours."""

    at: datetime
    source: Source
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something is away."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True)
class Troubles:
    """What goes wrong with the news of a winter. Days are those whose colour is spoken of."""

    outages: Sequence[Span] = ()
    lies: frozenset[date] = frozenset()  # the community's site, all day
    changes: frozenset[date] = frozenset()  # RTE's early word is another colour
    degraded: frozenset[date] = frozenset()  # RTE publishes blue in degraded mode
    late: frozenset[date] = frozenset()  # nothing official before the evening
    machine_off: Sequence[Span] = field(default_factory=tuple)

    def is_away(self, moment: datetime) -> bool:
        """Whether no word reaches us at this moment."""
        return any(span.holds(moment) for span in (*self.outages, *self.machine_off))

    def ends(self) -> list[datetime]:
        """When words come again."""
        ends = {span.until for span in (*self.outages, *self.machine_off)}
        return sorted(end for end in ends if not self.is_away(end))


CALM = Troubles()


def troubles(colours: Mapping[date, Colour], days: Sequence[date], random: Random) -> Troubles:
    """Three outages that begin on a red day's eve and last into its night or beyond, three at any
    time; three power cuts of the machine; some days of each other kind."""
    possible = [day for day in days if can_be_red(day)]
    red = [day for day in possible if colours[day] == Colour.RED]
    picked = [random.sample(possible, 4) for _kind in range(4)]
    on_eves = [_outage(random, day - DAY, 5, 20, (6, 22)) for day in random.sample(red, 3)]
    anywhere = [_outage(random, day, 0, 23, (4, 30)) for day in random.sample(possible, 3)]
    cuts = [_outage(random, day, 0, 23, (1, 3)) for day in random.sample(possible, 3)]
    lies, changes, degraded, late = (frozenset(some) for some in picked)
    return Troubles((*on_eves, *anywhere), lies, changes, degraded, late, cuts)


def _outage(random: Random, day: date, first_h: int, last_h: int, hours: tuple[int, int]) -> Span:
    since = at_local(day, time(random.randint(first_h, last_h), random.randrange(0, 60, 5)))
    return Span(since, since + timedelta(hours=random.randint(*hours)))


def news(
    colours: Mapping[date, Colour], days: Sequence[date], seed: str, wrong: Troubles = CALM
) -> list[Word]:
    """Every word of a winter, in order; after an outage the sources are asked anew at once."""
    random = Random(f"{seed}/news")
    said = [word for day in days for word in _said_of(day, colours[day], random, wrong)]
    heard = [word for word in said if not wrong.is_away(word.at)]
    asked = [word for end in wrong.ends() for word in _asked_anew(said, end)]
    return sorted([*heard, *asked], key=lambda word: word.at)


def on_time(colours: Mapping[date, Colour], days: Sequence[date]) -> list[Word]:
    """RTE's final word on each day, as soon as a word can be final."""
    return [
        Word(at_local(day - DAY, time(11, 15)), Source.RTE_SITE, (Answer(day, colours[day]),))
        for day in days
    ]


def _said_of(day: date, true: Colour, random: Random, wrong: Troubles) -> Iterator[Word]:
    """What is said of one day on the day before it."""

    def word(clock: tuple[int, int], within: int, source: Source, answer: Answer) -> Word:
        minutes = timedelta(minutes=random.randrange(0, within, 5))
        return Word(at_local(day - DAY, time(*clock)) + minutes, source, (answer,))

    other = random.choice([one for one in Colour if one != true])
    community = Answer(day, other if day in wrong.lies else true)
    early = Answer(day, other if day in wrong.changes else true)
    if random.random() < EARLY:
        yield word((6, 30), 15, Source.RTE_SITE, early)
        yield word((6, 40), 20, Source.COULEUR_TEMPO, community)
    yield word((10, 10), 15, Source.COULEUR_TEMPO, community)
    yield word((11, 35), 25, Source.COULEUR_TEMPO, community)
    if day in wrong.degraded:
        yield word((11, 20), 20, Source.RTE_SITE, Answer(day, Colour.BLUE, is_degraded=True))
    else:
        yield word(
            (18, 0) if day in wrong.late else (11, 16), 20, Source.RTE_SITE, Answer(day, true)
        )
    yield word((20, 0) if day in wrong.late else (11, 25), 25, Source.EDF, Answer(day, true))


def _asked_anew(said: Sequence[Word], at: datetime) -> Iterator[Word]:
    """What each source says at a moment of the days that it has spoken of."""
    last: dict[tuple[Source, date], Answer] = {}
    for word in said:
        if at - 2 * DAY <= word.at <= at:
            last |= {(word.source, answer.day): answer for answer in word.answers}
    for source in dict.fromkeys(source for source, _day in last):
        answers = [answer for (one, _day), answer in last.items() if one == source]
        yield Word(at, source, tuple(answers))


def first_right(words: Sequence[Word], colours: Mapping[date, Colour]) -> dict[date, datetime]:
    """From when on any source has named the true colour of each day."""
    right: dict[date, datetime] = {}
    for word in words:
        for answer in word.answers:
            if answer.colour == colours[answer.day]:
                right.setdefault(answer.day, word.at)
    return right
