"""From decisions to the ledger: the journal, and the order that brings a battery to its decision.

Level-triggered: `reconcile` reads the clock and the rows, so a missed tick, a restart, a battery
that was away and a mode that fell back by itself all heal the same way. It writes rows; datagrams
are the desk's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from batteries.models import Battery, ModeType
from batteries.profile import battery_profile

from . import ledger
from .arming import arm
from .intentions import Decision as JournalRow
from .intentions import Override, OverrideEnd
from .methods import try_other_method
from .models import CLOCK_BACK, Cause, Order, OrderState, Origin
from .planner import decide_all, next_edge
from .selectors import is_held, last_accepted, last_charge_began_at
from .situation import Decision, Goal, Reason, Situation
from .surroundings import battery_state, situation_at
from .targets import LEASED, TargetMode
from .watching import watch

APART = timedelta(seconds=30)  # between the starts of two charges
MODE_KNOWN_FOR = timedelta(minutes=12)
ADJUST_FROM_W, ADJUST_FROM = 100, 0.15
LOWER_FROM_W = 60  # where the contract's power asks for less
END_TRIED_FOR = timedelta(days=1)
MODES = {TargetMode.AUTO: ModeType.AUTO, TargetMode.AI: ModeType.AI}
LEFT_ALONE = (Reason.HANDS_OFF, Reason.YIELD)


def reconcile(now: datetime, battery_ids: Iterable[int] | None = None) -> datetime | None:
    """Bring journal and ledger to what is decided at `now`, for all batteries or for some; the
    next moment at which the clock alone changes a decision."""
    batteries = list(Battery.objects.active().order_by("id"))
    situation = situation_at(now, batteries)
    decisions = decide_all(situation, now)
    wanted = None if battery_ids is None else set(battery_ids)
    orders = {order.battery_id: order for order in _open_orders()}
    rows = {row.battery_id: row for row in JournalRow.objects.filter(ended_at=None)}
    for battery in batteries:
        if wanted is None or battery.pk in wanted:
            order, row = orders.get(battery.pk), rows.get(battery.pk)
            decision = decisions[battery.pk]
            if not _stands(decision, order, row):
                _change(battery, decision, situation, now)
            elif _go_on(battery, decision, order, row, now) and order is not None:
                arm(order, battery_state(battery, now), situation, now)
    if wanted is None:
        _end_overrides(now)
        _let_go_of_retired(orders, {battery.pk for battery in batteries}, now)
    return next_edge(situation, now)


def _open_orders() -> list[Order]:
    return list(Order.objects.open().select_related("battery", "decision"))


def _stands(decision: Decision, order: Order | None, row: JournalRow | None) -> bool:
    """Whether journal and ledger say already what is decided, powers aside."""
    if row is None or _key(row) != _key_of(decision):
        return False
    if decision.goal is None or not decision.writes:
        return order is None or order.is_end
    return order is not None and not order.is_end and _same_aim(order, decision)


def _go_on(
    battery: Battery,
    decision: Decision,
    order: Order | None,
    row: JournalRow | None,
    now: datetime,
) -> bool:
    """What stands goes on, perhaps longer or with another power; whether an order is in force."""
    journal = _journal(battery, decision, row, now)
    if order is None or order.is_end or decision.goal is None:
        return False
    _keep_up(order, decision, decision.goal, journal, now)
    if not try_other_method(order, now):
        watch(order, battery, now)
    return True


@transaction.atomic
def _change(battery: Battery, decision: Decision, situation: Situation, now: datetime) -> None:
    """Another decision than before, one writer after the other. Who decided from an override that
    ended meanwhile, without one that began, or before somebody else did, leaves it to the next
    look."""
    if ledger.lock_battery(battery.pk) is None or _is_outdated(battery, situation, now):
        return
    order = Order.objects.open().select_related("battery").filter(battery=battery).first()
    row = JournalRow.objects.filter(battery=battery, ended_at=None).first()
    if (order and _is_later(order.asked_at, now)) or (row and _is_later(row.at, now)):
        return
    row = _journal(battery, decision, row, now)
    if decision.goal is None or not decision.writes:
        _leave_alone(battery, decision, order, row, now)
    elif order is None or order.is_end or not _same_aim(order, decision):
        _place(battery, decision, decision.goal, row, now)
    else:
        _keep_up(order, decision, decision.goal, row, now)


def _is_later(at: datetime, now: datetime) -> bool:
    """Whether somebody decided after the clock was read here; further ahead, a clock went back."""
    return now < at <= now + CLOCK_BACK


def _is_outdated(battery: Battery, situation: Situation, now: datetime) -> bool:
    known = {wish.wish_id for wish in situation.wishes if wish.battery_id == battery.pk}
    standing = Override.objects.standing(now).filter(battery=battery)
    return set(standing.values_list("pk", flat=True)) != known


def _journal(
    battery: Battery, decision: Decision, row: JournalRow | None, now: datetime
) -> JournalRow:
    """A new row where the decision changed; a change of power alone renews the row's figures."""
    goal = decision.goal
    values = {
        "power_w": goal.power_w if goal else None,
        "until_soc": goal.until_soc if goal else None,
        "params": dict(decision.params),
        "until": decision.until,
    }
    if row is not None and _key(row) == _key_of(decision):
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if changed:
            JournalRow.objects.filter(pk=row.pk).update(**changed)
            for name, value in changed.items():
                setattr(row, name, value)
        return row
    JournalRow.objects.filter(battery=battery, ended_at=None).update(ended_at=now)
    return JournalRow.objects.create(
        battery=battery,
        at=now,
        mode_type=goal.mode_type if goal else "",
        reason=decision.reason,
        is_written=decision.writes,
        since=decision.since,
        schedule_id=decision.rule_id,
        override_id=decision.wish_id,
        **values,
    )


def _key(row: JournalRow) -> tuple[object, ...]:
    return row.mode_type, row.reason, row.is_written, row.schedule_id, row.override_id, row.since


def _key_of(decision: Decision) -> tuple[object, ...]:
    mode = decision.goal.mode_type if decision.goal else ""
    return (
        mode,
        decision.reason,
        decision.writes,
        decision.rule_id,
        decision.wish_id,
        decision.since,
    )


def _same_aim(order: Order, decision: Decision) -> bool:
    """Whether the open order is this decision's: the same mode, of the same source."""
    goal = decision.goal
    return (
        goal is not None
        and order.mode_type == goal.mode_type
        and order.override_id == decision.wish_id
    )


def _keep_up(order: Order, decision: Decision, goal: Goal, row: JournalRow, now: datetime) -> None:
    """The same order goes on, perhaps longer or with another power."""
    values: dict[str, object] = {}
    if order.decision_id != row.pk:
        values["decision"], order.decision = row, row
    until = _until(decision, goal)
    if order.until != until:
        values["until"], order.until = until, until
    if _is_another_power(order.power_w, goal, decision):
        values |= {"power_w": goal.power_w, "next_at": now, "next_cause": Cause.ADJUST}
        order.power_w, order.next_at = goal.power_w, now
    if values:
        Order.objects.open().filter(pk=order.pk).update(**values)


def _is_another_power(power_w: int | None, goal: Goal, decision: Decision) -> bool:
    """A charge follows its plan in steps; downwards at once where the contract's power asks."""
    if goal.power_w is None or power_w is None or goal.power_w == power_w:
        return False
    change_w = abs(goal.power_w) - abs(power_w)
    if change_w < 0 and decision.params.get("limited_by") == "contract":
        return -change_w >= LOWER_FROM_W
    is_set = "by" not in decision.params  # by a person or a schedule, not spread over a window
    if is_set and decision.params.get("limited_by") is None:
        return True
    return abs(change_w) >= max(ADJUST_FROM_W, ADJUST_FROM * abs(power_w))


def _until(decision: Decision, goal: Goal) -> datetime | None:
    return decision.until if goal.mode_type in LEASED else None


def _place(
    battery: Battery, decision: Decision, goal: Goal, row: JournalRow, now: datetime
) -> None:
    """A new order for this decision; the open one ends as replaced, in the same transaction."""
    former = _close_open(battery, now)
    override = _override_of(decision)
    order = Order(
        battery=battery,
        asked_by=None if override is None else override.asked_by,
        origin=Origin.PLAN if override is None else override.origin,
        mode_type=goal.mode_type,
        power_w=goal.power_w,
        asked_at=now,
        next_at=_starts_at(goal, decision, now),
        until=_until(decision, goal),
        replaces=former,
        decision=row,
        override_id=decision.wish_id,
    )
    if _was_so(former, goal) and _is_there(battery, goal, now):
        _adopt(order, now)
    order.save()


def _close_open(battery: Battery, now: datetime) -> Order | None:
    former = Order.objects.open().select_for_update().filter(battery=battery).first()
    if former is not None:
        is_cancelled = former.state == OrderState.CANCELLED
        ledger.close(former, OrderState.CANCELLED if is_cancelled else OrderState.SUPERSEDED, now)
    return former


def _override_of(decision: Decision) -> Override | None:
    rows = Override.objects.select_related("asked_by")
    return None if decision.wish_id is None else rows.filter(pk=decision.wish_id).first()


def _starts_at(goal: Goal, decision: Decision, now: datetime) -> datetime:
    """Now; charges that nobody asked for by hand begin 30 s apart."""
    if goal.mode_type != TargetMode.CHARGE or decision.wish_id is not None:
        return now
    waiting = Order.objects.open().filter(mode_type="charge", override=None, attempts=None)
    latest = waiting.order_by("-next_at").values_list("next_at", flat=True).first()
    began = [at for at in (latest, last_charge_began_at()) if at is not None]
    return max([now, *(at + APART for at in began if at + APART > now and at <= now + APART * 40)])


def _was_so(former: Order | None, goal: Goal) -> bool:
    is_proved = former is not None and former.proved_at is not None
    return former is None or (is_proved and former.mode_type == goal.mode_type)


def _is_there(battery: Battery, goal: Goal, now: datetime) -> bool:
    """Whether it was read, not long ago and after our last write, to be in this mode already."""
    mode = MODES.get(goal.mode_type)
    if mode is None or battery.mode != mode or battery.mode_at is None:
        return False
    last = last_accepted(battery.pk)
    quiet = timedelta(seconds=battery_profile(battery).mode_read_quiet_s)
    is_later = last is None or battery.mode_at >= last.sent_at + quiet
    return is_later and now - battery.mode_at <= MODE_KNOWN_FOR and not is_held(battery.pk)


def _adopt(order: Order, now: datetime) -> None:
    """Nothing needs to be written: it is so already, as read."""
    order.state, order.next_at, order.written_at = OrderState.PROVED, None, now
    order.proved_at = order.verdict_at = now


def _leave_alone(
    battery: Battery, decision: Decision, order: Order | None, row: JournalRow, now: datetime
) -> None:
    """Hands off: nothing is written at all. Automation off: but what we hold goes to Auto."""
    if order is None or order.is_end:
        return
    former = _close_open(battery, now)
    if former is not None and decision.reason not in LEFT_ALONE and is_held(battery.pk):
        _lead_back(battery, former, row, now)


def _lead_back(battery: Battery, former: Order, row: JournalRow | None, now: datetime) -> None:
    Order.objects.create(
        battery=battery,
        origin=Origin.END,
        mode_type=TargetMode.AUTO,
        asked_at=now,
        next_at=now,
        until=now + END_TRIED_FOR,
        replaces=former,
        decision=row,
    )


def _end_overrides(now: datetime) -> None:
    """Those whose time is over say so."""
    over = Override.objects.filter(ended_at=None, until__lte=now)
    for override in over:
        override.ended_at, override.end_reason = override.until, OverrideEnd.OVER
        override.save(update_fields=["ended_at", "end_reason"])


def _let_go_of_retired(orders: dict[int, Order], active: set[int], now: datetime) -> None:
    """A battery that was retired under a lease of ours goes back to Auto; ends that nobody hears
    for a day are given up."""
    for battery_id, order in orders.items():
        if battery_id not in active and not order.is_end:
            with transaction.atomic():
                ledger.lock_battery(battery_id)
                former = _close_open(order.battery, now)
                if former is not None and is_held(battery_id):
                    _lead_back(order.battery, former, None, now)
        elif order.is_end and order.until is not None and order.until <= now:
            is_untold = order.state in ledger.WITHOUT_VERDICT
            ledger.close(order, OrderState.NO_ANSWER if is_untold else OrderState(order.state), now)
