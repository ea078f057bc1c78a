"""What the page of schedules shows: the week, the next 48 hours, a row for each schedule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from batteries import wording
from batteries.models import Battery

from . import schedule_words
from .intentions import Household, Override, OverrideKind, ScheduleConfig, TempoCondition, household
from .planning import plan
from .reasons import sentence
from .ribbon import Ribbon, ribbon
from .schedule_words import coming
from .selectors import is_held
from .situation import Rule, Segment, Situation
from .surroundings import rule_of, situation_at
from .week import Week, week

TONIGHT_HOURS = 24


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One schedule in words."""

    id: int
    name: str
    kind: str
    what: str
    hours: str
    days: str
    batteries: str
    condition: str
    priority: int
    next_run: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Timetable:
    """The live part of the page."""

    rows: tuple[ScheduleRow, ...]
    week: Week
    ribbons: tuple[Ribbon, ...]
    household: Household

    @property
    def target_soc(self) -> str:
        return wording.percent(self.household.target_soc)

    @property
    def unmetered(self) -> str:
        return wording.watts(self.household.unmetered_charge_w)

    @property
    def kinds(self) -> list[str]:
        """The kinds that some drawing shows, for its legend."""
        drawn = [stretch.kind for day in self.week.days for stretch in day.stretches]
        drawn += [stretch.kind for strip in self.ribbons for stretch in strip.stretches]
        return [kind for kind in LEGEND if kind in drawn]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one battery would do: moments and sentences."""

    name: str
    lines: tuple[tuple[str, str], ...]


LEGEND = ("auto", "ai", "hold", "charge", "discharge", "alone")


def describe_timetable(now: datetime) -> Timetable:
    """Every schedule, and what follows from them."""
    situation = situation_at(now)
    schedules = list(ScheduleConfig.objects.prefetch_related("batteries"))
    return Timetable(
        rows=tuple(_row(schedule, situation, now) for schedule in schedules),
        week=week(situation.rules),
        ribbons=ribbons(situation, now),
        household=household(),
    )


def ribbons(situation: Situation, now: datetime) -> tuple[Ribbon, ...]:
    """The next 48 hours of each battery."""
    plans = plan(situation, now)
    return tuple(
        ribbon(one.battery_id, one.name, plans[one.battery_id], now) for one in situation.batteries
    )


def with_rule(situation: Situation, rule: Rule, *, is_active: bool) -> Situation:
    """The situation once this schedule is kept in place of what it was."""
    others = tuple(one for one in situation.rules if one.rule_id != rule.rule_id)
    return replace(situation, rules=(*others, rule) if is_active else others)


def outlooks(now: datetime) -> list[Outlook]:
    """What would be ordered from now on if automation were on."""
    situation = situation_at(now)
    automatic = replace(situation, household=replace(situation.household, is_automatic=True))
    plans = plan(automatic, now, TONIGHT_HOURS)
    return [
        Outlook(one.name, tuple(_lines(plans[one.battery_id], now))) for one in situation.batteries
    ]


def let_go(now: datetime) -> Iterator[str]:
    """What becomes of each battery when automation is switched off."""
    wishes = Override.objects.running(now).filter(kind=OverrideKind.TARGET)
    by_hand = {wish.battery_id: wish for wish in wishes}
    for battery in Battery.objects.active().order_by("id"):
        wish = by_hand.get(battery.pk)
        words = {"name": battery.name}
        if wish is not None:
            words["moment"] = coming(wish.until, now)
            yield _("%(name)s goes on with what was ordered by hand, until %(moment)s.") % words
        elif is_held(battery.pk):
            yield _("%(name)s goes back to Auto: we hold it now.") % words
        else:
            yield _("%(name)s stays as it is.") % words


def _lines(segments: Sequence[Segment], now: datetime) -> Iterator[tuple[str, str]]:
    for segment in segments:
        moment = _("now") if segment.starts_at <= now else coming(segment.starts_at, now)
        yield moment, sentence(segment.decision, now)


def _row(schedule: ScheduleConfig, situation: Situation, now: datetime) -> ScheduleRow:
    batteries = list(schedule.batteries.all())
    rule = rule_of(schedule, frozenset(battery.pk for battery in batteries))
    names = ", ".join(battery.name for battery in batteries)
    return ScheduleRow(
        id=schedule.pk,
        name=schedule.name,
        kind=rule.mode_type,
        what=schedule_words.what(rule),
        hours=schedule_words.hours(rule.starts, rule.ends),
        days=schedule_words.days(rule.week_days),
        batteries=names or _("all batteries"),
        condition=str(TempoCondition(schedule.condition).label) if schedule.condition else "",
        priority=schedule.priority,
        next_run=schedule_words.next_run(rule, situation, now) if schedule.is_active else "",
        is_active=schedule.is_active,
    )
