"""What a battery's own slots shall hold so that it does a decision by itself. Pure.

A window is cut at midnight and carries only its own weekday; 23:59 is the latest end, so one minute
at 0 W before midnight is part of it. Times are the device's clock, taken to be that of Paris.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from batteries.marstek.slots import Slot
from tempo.days import DAY_STARTS, NIGHT_STARTS, PARIS, at_local

LAST_MINUTE = time(23, 59)
TRIAL = timedelta(minutes=15)
LONGEST = timedelta(hours=20)  # a program names weekdays: within a day none comes twice
FOLLOW_HOUSE_SLOT = 5  # the last that every model has


def window_slots(
    now: datetime, until: datetime, power_w: int | None, first_number: int = 0
) -> list[Slot]:
    """Slots for one power from `now` until a moment at most 20 hours later."""
    local, end = now.astimezone(PARIS), min(until, now + LONGEST).astimezone(PARIS)
    slots: list[Slot] = []
    day, starts = local.date(), local.time().replace(second=0, microsecond=0)
    while day <= end.date():
        ends = LAST_MINUTE if day < end.date() else end.time().replace(second=0, microsecond=0)
        if ends > starts:
            number = first_number + len(slots)
            slots.append(Slot(number, starts, ends, _bit(day), power_w))
        day, starts = day + timedelta(days=1), time(0)
    return slots


def red_program(now: datetime, day: date, power_w: int) -> list[Slot]:
    """From an evening on: follow the house until 22:00, charge until 06:00 of the red day, and
    follow the house through it. All by itself, whoever dies."""
    night = at_local(day - timedelta(days=1), NIGHT_STARTS)
    evening = window_slots(now, night, None) if now < night else []
    charge = window_slots(max(now, night), at_local(day, DAY_STARTS), power_w, len(evening))
    return [*evening, *charge, red_day_slot(day)]


def red_day_slot(day: date) -> Slot:
    """The hours of a red day in which the battery follows the house by itself."""
    return Slot(FOLLOW_HOUSE_SLOT, DAY_STARTS, NIGHT_STARTS, _bit(day), None)


def trial_slot(now: datetime) -> Slot:
    """A quarter of an hour in which the battery follows the house by itself, to see whether it
    does."""
    return replace(window_slots(now, now + TRIAL, None)[-1], number=FOLLOW_HOUSE_SLOT)


def empty_slots(count: int) -> list[Slot]:
    """Every slot switched off."""
    return [_off(number) for number in range(count)]


def difference(wanted: Sequence[Slot], mirror: Sequence[Slot], count: int) -> list[Slot]:
    """What must be written so that a device holds `wanted` and nothing else: slots that are on and
    not wanted are switched off; those of which nothing is known are written."""
    known = {slot.number: slot for slot in mirror}
    targets = {slot.number: slot for slot in wanted}
    changes = []
    for number in range(count):
        target, have = targets.get(number), known.get(number)
        if target is None:
            if have is None or have.is_enabled:
                changes.append(_off(number))
        elif have != target:
            changes.append(target)
    return changes


def _off(number: int) -> Slot:
    return Slot(number, time(0), time(0, 1), 0, 0, is_enabled=False)


def _bit(day: date) -> int:
    return 1 << day.weekday()
