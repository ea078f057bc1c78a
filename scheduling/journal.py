"""The journal's rows as the values that they were made of, and in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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


def decision_json(decision: Decision) -> dict[str, Any]:
    """A decision's values, by the names that the journal has for them."""
    goal = decision.goal
    return {
        "mode": goal.mode_type if goal else None,
        "power_w": goal.power_w if goal else None,
        "until_soc": goal.until_soc if goal else None,
        "reason": decision.reason,
        "since": decision.since,
        "until": decision.until,
        "is_written": decision.writes,
        "schedule_id": decision.rule_id,
        "override_id": decision.wish_id,
        "params": dict(decision.params),
    }
