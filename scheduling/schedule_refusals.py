"""Why a schedule cannot be kept: one sentence, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from batteries import wording
from batteries.models import Battery

from .refusals import can_hold_power, limit_w
from .schedule_words import clock, long_day
from .situation import Rule
from .surroundings import rules
from .targets import LEASED, LEAST_W, TargetMode
from .windows import Overlap, rules_overlap


class ScheduleRefused(Exception):
    """The schedule was not kept: nothing was written. `str()` is the sentence for a person."""


def overlap_refusal(rule: Rule) -> str:
    """A sentence where another active schedule of the same priority meets it; else empty."""
    for other in rules():
        meeting = None if other.rule_id == rule.rule_id else rules_overlap(rule, other)
        if meeting is not None:
            return _overlap_words(rule, other, meeting)
    return ""


def mode_refusal(rule: Rule, batteries: Iterable[Battery]) -> str:
    """A sentence where a battery that was chosen takes no power."""
    if rule.mode_type in LEASED:
        for battery in batteries:
            if not can_hold_power(battery):
                words = {"name": battery.name}
                return _("%(name)s takes no power: it can only follow the house.") % words
    return ""


def power_refusal(rule: Rule, batteries: Iterable[Battery]) -> str:
    """A sentence where a power is missing, out of place, or beyond a battery's limit."""
    if rule.mode_type not in (TargetMode.CHARGE, TargetMode.DISCHARGE):
        return _power_out_of_place(rule)
    if rule.power_w is None:
        is_missing = rule.mode_type == TargetMode.DISCHARGE
        return _("Say with which power the batteries shall feed the house.") if is_missing else ""
    watts = abs(rule.power_w)
    if watts < LEAST_W:
        words = {"least": wording.watts(LEAST_W)}
        return _("At least %(least)s: below, batteries hold no power well.") % words
    return next((_beyond(rule, one) for one in batteries if watts > _most(rule, one)), "")


def share_refusals(rule: Rule) -> dict[str, str]:
    """Sentences for a state of charge that does not go with the mode, by field."""
    found = {}
    if rule.target_soc is not None and rule.mode_type != TargetMode.CHARGE:
        found["target_soc"] = _("Only a charge has a state of charge to reach: leave it empty.")
    if rule.floor_soc is not None and rule.mode_type != TargetMode.DISCHARGE:
        found["floor_soc"] = _("Only a discharge has a state of charge to stop at: leave it empty.")
    return found


def _power_out_of_place(rule: Rule) -> str:
    if not rule.power_w:
        return ""
    if rule.mode_type == TargetMode.HOLD:
        return _("Standing still is a power of 0 W: leave it empty.")
    return _("Auto and AI find their power by themselves: leave it empty.")


def _most(rule: Rule, battery: Battery) -> int:
    return limit_w(battery, rule.mode_type)


def _beyond(rule: Rule, battery: Battery) -> str:
    words = {"name": battery.name, "most": wording.watts(_most(rule, battery))}
    if rule.mode_type == TargetMode.CHARGE:
        return _("%(name)s may charge at %(most)s at most.") % words
    return _("%(name)s may feed the house with %(most)s at most.") % words


def _overlap_words(rule: Rule, other: Rule, meeting: Overlap) -> str:
    words = {
        "one": rule.name,
        "other": other.name,
        "day": long_day(meeting.week_day),
        "from": clock(meeting.starts),
        "to": clock(meeting.ends),
    }
    return (
        _(
            "“%(one)s” and “%(other)s” both count on %(day)s %(from)s-%(to)s: "
            "give one of them a higher priority."
        )
        % words
    )
