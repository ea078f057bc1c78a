"""Taking orders: a row at once, work for the devices process after commit. Nothing waits here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.utils.translation import gettext as _

from batteries.models import Battery
from notifications.queue import start_task

from .ledger import CARRY_OUT, lock_battery
from .models import Order, OrderState, Origin
from .refusals import OrderRefused, refuse_impossible
from .targets import Target, TargetMode

Person = User | AbstractBaseUser | AnonymousUser | None


def place_order(
    battery: Battery, target: Target, *, by: Person, origin: Origin, now: datetime
) -> Order:
    """Order `target`; the open order of this battery ends as replaced, in the same transaction.

    Raises `OrderRefused` with one sentence, and nothing is written. Of two people at once the
    later wins: the battery's row lets one in after the other.
    """
    return _replace_open(battery, target, OrderState.SUPERSEDED, by=by, origin=origin, now=now)


def cancel_order(battery: Battery, *, by: Person, origin: Origin, now: datetime) -> Order:
    """Back to Auto now: the open order ends as cancelled. Raises `OrderRefused`."""
    target = Target.of(TargetMode.AUTO)
    return _replace_open(battery, target, OrderState.CANCELLED, by=by, origin=origin, now=now)


def _replace_open(
    battery: Battery,
    target: Target,
    end_of_open: OrderState,
    *,
    by: Person,
    origin: Origin,
    now: datetime,
) -> Order:
    with transaction.atomic():
        locked = lock_battery(battery.pk)
        if locked is None:
            raise OrderRefused(_("%(name)s was deleted.") % {"name": battery.name})
        refuse_impossible(locked, target, now)
        former = Order.objects.open().select_for_update().filter(battery=locked).first()
        if former is not None:
            former.state, former.closed_at = end_of_open, now
            former.save(update_fields=["state", "closed_at"])
        order = _new_order(locked, target, former, by=by, origin=origin, now=now)
        start_task(CARRY_OUT)
        return order


def _new_order(
    battery: Battery,
    target: Target,
    former: Order | None,
    *,
    by: Person,
    origin: Origin,
    now: datetime,
) -> Order:
    until = None if target.minutes is None else now + timedelta(minutes=target.minutes)
    return Order.objects.create(
        battery=battery,
        asked_by=by if isinstance(by, User) else None,
        origin=origin,
        mode_type=target.mode_type,
        power_w=target.power_w,
        asked_at=now,
        next_at=now,
        until=until,
        replaces=former,
    )
