"""Manual slots: the device's own weekly program, one write a slot.

Nothing can be read back, so whoever writes slots keeps a mirror. Times are the device's clock.
"""

from dataclasses import dataclass
from datetime import time

from .errors import ArgumentInvalid

POWER_LIMIT_W = 2500  # firmware takes no more, whatever the class set in the vendor's app
SELF_CONSUMPTION = -1  # on the wire; seen in the field, not in the document
ALL_DAYS = 127


@dataclass(frozen=True, slots=True)
class Slot:
    """One window of the device's program.

    `power_w` > 0 charges, < 0 discharges, 0 stands still, None follows the house
    (self-consumption). `week_days`: bit 0 = Monday. `ends` must be later than `starts`: a window
    over midnight is two slots, and 23:59 the latest end. Raises `ArgumentInvalid`.
    """

    number: int
    starts: time
    ends: time
    week_days: int = ALL_DAYS
    power_w: int | None = 0
    is_enabled: bool = True

    def __post_init__(self) -> None:
        if self.starts.replace(second=0) >= self.ends.replace(second=0):
            raise ArgumentInvalid("A slot ends later than it starts: split it at midnight.")
        if not 0 <= self.week_days <= ALL_DAYS:
            raise ArgumentInvalid("A slot's days are seven bits, Monday first.")
        if not 0 <= self.number <= 9:
            raise ArgumentInvalid("Slots are numbered from 0 to 9.")
        if self.power_w is not None:
            refuse_power(self.power_w)

    def wire_config(self, *, with_action: bool) -> dict[str, object]:
        """`manual_cfg`; the Venus E mini wants the action spelt out (`manual_set`)."""
        config: dict[str, object] = {
            "time_num": self.number,
            "start_time": f"{self.starts:%H:%M}",
            "end_time": f"{self.ends:%H:%M}",
            "week_set": self.week_days,
            "power": SELF_CONSUMPTION if self.power_w is None else -self.power_w,
            "enable": int(self.is_enabled),
        }
        return config | {"manual_set": self._action()} if with_action else config

    def _action(self) -> int:
        """0 off, 1 charge, 2 discharge, 3 follow the house."""
        if not self.is_enabled or self.power_w == 0:
            return 0
        if self.power_w is None:
            return 3
        return 1 if self.power_w > 0 else 2


def refuse_power(power_w: int) -> None:
    """Raise `ArgumentInvalid` for a power that no device takes. +1 W would mean self-consumption
    on the wire, and nothing below 10 W can be held."""
    if isinstance(power_w, bool) or not isinstance(power_w, int):
        raise ArgumentInvalid("A power is a whole number of watts.")
    if power_w and not 10 <= abs(power_w) <= POWER_LIMIT_W:
        raise ArgumentInvalid(f"A power is 0 or between 10 and {POWER_LIMIT_W} W either way.")
