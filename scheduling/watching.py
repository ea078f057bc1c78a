"""Whether a battery still does what its order says, from the readings that polls bring.

Power that contradicts twice, or another mode, is looked into: a silent drop and a reset are mended;
what somebody else changed on purpose is left to them for two hours, unless a red day depends on us.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from batteries.marstek.values import Mode
from batteries.models import Battery
from batteries.profile import HEARS_ONLY_BROADCASTS, SILENT_ALONE, battery_profile
from batteries.watch import MODES

from . import evidence, ledger, mirror, rewriting
from .intentions import Override, OverrideEnd, OverrideKind
from .models import Note, Order, OrderState, Origin
from .proof import HOLDING, WIRE_MODES, Finding, Seen, Wanted, contradicts, judge
from .targets import TargetMode
from .telling import tell_foreign, tell_proved, tell_reset

YIELD_FOR = timedelta(hours=2)
LOOKED_AT_SOON = timedelta(seconds=20)
SETTLED = (*ledger.PROVED, OrderState.ACKNOWLEDGED)
STILL_W = 50
LEFT_PASSIVE = [Mode.PASSIVE.value, Mode.MANUAL.value]


def watch(order: Order, battery: Battery, now: datetime) -> None:
    """Take in what polls have read since the last look. `battery` as the database has it now."""
    is_about_to_be_written = order.next_at is not None and order.next_at <= now
    if order.is_set_up or is_about_to_be_written:
        return
    if _answers_again(order, battery, now):
        evidence.write_unheard(order, now)
        return
    if order.written_at is None:
        return
    new = _new_reading(order, battery)
    if new is not None:
        evidence.note_seen(order, new, now)
        _judge(order, battery, now)


def _answers_again(order: Order, battery: Battery, now: datetime) -> bool:
    """Silent when it was written, it has answered something since. A look that comes soon tells
    whether it had heard the write all the same."""
    if order.state != OrderState.NO_ANSWER or battery.last_seen_at is None:
        return False
    if _hears_no_write(battery):
        return False
    if order.look_at is not None and order.look_at <= now + LOOKED_AT_SOON:
        return False
    last = order.attempts.order_by("-id").first()
    return last is None or battery.last_seen_at > last.sent_at


def _hears_no_write(battery: Battery) -> bool:
    """Whether it answers, as far as known, only what is sent to everybody: that is no sign that it
    would hear a write, which is tried again every 10 minutes."""
    return battery.fault in (HEARS_ONLY_BROADCASTS, SILENT_ALONE)


def _new_reading(order: Order, battery: Battery) -> Seen | None:
    """Power and mode that are younger than what was seen; a mode only where it was read after its
    rest."""
    if order.written_at is None:
        return None
    seen_until = max((one.after_s for one in evidence.seen_of(order)), default=0.0)
    power_after = _after(battery.status_at, order.written_at)
    mode_after = _after(battery.mode_at, order.written_at)
    has_power = power_after is not None and power_after > seen_until + 0.5
    has_mode = mode_after is not None and mode_after > seen_until + 0.5
    if not has_power and not has_mode:
        return None
    rested = mode_after is not None and (
        mode_after >= battery_profile(battery).mode_read_quiet_s or order.next_cause == "first"
    )
    moments = [power_after if has_power else None, mode_after if has_mode else None]
    return Seen(
        after_s=max(moment for moment in moments if moment is not None),
        power_w=battery.bat_power if has_power else None,
        soc=battery.soc if has_power else None,
        mode=mode_name(battery.mode) if has_mode and rested else None,
    )


def _after(at: datetime | None, written_at: datetime) -> float | None:
    return None if at is None else (at - written_at).total_seconds()


def mode_name(mode: int | None) -> str | None:
    """The mode's name on the wire; None where it was never read."""
    return None if mode is None else MODES[mode].value


def _judge(order: Order, battery: Battery, now: datetime) -> None:
    seen = evidence.seen_of(order)
    if order.proved_at is None or order.state not in SETTLED or order.look_at is not None:
        finding = judge(evidence.wanted_of(order), seen)
        if finding is Finding.CONTRARY:
            settle(order, battery, now)
        elif finding is not Finding.OPEN:
            conclude_proof(order, finding, now)
    elif is_contradicted(evidence.wanted_of(order), seen):
        settle(order, battery, now)
    elif _is_doubtful(evidence.wanted_of(order), seen):
        evidence.look_now(order, now)


def _is_doubtful(wanted: Wanted, seen: list[Seen]) -> bool:
    """Whether the newest reading alone speaks against what was proved: its mode is worth a look,
    but for a battery that many reads harm."""
    last = seen[-1]
    speaks = last.power_w is not None and contradicts(wanted, last.power_w, last.soc)
    return speaks and last.mode is None and not wanted.is_sparing


def conclude_proof(order: Order, finding: Finding, now: datetime) -> None:
    """What the readings prove, in the ledger and for people."""
    evidence.note_finding(order, finding, now)
    if finding is Finding.PROVED:
        tell_proved(order, now)


def is_contradicted(wanted: Wanted, seen: list[Seen]) -> bool:
    """Whether the last two powers, or the last mode, speak against what was proved before. A lease
    that was read to be in Passive stays there, also when it is over: Manual after it is a reset,
    although the battery stands as still as before."""
    powers = [one for one in seen if one.power_w is not None][-2:]
    if len(powers) == 2 and all(contradicts(wanted, one.power_w or 0, one.soc) for one in powers):
        return True
    modes = [one.mode for one in seen if one.mode is not None]
    if not modes:
        return False
    if wanted.wire_mode is not None:
        return modes[-1] != wanted.wire_mode
    return modes[-1] not in HOLDING or modes[-2:] == LEFT_PASSIVE


def settle(order: Order, battery: Battery, now: datetime) -> None:
    """It does something else than its order says: mend it, or leave it to who changed it."""
    if order.state == OrderState.NO_ANSWER:
        if not _hears_no_write(battery):
            evidence.write_unheard(order, now)
        return
    seen = evidence.seen_of(order)
    mode = next((one.mode for one in reversed(seen) if one.mode is not None), None)
    if mirror.uses_slots(order):
        mirror.forget(battery)  # it may have lost them
        evidence.write_again(order, now)
    elif order.proved_at is None:
        evidence.write_again(order, now)
    elif _is_foreign(TargetMode(order.mode_type), mode, battery.bat_power or 0):
        _give_way(order, battery, now)
    else:
        is_reset = mode == Mode.MANUAL.value
        if is_reset:
            mirror.forget(battery)
            tell_reset(battery, now)
        evidence.write_again(order, now, note=Note.RESET if is_reset else "")


def _is_foreign(wanted: TargetMode, mode: str | None, power_w: int) -> bool:
    """Whether only somebody's hand explains this mode. A device falls to Auto by itself, and a
    reset leaves it in Manual at 0 W."""
    if mode is None or mode == WIRE_MODES.get(wanted):
        return False
    if mode == Mode.MANUAL.value:
        return abs(power_w) > STILL_W
    if mode == Mode.PASSIVE.value:
        return wanted in WIRE_MODES
    return mode in (Mode.AI.value, Mode.UPS.value) or (
        mode == Mode.AUTO.value and wanted == TargetMode.AI
    )


def _give_way(order: Order, battery: Battery, now: datetime) -> None:
    """Step back for two hours. Red eves and red days go on: the planner outranks this there."""
    if rewriting.is_for_red(order):
        evidence.write_again(order, now, note=Note.FOREIGN)
        return
    Order.objects.filter(pk=order.pk).update(note=Note.FOREIGN)
    ledger.close(order, OrderState.UNDONE, now)
    running = Override.objects.filter(battery=battery, ended_at=None)
    running.update(ended_at=now, end_reason=OverrideEnd.REPLACED)
    Override.objects.create(
        battery=battery,
        kind=OverrideKind.YIELD,
        starts_at=now,
        until=now + YIELD_FOR,
        origin=Origin.EXTERNAL,
    )
    tell_foreign(battery, now + YIELD_FOR, now)
