"""Which colour a day has, from everything that was said of it. Pure.

Rules, in this order:
1. Binding beats provisional: an official source (RTE, EDF), not degraded, heard at or after 11:15
   Paris on the day before; a person's word, too. Official beats community. Later beats earlier of
   the same source; unknown never beats a colour.
2. The hard rules of the tariff (`rules.py`) veto whatever is not binding. A binding statement that
   breaks one is kept, and said.
3. Where nobody has spoken, a rule that leaves one colour gives it, not binding.
4. Somebody who still names red while another colour leads makes the day possibly red and not
   binding, whoever leads. A day of which only a degraded word is known counts as one of which
   nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from .chances import Word, base_chance, red_chance
from .days import Colour, DayColour, at_local
from .rules import RED_QUOTA, Rule, SeasonCounts, broken_rule, can_be_red, colour_by_rule

BINDING_FROM = time(11, 15)


class Source(TextChoices):
    """Who says colours. Stored: never rename one."""

    PERSON = "person", pgettext_lazy("source", "a person")
    RTE_API = "rte_api", pgettext_lazy("source", "RTE (API)")
    RTE_SITE = "rte_site", pgettext_lazy("source", "RTE (site)")
    RTE_SEASON = "rte_season", pgettext_lazy("source", "RTE (season)")
    EDF = "edf", "EDF"
    COULEUR_TEMPO = "couleur_tempo", "api-couleur-tempo.fr"


AUTHORITY = {
    Source.PERSON: 5,
    Source.RTE_API: 4,
    Source.RTE_SITE: 4,
    Source.RTE_SEASON: 4,
    Source.EDF: 3,
    Source.COULEUR_TEMPO: 1,
}
OFFICIAL = frozenset({Source.RTE_API, Source.RTE_SITE, Source.RTE_SEASON, Source.EDF})


class Why(TextChoices):
    """What a settled colour rests on. Stored: never rename one."""

    BINDING = "binding", pgettext_lazy("why", "binding")
    PERSON = "person", pgettext_lazy("why", "entered by a person")
    PROVISIONAL = "provisional", pgettext_lazy("why", "provisional until 11:15")
    COMMUNITY = "community", pgettext_lazy("why", "from an unofficial source")
    DEGRADED = "degraded", pgettext_lazy("why", "published in degraded mode")
    DISPUTED = "disputed", pgettext_lazy("why", "sources disagree")
    RULE = "rule", pgettext_lazy("why", "by the rules of the tariff")
    UNKNOWN = "unknown", pgettext_lazy("why", "not known yet")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source said of one day: first heard `at`, heard again last `seen_at`."""

    source: Source
    day: date
    colour: Colour | None
    is_binding: bool
    is_degraded: bool
    at: datetime
    seen_at: datetime

    @property
    def rank(self) -> tuple[bool, bool, int, datetime]:
        """The greater, the more it counts."""
        return self.is_binding, not self.is_degraded, AUTHORITY[self.source], self.seen_at


@dataclass(frozen=True, slots=True)
class Settlement:
    """The colour of a day and what it rests on."""

    colour: DayColour
    why: Why
    source: Source | None = None
    rivals: tuple[Statement, ...] = ()
    vetoed: tuple[tuple[Statement, Rule], ...] = ()
    broken: Rule | None = None  # by a binding statement, which stands all the same

    @property
    def is_disputed(self) -> bool:
        """Whether somebody names another colour."""
        return bool(self.rivals)


def binding_from(day: date) -> datetime:
    """From when on an official word about this day is final."""
    return at_local(day - timedelta(days=1), BINDING_FROM)


def is_binding(
    source: Source, day: date, colour: Colour | None, at: datetime, *, is_degraded: bool
) -> bool:
    """Whether such a statement, heard at `at`, is final."""
    if colour is None or is_degraded:
        return False
    return source == Source.PERSON or (source in OFFICIAL and at >= binding_from(day))


def settle(
    statements: Iterable[Statement],
    day: date,
    now: datetime,
    counts: SeasonCounts,
    day_before: Colour | None = None,
) -> Settlement:
    """What is known of `day` at `now`: statements heard later do not count.

    `counts`: of the days of its season before it. `day_before`: the colour of the day before.
    """
    voices = _voices([one for one in statements if one.day == day and one.at <= now])
    judged = [(one, broken_rule(day, one.colour, counts)) for one in voices if one.colour]
    kept = [one for one, rule in judged if rule is None or one.is_binding]
    vetoed = tuple((one, rule) for one, rule in judged if rule and not one.is_binding)
    base = base_chance(day, counts, day_before)
    found = _led(day, kept, base) if kept else _by_rule(day, counts, base)
    broken = [rule for one, rule in judged if one is kept[0]] if kept else [None]
    return replace(found, vetoed=vetoed, broken=broken[0])


def _voices(statements: list[Statement]) -> list[Statement]:
    """Of each source what it said last, and its last binding word where that is another one."""
    voices: set[Statement] = set()
    for source in {one.source for one in statements}:
        own = [one for one in statements if one.source == source and one.colour is not None]
        for some in (own, [one for one in own if one.is_binding]):
            if some:
                voices.add(max(some, key=lambda one: one.seen_at))
    return sorted(voices, key=lambda one: one.rank, reverse=True)


def _led(day: date, kept: list[Statement], base: float) -> Settlement:
    """The first of `kept` leads, as far as the others let it."""
    leader = kept[0]
    assert leader.colour is not None  # noqa: S101  only colours are kept
    rivals = tuple(one for one in kept[1:] if _contradicts(one, leader))
    word = _word(leader, rivals)
    is_red = Colour.RED in (leader.colour, *(one.colour for one in rivals))
    known = DayColour(
        day,
        leader.colour,
        is_binding=word == Word.BINDING,
        may_be_red=is_red or (leader.is_degraded and base > 0),
        red_probability=red_chance(leader.colour, word, base),
    )
    return Settlement(known, _why(leader, word), leader.source, rivals)


def _by_rule(day: date, counts: SeasonCounts, base: float) -> Settlement:
    """Nobody has spoken."""
    colour = colour_by_rule(day, counts)
    possible = can_be_red(day) and counts.red < RED_QUOTA
    known = DayColour(day, colour, may_be_red=possible, red_probability=base)
    return Settlement(known, Why.RULE if colour else Why.UNKNOWN)


def _contradicts(other: Statement, leader: Statement) -> bool:
    """Another colour, and not only one from before the final publication."""
    is_replaced = other.source == leader.source and not other.is_degraded
    if other.colour == leader.colour or is_replaced:
        return False
    return not leader.is_binding or other.seen_at >= binding_from(other.day)


def _word(leader: Statement, rivals: tuple[Statement, ...]) -> Word:
    """How far the leader can be trusted. It is final unless a rival names red, or is final, too."""
    official = any(one.is_binding for one in rivals)
    names_red = any(one.colour == Colour.RED for one in rivals)
    if leader.is_binding and not official and not names_red:
        return Word.BINDING
    if names_red or (rivals and leader.colour == Colour.RED):
        return Word.DISPUTED_BY_OFFICIAL if official else Word.DISPUTED
    if leader.is_degraded:
        return Word.DEGRADED
    return Word.OFFICIAL if leader.source in OFFICIAL else Word.COMMUNITY


def _why(leader: Statement, word: Word) -> Why:
    if word == Word.BINDING:
        return Why.PERSON if leader.source == Source.PERSON else Why.BINDING
    if leader.is_binding:
        return Why.DISPUTED
    return {
        Word.DEGRADED: Why.DEGRADED,
        Word.OFFICIAL: Why.PROVISIONAL,
        Word.COMMUNITY: Why.COMMUNITY,
    }.get(word, Why.DISPUTED)
