"""The journal's rows as the values that they were made of, and in words."""

from __future__ import annotations

from datetime import datetime

from .intentions import Decision as Row
from .reasons import sentence
from .situation import Decision, Goal, Reason
from .targets import TargetMode


def decision_of(row: Row) -> Decision:
    """A journal row as the planner had said it."""
    goal = None
    if row.mode_type:
        goal = Goal(TargetMode(row.mode_type), row.power_w, row.until_soc)
    return Decision(
        battery_id=row.battery_id,
        goal=goal,
        reason=Reason(row.reason),
        since=row.since,
        until=row.until,
        writes=row.is_written,
        rule_id=row.schedule_id,
        wish_id=row.override_id,
        params=row.params,
    )


def decision_sentence(row: Row, now: datetime) -> str:
    """What was decided and why, in the language that is active."""
    return sentence(decision_of(row), now)
