"""Rows of a battery's history for tests: orders, decisions and overrides at moments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from batteries.models import Battery
from scheduling.intentions import Decision, Override
from scheduling.models import Order, OrderState, Origin

HOUR = timedelta(hours=1)


def decision(battery: Battery, at: datetime, **changes: Any) -> Decision:
    """On hold by the schedule "Nuit" for eight hours, ended unless said."""
    values: dict[str, Any] = {
        "mode_type": "hold",
        "power_w": 0,
        "reason": "schedule",
        "params": {"rule": "Nuit", "until": (at + 8 * HOUR).isoformat(), "wanted": "hold"},
        "since": at,
        "until": at + 8 * HOUR,
        "ended_at": at + 8 * HOUR,
    }
    return Decision.objects.create(battery=battery, at=at, **(values | changes))


def override(battery: Battery, at: datetime, **changes: Any) -> Override:
    """A charge up to 80 % from the page, cancelled after half an hour."""
    values: dict[str, Any] = {
        "kind": "target",
        "mode_type": "charge",
        "target_soc": 80,
        "until": at + HOUR,
        "origin": Origin.PAGE,
        "ended_at": at + HOUR / 2,
        "end_reason": "cancelled",
    }
    return Override.objects.create(battery=battery, starts_at=at, **(values | changes))


def order(battery: Battery, at: datetime, **changes: Any) -> Order:
    """A charge at 600 W for an hour that was proved and is over, with its one attempt."""
    values: dict[str, Any] = {
        "origin": Origin.PAGE,
        "mode_type": "charge",
        "power_w": 600,
        "until": at + HOUR,
        "state": OrderState.PROVED,
        "proved_at": at + timedelta(seconds=12),
        "verdict_at": at + timedelta(seconds=12),
        "effect": [{"after_s": 5.1, "power_w": 590, "soc": 62, "mode": None}],
        "closed_at": at + HOUR,
    }
    made = Order.objects.create(battery=battery, asked_at=at, **(values | changes))
    made.attempts.create(
        mode_type=made.mode_type,
        power_w=made.power_w,
        lease_s=600,
        sent_at=at + timedelta(seconds=1),
        request='{"id":7,"method":"ES.SetMode"}',
        outcome="accepted",
        latency_ms=41,
        answer='{"id":7,"result":{"set_result":true}}',
    )
    return made
