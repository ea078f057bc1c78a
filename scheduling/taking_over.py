"""The step that takes a battery's slots over: what its looks found, and the way back to Auto."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from batteries.models import Battery, ControlMethod
from batteries.profile import battery_profile

from .models import Cause, Order
from .proof import RESPONSE_S, Seen
from .selectors import IN_FORCE
from .slotbook import SlotBook

FOLLOWS_FROM_W = 50  # a slot that only stands still shows less


def conclude_set_up(order: Order, seen: Sequence[Seen], now: datetime) -> bool:
    """Note whether the trial slot followed the house, once that is known or no look is left; then
    the order goes on as any order of Auto. True where it is to be written now."""
    late = [one.power_w for one in seen if one.power_w is not None and one.after_s >= RESPONSE_S]
    follows = len(late) >= 2 and all(abs(power_w) > FOLLOWS_FROM_W for power_w in late[-2:])
    if not follows and order.look_at is not None:
        return False
    with transaction.atomic():
        book, _new = SlotBook.objects.get_or_create(battery=order.battery)
        book.tested_at = now
        book.taken_at = now if _all_accepted(order) else None
        book.follows_house_at = now if follows and book.taken_at else None
        book.save()
        if book.follows_house_at:
            rows = Battery.objects.filter(pk=order.battery_id)
            rows.update(control_method=ControlMethod.MANUAL)
        Order.objects.open().filter(pk=order.pk).update(
            is_set_up=False,
            next_at=now,
            next_cause=Cause.FIRST,
            look_at=None,
            effect=[],
            written_at=None,
        )
    return True


def _all_accepted(order: Order) -> bool:
    """Whether each slot was accepted; the trial slot's number was written twice."""
    accepted = order.attempts.filter(slot__isnull=False, outcome__in=IN_FORCE)
    numbers = set(accepted.values_list("slot", flat=True))
    return numbers == set(range(battery_profile(order.battery).slots))
