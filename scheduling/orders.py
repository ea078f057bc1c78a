"""Taking orders: a row at once, work for the devices process after commit. Nothing waits here.

What a person orders is an override, with an end; the order in the ledger follows from it as from
every other decision.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.utils.translation import gettext as _

from batteries.models import Battery
from notifications.queue import start_task

from .intentions import Override, OverrideEnd, OverrideKind
from .ledger import CARRY_OUT, lock_battery, open_order
from .models import Order, OrderState, Origin
from .planner import next_schedule_edge
from .reconciling import reconcile
from .refusals import OrderRefused, end_trouble, refuse_impossible
from .surroundings import situation_at
from .targets import LONGEST_OVERRIDE, Target, TargetMode

Person = User | AbstractBaseUser | AnonymousUser | None


def place_order(
    battery: Battery, target: Target, *, by: Person, origin: Origin, now: datetime
) -> Order:
    """Order `target` until its end (default: the next schedule edge, at most 7 days); what ran for
    this battery before ends as replaced, in the same transaction.

    Raises `OrderRefused` with one sentence, and nothing is written. Of two people at once the
    later wins: the battery's row lets one in after the other.
    """
    with transaction.atomic():
        locked = _locked(battery)
        refuse_impossible(locked, target, now)
        end_override(locked, OverrideEnd.REPLACED, now)
        _override(
            locked,
            kind=OverrideKind.TARGET,
            until=end_of(locked, target.ends_at(now), now),
            by=by,
            origin=origin,
            now=now,
            mode_type=target.mode_type,
            power_w=target.power_w,
            target_soc=target.until_soc,
        )
        return _reconciled(locked, now)


def order_later(
    battery: Battery,
    target: Target,
    *,
    starts_at: datetime,
    by: Person,
    origin: Origin,
    now: datetime,
) -> Override:
    """Order `target`, which has an end, from a moment to come on. It takes the place of what runs
    for this battery, as every order does; its order begins with it. Raises `OrderRefused`."""
    with transaction.atomic():
        locked = _locked(battery)
        refuse_impossible(locked, target, now, begins_later=True)
        end_override(locked, OverrideEnd.REPLACED, now)
        override = _override(
            locked,
            kind=OverrideKind.TARGET,
            starts_at=starts_at,
            until=end_of(locked, target.ends_at(now), now),
            by=by,
            origin=origin,
            now=now,
            mode_type=target.mode_type,
            power_w=target.power_w,
            target_soc=target.until_soc,
        )
        reconcile(now, [locked.pk])
        start_task(CARRY_OUT)
        return override


def hands_off(
    battery: Battery,
    *,
    by: Person,
    origin: Origin,
    now: datetime,
    minutes: int | None = None,
    until: datetime | None = None,
) -> Override:
    """Write nothing to this battery, whatever happens, until the end (default: the next schedule
    edge). Raises `OrderRefused`."""
    if until is None and minutes is not None:
        until = now + timedelta(minutes=minutes)
    if sentence := end_trouble(until, now):
        raise OrderRefused(sentence)
    with transaction.atomic():
        locked = _locked(battery)
        until = end_of(locked, until, now)
        end_override(locked, OverrideEnd.REPLACED, now)
        kind = OverrideKind.HANDS_OFF
        override = _override(locked, kind=kind, until=until, by=by, origin=origin, now=now)
        reconcile(now, [locked.pk])
        return override


def take_slots(battery: Battery, *, by: Person, origin: Origin, now: datetime) -> Order:
    """Take all Manual slots of this battery over, and try whether one can follow the house: then it
    serves a red day even if this machine dies. What stands in the slots is lost.

    Raises `OrderRefused`. The order ends in Auto; the battery's `slot_book` says what came of it.
    """
    with transaction.atomic():
        order = place_order(
            battery, Target(TargetMode.AUTO, minutes=15), by=by, origin=origin, now=now
        )
        order.is_set_up, order.state, order.next_at = True, OrderState.QUEUED, now
        order.proved_at = order.verdict_at = None
        order.save(update_fields=["is_set_up", "state", "next_at", "proved_at", "verdict_at"])
        return order


def cancel_order(battery: Battery, *, by: Person, now: datetime) -> Order | None:
    """Back to automatic now: what somebody ordered ends as cancelled, and what is decided without
    it follows. Raises `OrderRefused`."""
    with transaction.atomic():
        locked = _locked(battery)
        refuse_impossible(locked, Target.of(TargetMode.AUTO), now)
        end_override(locked, OverrideEnd.CANCELLED, now)
        reconcile(now, [locked.pk])
        order = open_order(locked.pk)
        if order is not None and isinstance(by, User):
            Order.objects.filter(pk=order.pk).update(asked_by=by)
        start_task(CARRY_OUT)
        return order


def end_override(battery: Battery, reason: OverrideEnd, now: datetime) -> None:
    """End what runs, or ran out, for this battery."""
    unended = Override.objects.filter(battery=battery, ended_at=None)
    for override in unended:
        is_over = override.until <= now
        override.ended_at = override.until if is_over else now
        override.end_reason = OverrideEnd.OVER if is_over else reason
        override.save(update_fields=["ended_at", "end_reason"])
        if not is_over and reason == OverrideEnd.CANCELLED:
            open_ones = Order.objects.open().filter(override=override)
            open_ones.update(state=OrderState.CANCELLED)


def _locked(battery: Battery) -> Battery:
    locked = lock_battery(battery.pk)
    if locked is None:
        raise OrderRefused(_("%(name)s was deleted.") % {"name": battery.name})
    return locked


def end_of(battery: Battery, until: datetime | None, now: datetime) -> datetime:
    """When an override ends: as asked, else at the next schedule edge; after 7 days at most."""
    if until is not None:
        return until
    edge = next_schedule_edge(situation_at(now), battery.pk, now)
    latest = now + LONGEST_OVERRIDE
    return latest if edge is None else min(edge, latest)


def _override(battery: Battery, *, by: Person, now: datetime, **values: object) -> Override:
    asked_by = by if isinstance(by, User) else None
    values = {"starts_at": now} | values
    return Override.objects.create(battery=battery, asked_by=asked_by, **values)


def _reconciled(battery: Battery, now: datetime) -> Order:
    """The order that follows from an override just taken."""
    reconcile(now, [battery.pk])
    order = open_order(battery.pk)
    if order is None:
        raise OrderRefused(_("%(name)s cannot do this now.") % {"name": battery.name})
    start_task(CARRY_OUT)
    return order
