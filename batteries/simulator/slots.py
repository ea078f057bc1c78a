"""The Manual slots of a device, on the device's own clock.

A slot is in force from its start up to, not including, its end minute, on the days of `week_set`
(bit 0 = Monday). Where slots overlap, the lowest number wins: owners only report that "the device
decides". A slot cannot cross midnight.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

SELF_CONSUMPTION = -1
MINUTES_A_DAY = 1440
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")


@dataclass(frozen=True, slots=True)
class Slot:
    """One line of the device's own schedule. `power` as on the wire: negative charges, -1 follows
    the meter."""

    number: int
    start_minute: int
    end_minute: int
    week_set: int
    power: int
    is_enabled: bool

    def covers(self, weekday: int, minute: int) -> bool:
        in_time = self.start_minute <= minute < self.end_minute
        return self.is_enabled and in_time and bool(self.week_set >> weekday & 1)


class DeviceClock:
    """What the device believes the local time is: true time plus an error, in its time zone."""

    def __init__(self, time_zone: str = "Europe/Paris", offset_s: float = 0.0) -> None:
        self.zone = ZoneInfo(time_zone)
        self.offset_s = offset_s

    def local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at + self.offset_s, self.zone)


def minute_of_day(text: object) -> int | None:
    """ "22:05" -> 1325; None for what is no time of day ("24:00" neither)."""
    match = _TIME.match(text) if isinstance(text, str) else None
    return int(match[1]) * 60 + int(match[2]) if match else None


def slot_in_force(slots: Iterable[Slot], clock: DeviceClock, at: float) -> Slot | None:
    """The slot that rules now, or None: then the set point is 0 W."""
    local = clock.local(at)
    weekday, minute = local.weekday(), local.hour * 60 + local.minute
    ruling = [slot for slot in slots if slot.covers(weekday, minute)]
    return min(ruling, key=lambda slot: slot.number, default=None)


def next_edge(slots: Iterable[Slot], clock: DeviceClock, at: float) -> float:
    """A moment after `at` up to which `slot_in_force` stays the same.

    At most the next full hour of the device clock: clocks change only there, so no edge is missed
    in the two nights of the year.
    """
    seconds = at + clock.offset_s
    full_hour = (seconds // 3600 + 1) * 3600
    local = clock.local(at)
    second_of_day = local.hour * 3600 + local.minute * 60 + seconds % 60
    minutes = {m for slot in slots if slot.is_enabled for m in (slot.start_minute, slot.end_minute)}
    edges = [minute * 60 for minute in minutes | {MINUTES_A_DAY}]
    ahead = [seconds + edge - second_of_day for edge in edges if edge > second_of_day]
    return min([full_hour, *ahead]) - clock.offset_s
