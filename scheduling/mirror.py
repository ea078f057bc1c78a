"""Which slots a battery holds and shall hold: between the ledger, the mirror and the wire."""

from __future__ import annotations

from datetime import date, datetime

from batteries.marstek.slots import Slot
from batteries.models import Battery, ControlMethod
from batteries.profile import battery_profile

from . import programs
from .models import Order
from .situation import Reason
from .slotbook import DeviceSlot, SlotBook
from .targets import LEASED

RED_EVES = (Reason.RED_EVE, Reason.RED_EVE_MAYBE, Reason.RED_EVE_REACHED, Reason.RED_EVE_WAITS)


def uses_slots(order: Order) -> bool:
    """Whether this order is given as a program: Manual was chosen, and every slot is ours."""
    is_for_slots = order.mode_type in LEASED or order.program is not None
    if not is_for_slots or order.battery.control_method != ControlMethod.MANUAL:
        return False
    return SlotBook.objects.filter(battery=order.battery, taken_at__isnull=False).exists()


def wanted_slots(order: Order, now: datetime) -> list[Slot]:
    """The program of an order from `now` on; on a red eve with the red day's own hours after it,
    where this unit was seen to follow the house by itself."""
    if order.program is not None:
        red_day = date.fromisoformat(order.program["day"])
        return programs.red_program(now, red_day, int(order.program["power_w"]))
    if order.until is None:
        return []
    slots = programs.window_slots(now, order.until, order.power_w or 0)
    day = red_day_after(order)
    if day is not None and follows_house(order.battery):
        slots.append(programs.red_day_slot(day))
    return slots


def red_day_after(order: Order) -> date | None:
    """The red day that this order's night comes before."""
    if order.program is not None:
        return date.fromisoformat(order.program["day"])
    decision = order.decision
    if decision is None or decision.reason not in RED_EVES or "day" not in decision.params:
        return None
    return date.fromisoformat(str(decision.params["day"]))


def follows_house(battery: Battery) -> bool:
    """Whether a slot that follows the house was proved on this very unit."""
    return SlotBook.objects.filter(battery=battery, follows_house_at__isnull=False).exists()


def serves_by_itself(order: Order) -> bool:
    """Whether the battery goes on by its own program if we die: a clean stop leaves it alone."""
    return red_day_after(order) is not None and uses_slots(order) and follows_house(order.battery)


def changes(battery: Battery, wanted: list[Slot]) -> list[Slot]:
    """What has to be written for it to hold `wanted` and nothing else."""
    return programs.difference(wanted, mirrored(battery), battery_profile(battery).slots)


def mirrored(battery: Battery) -> list[Slot]:
    """The slots as we know them to be."""
    rows = DeviceSlot.objects.filter(battery=battery, written_at__isnull=False)
    return [
        Slot(row.number, row.starts, row.ends, row.week_days, row.power_w, row.is_enabled)
        for row in rows
    ]


def has_slots_on(battery: Battery) -> bool:
    """Whether a slot of ours is, or may be, switched on."""
    if not SlotBook.objects.filter(battery=battery, taken_at__isnull=False).exists():
        return False
    rows = DeviceSlot.objects.filter(battery=battery)
    return rows.filter(is_enabled=True).exists() or rows.filter(written_at=None).exists()


def note_slot(battery: Battery, slot: Slot, written_at: datetime | None) -> None:
    """Keep what a slot was written to; `written_at` None: it may or may not be so."""
    DeviceSlot.objects.update_or_create(
        battery=battery,
        number=slot.number,
        defaults={
            "starts": slot.starts,
            "ends": slot.ends,
            "week_days": slot.week_days,
            "power_w": slot.power_w,
            "is_enabled": slot.is_enabled,
            "written_at": written_at,
        },
    )


def forget(battery: Battery) -> None:
    """It does something else than its slots say: nothing is known of them any more."""
    DeviceSlot.objects.filter(battery=battery).update(written_at=None)
