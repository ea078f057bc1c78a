"""What comes next by the clock: the decision after the one that stands. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from batteries import wording

from .planner import decide_all
from .reasons import sentence
from .situation import Decision, Situation

HORIZON = timedelta(hours=24)


def next_decisions(
    situation: Situation, now: datetime, current: dict[int, Decision]
) -> dict[int, tuple[datetime, Decision]]:
    """For each battery the first moment within a day at which the clock changes its decision, and
    that decision, as things are now."""
    found: dict[int, tuple[datetime, Decision]] = {}
    decisions, moment = current, now
    while len(found) < len(current):
        moment = min(decision.until for decision in decisions.values())
        if moment >= now + HORIZON:
            break
        decisions = decide_all(situation, moment)
        for battery_id, decision in decisions.items():
            if battery_id not in found and _key(decision) != _key(current[battery_id]):
                found[battery_id] = moment, decision
    return found


def next_sentence(moment: datetime, decision: Decision, current: Decision, now: datetime) -> str:
    """What comes next, in one line; that automation is off is said once."""
    if not current.writes:
        decision = replace(decision, writes=True)
    words = {"moment": wording.moment(moment, now), "sentence": _lowered(sentence(decision, now))}
    return _("Next, at %(moment)s: %(sentence)s") % words


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _key(decision: Decision) -> tuple[object, ...]:
    mode = None if decision.goal is None else decision.goal.mode_type
    is_let_go = "let_go" in decision.params
    return mode, decision.reason, decision.rule_id, decision.wish_id, decision.writes, is_let_go
