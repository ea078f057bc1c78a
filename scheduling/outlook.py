"""The plan as people read it: per battery a ribbon over the tariff, and a row for each change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from batteries import wording
from tempo.days import PARIS, DayColour, at_local, is_peak, tempo_day

from .journal import decision_json
from .planning import PLAN_HOURS, plan
from .reasons import sentence
from .ribbon import Ribbon, Span, Stretch, fitting, percent, ribbon
from .situation import Decision, Segment, Situation
from .surroundings import situation_at

DAY = timedelta(days=1)
TARIFF_EDGES = (time(6), time(22))


@dataclass(frozen=True, slots=True)
class Change:
    """One row: from when on, what and why, and what it does to the battery."""

    starts_at: datetime
    ends_at: datetime
    decision: Decision
    when: str
    why: str
    soc: str
    soc_start: float | None
    soc_end: float | None
    duration: str

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "when": self.when,
            "sentence": self.why,
            "soc": self.soc,
            "soc_start": self.soc_start,
            "soc_end": self.soc_end,
            "duration": self.duration,
            "decision": decision_json(self.decision),
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """The coming hours of one battery."""

    battery_id: int
    name: str
    ribbon: Ribbon
    changes: tuple[Change, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        changes = [change.as_json() for change in self.changes]
        return {"id": self.battery_id, "name": self.name, "changes": changes}


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What the page of the plan shows."""

    outlooks: tuple[Outlook, ...]
    tariff: tuple[Stretch, ...]
    is_automatic: bool


def describe_plan(now: datetime, hours: float = PLAN_HOURS) -> PlanPage:
    """What every battery will do, as things are at `now`."""
    situation = situation_at(now)
    return PlanPage(
        outlooks=outlooks(situation, now, hours),
        tariff=tuple(tariff(situation.colours, now, now + timedelta(hours=hours))),
        is_automatic=situation.household.is_automatic,
    )


def outlooks(situation: Situation, now: datetime, hours: float) -> tuple[Outlook, ...]:
    """One for each battery, in their order."""
    plans = plan(situation, now, hours)
    return tuple(
        Outlook(
            one.battery_id,
            one.name,
            ribbon(one.battery_id, one.name, plans[one.battery_id], now),
            tuple(_change(segment, now) for segment in plans[one.battery_id]),
        )
        for one in situation.batteries
    )


def _change(segment: Segment, now: datetime) -> Change:
    decision = segment.decision
    return Change(
        starts_at=segment.starts_at,
        ends_at=segment.ends_at,
        decision=decision,
        when=_("Now") if segment.starts_at <= now else _start(segment.starts_at, now),
        why=sentence(replace(decision, writes=True), now),  # the page says once if it is off
        soc=_soc(segment),
        soc_start=segment.soc_start,
        soc_end=segment.soc_end,
        duration=wording.rough_duration(segment.ends_at - segment.starts_at),
    )


def _start(at: datetime, now: datetime) -> str:
    """With its weekday where it is not today."""
    local, today = localtime(at), localtime(now).date()
    return date_format(local, "H:i" if local.date() == today else "l H:i")


def _soc(segment: Segment) -> str:
    if segment.soc_start is None or segment.soc_end is None:
        return ""
    start, end = wording.percent(segment.soc_start), wording.percent(segment.soc_end)
    return start if start == end else f"{start} → {end}"


def tariff(
    colours: Mapping[date, DayColour], starts_at: datetime, ends_at: datetime
) -> Iterator[Stretch]:
    """The tariff's hours behind a ribbon: the colour in force, peak (HP) and off-peak (HC)."""
    span = Span(starts_at, ends_at)
    edges = [starts_at, *_tariff_edges(starts_at, ends_at), ends_at]
    for left, right in pairwise(edges):
        day = colours.get(tempo_day(left), DayColour(tempo_day(left)))
        x, width = span.share(left), span.share(right) - span.share(left)
        label = "HP" if is_peak(left) else "HC"
        kind = f"tempo-{day.colour.value if day.colour else 'unknown'}"
        yield Stretch(
            f"{kind} is-{label.lower()}",
            percent(x),
            percent(width),
            fitting(label, width),
            _tariff_words(day, peak=is_peak(left)),
        )


def _tariff_edges(starts_at: datetime, ends_at: datetime) -> Iterator[datetime]:
    day = starts_at.astimezone(PARIS).date()
    while at_local(day, time()) < ends_at:
        for clock in TARIFF_EDGES:
            if starts_at < at_local(day, clock) < ends_at:
                yield at_local(day, clock)
        day += DAY


def _tariff_words(day: DayColour, *, peak: bool) -> str:
    words = {
        "day": date_format(day.day, "l j F"),
        "colour": day.colour.label if day.colour else _("colour not known"),
        "hours": _("peak hours (HP)") if peak else _("off-peak hours (HC)"),
    }
    return _("Tempo day %(day)s: %(colour)s, %(hours)s") % words
