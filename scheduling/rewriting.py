"""When an order that stands is written again: as its lease runs out, or as it was not followed."""

from __future__ import annotations

from datetime import datetime, timedelta

from .models import Order, OrderAttempt
from .programs import LONGEST
from .selectors import times_applied_again
from .targets import TargetMode

AGAIN_WITHIN = timedelta(minutes=30)
AGAIN_TIMES = 3
AGAIN_THEN_EVERY = timedelta(minutes=15)
AGAIN_THEN_EVERY_RED = timedelta(minutes=10)


def renewal_at(order: Order, attempt: OrderAttempt) -> datetime | None:
    """Half a lease later. Standing still needs none: a lease that is over stands still, too."""
    if attempt.slot is not None:
        return _program_renewal_at(order, attempt)
    if order.until is None or attempt.lease_s is None or order.mode_type == TargetMode.HOLD:
        return None
    lease = timedelta(seconds=attempt.lease_s)
    if attempt.sent_at + lease >= order.until - timedelta(seconds=1):
        return None
    return attempt.sent_at + lease / 2


def _program_renewal_at(order: Order, attempt: OrderAttempt) -> datetime | None:
    """A program reaches 20 hours ahead; one that shall last longer is written anew before."""
    ends_at = attempt.sent_at + LONGEST
    is_longer = order.until is not None and order.until > ends_at
    return attempt.sent_at + LONGEST / 2 if is_longer else None


def again_after(order: Order, now: datetime, since: datetime | None = None) -> timedelta:
    """How long to wait before an order is written again that was answered, and then ignored or
    undone: three times in 30 minutes soon after `since` (its write; else now), then once a quarter
    of an hour."""
    times, last_at = times_applied_again(order.battery_id, now - AGAIN_WITHIN)
    if times < AGAIN_TIMES or last_at is None:
        soon = (since or now) + timedelta(seconds=10 * (times + 1))
        return max(timedelta(0), soon - now)
    rest = AGAIN_THEN_EVERY_RED if is_for_red(order) else AGAIN_THEN_EVERY
    return max(timedelta(0), last_at + rest - now)


def is_for_red(order: Order) -> bool:
    """Whether a red day depends on it."""
    return order.decision is not None and order.decision.reason.startswith("red_")
