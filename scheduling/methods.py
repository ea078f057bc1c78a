"""The other way to give a power, where one was answered and had no effect for ten minutes.

Slots only where they were taken over before. A battery that takes a power neither way keeps its
order, is written again within the bound, and is told: a person may set it to automatic modes only.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from batteries.marstek.values import Mode
from batteries.models import Battery, ControlMethod
from batteries.profile import battery_profile

from . import mirror
from .models import Cause, Note, Order, OrderState
from .slotbook import SlotBook

TRIED_FOR = timedelta(minutes=10)


def try_other_method(order: Order, now: datetime) -> bool:
    """Change the battery's control method where the present one does not prove; whether it did."""
    has_failed = order.note == Note.IGNORED or order.state == OrderState.REFUSED
    is_fresh = order.asked_at > now - TRIED_FOR
    if order.proved_at or not order.is_leased or not has_failed or is_fresh:
        return False
    method = _other(order)
    if method is None:
        return False
    Battery.objects.filter(pk=order.battery_id).update(control_method=method)
    Order.objects.open().filter(pk=order.pk).update(
        next_at=now, next_cause=Cause.FIRST, look_at=None
    )
    return True


def _other(order: Order) -> ControlMethod | None:
    """The method that this order was not tried with yet, where it is allowed."""
    attempts, battery = order.attempts, order.battery
    if mirror.uses_slots(order):
        was_tried = attempts.filter(lease_s__isnull=False).exists()
        can = Mode.PASSIVE in battery_profile(battery).modes
        return ControlMethod.PASSIVE if can and not was_tried else None
    was_tried = attempts.filter(slot__isnull=False).exists()
    are_ours = SlotBook.objects.filter(battery=battery, taken_at__isnull=False).exists()
    is_passive = battery.control_method == ControlMethod.PASSIVE
    return ControlMethod.MANUAL if are_ours and is_passive and not was_tried else None
