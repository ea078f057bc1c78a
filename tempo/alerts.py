"""What people must be told about colours and prices: a list of what stands now, and no sending.

Level-triggered: as long as something is so it is in the list, afterwards it is not. `event` and
`subject` name it; whoever sends remembers what was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from . import wording
from .billing import current_grid, is_old
from .consensus import Settlement, Statement, Why
from .days import PARIS, Colour, tempo_day
from .models import TempoDay
from .rules import Rule
from .seasons import season_of
from .selectors import settlements, statements_of

ALARM_FROM, DAY_BREAKS = time(18), time(6)
NEWS_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to be told. `params` are plain values; `text` is a sentence for a page."""

    event: str
    subject: str
    text: str
    is_urgent: bool = False
    params: dict[str, Any] = field(default_factory=dict)


def alerts_due(now: datetime) -> list[Alert]:
    """Everything that stands at `now`, the urgent first. Six queries."""
    today = tempo_day(now)
    found = settlements(today, today + timedelta(days=1), now)
    alerts = [
        *_unknown(found[today + timedelta(days=1)], now),
        *(alert for settled in found.values() for alert in _disputed(settled, now)),
        *(alert for settled in found.values() for alert in _rule_broken(settled)),
        *_changed(now),
        *_season(now),
        *_prices(now),
    ]
    return sorted(alerts, key=lambda alert: not alert.is_urgent)


def _unknown(settled: Settlement, now: datetime) -> Iterator[Alert]:
    """From 18:00 on, while no official word is final."""
    known = settled.colour
    clock = now.astimezone(PARIS).time()
    if known.is_binding or settled.is_disputed or DAY_BREAKS <= clock < ALARM_FROM:
        return
    if settled.why == Why.RULE and not known.may_be_red:
        return
    text = _("The colour of %(day)s is not final yet: %(status)s.") % {
        "day": wording.long_day(known.day),
        "status": wording.status(settled),
    }
    params = {"day": known.day, "colour": known.colour, "red_probability": known.red_probability}
    yield _of_day("colour_unknown", settled, text, known.red_probability > 0, params)


def _disputed(settled: Settlement, now: datetime) -> Iterator[Alert]:
    if not settled.is_disputed:
        return
    day = settled.colour.day
    said = sorted(_latest(statements_of(day, now)), key=lambda one: one.source)
    text = _("Sources disagree on %(day)s: %(says)s.") % {
        "day": wording.long_day(day),
        "says": wording.says(said),
    }
    if settled.colour.may_be_red:
        text = _("%(text)s The day counts as possibly red.") % {"text": text}
    told = [{"source": str(one.source.label), "colour": one.colour} for one in said]
    params = {"day": day, "says": told}
    yield _of_day("colour_disputed", settled, text, settled.colour.may_be_red, params)


def _latest(said: list[Statement]) -> list[Statement]:
    """Of each source the last colour that it named."""
    known = sorted((one for one in said if one.colour), key=lambda one: one.seen_at)
    return list({one.source: one for one in known}.values())


def _rule_broken(settled: Settlement) -> Iterator[Alert]:
    if settled.broken is None:
        return
    known = settled.colour
    text = _("%(day)s is published as %(colour)s, yet %(rule)s. It counts as published.") % {
        "day": wording.long_day(known.day),
        "colour": known.colour.label if known.colour else "",
        "rule": Rule(settled.broken).label,
    }
    params = {"day": known.day, "colour": known.colour, "rule": settled.broken.value}
    yield _of_day("colour_breaks_rule", settled, text, False, params)


def _changed(now: datetime) -> Iterator[Alert]:
    """A colour that was known became another one."""
    rows = TempoDay.objects.filter(
        day__gte=tempo_day(now), changed_at__gt=now - NEWS_FOR, changed_at__lte=now
    )
    for row in rows.exclude(colour=""):
        text = _("The colour of %(day)s changed from %(before)s to %(colour)s.") % {
            "day": wording.long_day(row.day),
            "before": row.get_former_colour_display(),
            "colour": row.get_colour_display(),
        }
        params = {"day": row.day, "colour": row.colour, "before": row.former_colour}
        is_red = Colour.RED in (row.colour, row.former_colour)
        yield Alert("colour_changed", f"day:{row.day}:{row.colour}", text, is_red, params)


def _season(now: datetime) -> Iterator[Alert]:
    """On its first day."""
    season = season_of(tempo_day(now))
    if tempo_day(now) == season.starts_on:
        text = _("Season %(season)s begins: 22 red and 43 white days from now on.") % {
            "season": season.label
        }
        yield Alert(
            "season_started", f"season:{season.label}", text, False, {"season": season.label}
        )


def _prices(now: datetime) -> Iterator[Alert]:
    grid = current_grid(now)
    if grid is None or not is_old(grid, now):
        return
    text = _(
        "The prices are those of %(day)s. Compare them with your last bill, and enter new ones in"
        " the administration if they differ."
    ) % {"day": wording.day_and_year(grid.starts_on)}
    yield Alert("prices_old", "prices", text, False, {"day": grid.starts_on})


def _of_day(
    event: str, settled: Settlement, text: str, is_urgent: bool, params: dict[str, Any]
) -> Alert:
    return Alert(event, f"day:{settled.colour.day}", text, is_urgent, params)
