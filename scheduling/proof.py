"""Proof by effect: what was read of a battery after a write, against what it shall do. Pure.

`set_result: true` means "accepted", never "done". Power is in watts, > 0 charges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from batteries.marstek.values import Mode

from .targets import TargetMode

TOLERANCE_W, TOLERANCE = 100, 0.15
STILL_W = 50
FULL_FROM_PERCENT, EMPTY_TO_PERCENT = 95, 20  # beyond, the battery itself may refuse
RESPONSE_S = 8.0  # until then a battery may still do what it did before
PROVES_FROM_S = 5.0  # after the write: what it does sooner was not held for long enough
POWER_LOOKS_S = (5.0, 10.0, 20.0, 40.0)
MODE_LOOKS_AFTER_QUIET_S = (1.0, 9.0, 30.0, 75.0, 135.0)
LOOK_AGAIN_S = 5.0  # a poll's read fits in between
LONGEST_PAUSE_S = 15.0  # between two looks of a write that is young, where more do no harm
YOUNG_S = 75.0  # after the mode's rest
WIRE_MODES = {TargetMode.AUTO: Mode.AUTO.value, TargetMode.AI: Mode.AI.value}
HOLDING = (Mode.PASSIVE.value, Mode.MANUAL.value)


@dataclass(frozen=True, slots=True)
class Seen:
    """One reading, so many seconds after the write. None: not part of this reading."""

    after_s: float
    power_w: int | None = None
    soc: int | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order asks for, as far as proof goes."""

    mode_type: TargetMode
    power_w: int = 0
    is_program: bool = False  # following the house by its own slots: Manual instead of Auto
    is_sparing: bool = False  # many reads in a row take the meter away: as few as can be

    @property
    def wire_mode(self) -> str | None:
        """The mode that must be read; None where power tells."""
        return Mode.MANUAL.value if self.is_program else WIRE_MODES.get(self.mode_type)


class Finding(Enum):
    """What the readings say."""

    OPEN = "open"
    PROVED = "proved"
    CONTRARY = "contrary"
    FULL = "full"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Look:
    """A reading of our own, so many seconds after the write: the mode, or state and power."""

    after_s: float
    is_mode: bool


def looks(wanted: Wanted, mode_quiet_s: float) -> tuple[Look, ...]:
    """When to look at the effect of a write. A mode is read no sooner than `mode_quiet_s` after
    it, for reading it earlier may undo it."""
    modes = tuple(Look(mode_quiet_s + rest_s, True) for rest_s in MODE_LOOKS_AFTER_QUIET_S)
    spare = POWER_LOOKS_S[:3:2] if wanted.is_sparing else POWER_LOOKS_S
    powers = tuple(Look(after_s, False) for after_s in spare)
    if wanted.wire_mode is not None:
        return modes if wanted.is_sparing else (powers[0], *modes)
    if wanted.mode_type != TargetMode.HOLD:
        return powers
    return tuple(sorted((*powers, *modes), key=lambda look: look.after_s))


def next_look(
    wanted: Wanted, mode_quiet_s: float, seen: Sequence[Seen], now_s: float
) -> Look | None:
    """The next look that can still tell something new; None where none is left."""
    has_mode = any(one.mode is not None for one in seen)
    is_still = sum(abs(one.power_w) <= STILL_W for one in seen if one.power_w is not None) >= 2
    for look in looks(wanted, mode_quiet_s):
        is_needless = has_mode if look.is_mode else wanted.mode_type == TargetMode.HOLD and is_still
        if look.after_s > now_s and not is_needless:
            return look
    return None


def next_look_of_many(
    wanted: Wanted, mode_quiet_s: float, seen: Sequence[Seen], now_s: float, *, was_lost: bool
) -> Look | None:
    """As `next_look`, where more datagrams do no harm: while the write is young, what is still
    missing is asked for again soon, so that lost datagrams cost seconds and no look."""
    planned = next_look(wanted, mode_quiet_s, seen, now_s)
    after_s = now_s + LOOK_AGAIN_S
    patience_s = LOOK_AGAIN_S if was_lost else LONGEST_PAUSE_S
    if planned is not None and planned.after_s - now_s <= patience_s:
        return planned
    is_mode = is_mode_missing(wanted, mode_quiet_s, seen, after_s)
    is_missing = is_mode or _is_power_missing(wanted, seen)
    is_young = after_s <= mode_quiet_s + YOUNG_S
    return Look(after_s, is_mode) if is_missing and is_young else planned


def is_mode_missing(
    wanted: Wanted, mode_quiet_s: float, seen: Sequence[Seen], after_s: float
) -> bool:
    """Whether a look at this moment reads the mode: it may, and the mode is what tells."""
    has_mode = any(one.mode is not None for one in seen)
    tells = wanted.wire_mode is not None or wanted.mode_type == TargetMode.HOLD
    return tells and not has_mode and after_s >= mode_quiet_s


def _is_power_missing(wanted: Wanted, seen: Sequence[Seen]) -> bool:
    """Fewer than four readings of it, where power tells; two prove that it stands still."""
    told = _proving(seen)
    still = sum(abs(one.power_w or 0) <= STILL_W for one in told)
    is_proved_still = wanted.mode_type == TargetMode.HOLD and still >= 2
    return wanted.wire_mode is None and len(told) < len(POWER_LOOKS_S) and not is_proved_still


def judge(wanted: Wanted, seen: Sequence[Seen]) -> Finding:
    """What the readings since the write say of it."""
    if wanted.wire_mode is not None:
        return _judge_mode(wanted.wire_mode, seen)
    if wanted.mode_type == TargetMode.HOLD:
        return _judge_hold(seen)
    return _judge_power(wanted.power_w, seen)


def fits(power_w: int, wanted_w: int) -> bool:
    """Whether a power is as good as the one wanted: within 100 W or 15 %."""
    return abs(power_w - wanted_w) <= max(TOLERANCE_W, TOLERANCE * abs(wanted_w))


def contradicts(wanted: Wanted, power_w: int, soc: int | None) -> bool:
    """Whether one reading of power speaks against what is wanted; a battery that is full or empty
    may do less, but not the opposite. Automatic modes have no power of their own."""
    if wanted.wire_mode is not None:
        return False
    if wanted.mode_type == TargetMode.HOLD:
        return abs(power_w) > STILL_W
    if _may_refuse(wanted.power_w, soc):
        return power_w * wanted.power_w < 0 and abs(power_w) > STILL_W
    return not fits(power_w, wanted.power_w)


def _judge_mode(mode: str, seen: Sequence[Seen]) -> Finding:
    read = [one.mode for one in seen if one.mode is not None]
    if not read:
        return Finding.OPEN
    return Finding.PROVED if read[-1] == mode else Finding.CONTRARY


def _judge_hold(seen: Sequence[Seen]) -> Finding:
    read = [one.mode for one in seen if one.mode is not None]
    if read and read[-1] not in HOLDING:
        return Finding.CONTRARY
    late = [one.power_w for one in seen if one.power_w is not None and one.after_s >= RESPONSE_S]
    if len(late) >= 2 and all(abs(power_w) > STILL_W for power_w in late[-2:]):
        return Finding.CONTRARY
    still = [one for one in _proving(seen) if abs(one.power_w or 0) <= STILL_W]
    return Finding.PROVED if len(still) >= 2 and read else Finding.OPEN


def _judge_power(wanted_w: int, seen: Sequence[Seen]) -> Finding:
    told = _proving(seen)
    if sum(fits(one.power_w or 0, wanted_w) for one in told) >= 2:
        return Finding.PROVED
    late = [one for one in told if one.after_s >= RESPONSE_S]
    if late and _may_refuse(wanted_w, late[-1].soc):
        return _judge_at_the_edge(wanted_w, late)
    if len(late) >= 2 and not any(fits(one.power_w or 0, wanted_w) for one in late[-2:]):
        return Finding.CONTRARY
    return Finding.OPEN


def _proving(seen: Sequence[Seen]) -> list[Seen]:
    """The readings of power that were not too early to prove anything."""
    return [one for one in seen if one.power_w is not None and one.after_s >= PROVES_FROM_S]


def _judge_at_the_edge(wanted_w: int, late: Sequence[Seen]) -> Finding:
    """Nearly full or nearly empty: an effect proves; none is no failure."""
    sign = 1 if wanted_w > 0 else -1
    if any(sign * (one.power_w or 0) >= STILL_W for one in late[-2:]):
        return Finding.PROVED
    if len(late) < 3:
        return Finding.OPEN
    return Finding.FULL if wanted_w > 0 else Finding.EMPTY


def _may_refuse(wanted_w: int, soc: int | None) -> bool:
    if soc is None:
        return False
    return soc >= FULL_FROM_PERCENT if wanted_w > 0 else soc <= EMPTY_TO_PERCENT
