"""The rehearsal at 18:00 on a red eve, while people are awake: will each battery be charged?

It answers, there is room under the contract power, and its firmware is the one that last followed
an order; else it gets one test order of a minute. What is not well is looked at again until 22:00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from batteries.models import Battery, Polling
from batteries.selectors import MISSED_POLLS_LOST, stale_after
from notifications.events import Event
from notifications.notices import notify

from .arming import EXPECTED_SOC
from .charging import missing_cell_wh, rooms, spread_w
from .models import Order, Origin
from .orders import place_order
from .red_days import rehearsed_from, target_of
from .refusals import OrderRefused
from .rehearsal import Found, Rehearsal
from .situation import BatteryState, Situation
from .targets import LEASED, Target, TargetMode
from .telling import NO_FAULT, subject_of
from .windows import eve

TEST_W, TEST_MINUTES = 200, 1
TEST_TAKES = timedelta(minutes=5)
LAST_TEST_BEFORE_NIGHT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Eve:
    """One rehearsal of all batteries. `detail`: what is needed of the room, and what there is."""

    situation: Situation
    day: date
    now: datetime
    room: dict[str, int]

    @property
    def has_room(self) -> bool:
        return self.room["needed_w"] <= self.room["room_w"]

    @property
    def may_test(self) -> bool:
        return self.now < eve(self.day).since - LAST_TEST_BEFORE_NIGHT


def rehearse(situation: Situation, batteries: Sequence[Battery], day: date, now: datetime) -> None:
    """Between 18:00 and 22:00 before `day`: look at each battery that is not known to be ready."""
    if not rehearsed_from(day) <= now < eve(day).since:
        return
    evening = Eve(situation, day, now, _room(situation, day))
    states = {one.battery_id: one for one in situation.batteries}
    passed = set(rehearsals(day, Found.PASSED).values_list("battery_id", flat=True))
    for battery in batteries:
        if battery.pk not in passed:
            _rehearse(battery, states[battery.pk], evening)


def rehearsals(day: date, *outcomes: Found) -> QuerySet[Rehearsal]:
    """What the rehearsal before `day` has found, or only some of it."""
    rows = Rehearsal.objects.filter(day=day).select_related("battery")
    return rows.filter(outcome__in=outcomes) if outcomes else rows


def is_silent(battery: Battery, now: datetime) -> bool:
    """Whether it gives no answer, or nothing asks it any more."""
    if battery.polling != Polling.NORMAL:
        return False
    if battery.missed_polls >= MISSED_POLLS_LOST or battery.last_seen_at is None:
        return True
    return bool(now - battery.last_seen_at > 2 * stale_after(battery))


def firmware_of(battery: Battery) -> str:
    """What must be the same for an order to be followed as before."""
    return f"{battery.model} {battery.firmware}"


def _rehearse(battery: Battery, state: BatteryState, evening: Eve) -> None:
    """One battery; two workers at once place one test."""
    with transaction.atomic():
        first = {"outcome": Found.LEFT_ALONE, "at": evening.now}
        Rehearsal.objects.get_or_create(battery=battery, day=evening.day, defaults=first)
        rows = Rehearsal.objects.select_for_update(of=("self",)).select_related("test_order")
        row = rows.get(battery=battery, day=evening.day)
        before = (row.outcome, row.detail, row.firmware)
        row.detail = {}
        row.outcome = _outcome(row, battery, state, evening)
        if before != (row.outcome, row.detail, row.firmware):
            row.at = evening.now
            row.save()


def _outcome(row: Rehearsal, battery: Battery, state: BatteryState, evening: Eve) -> Found:
    found = _of_state(battery, state, evening)
    if row.test_order is not None:
        found = _of_test(row.test_order, evening.now) or found
    elif found == Found.PASSED and not _is_full(state, evening) and not _was_proved(battery):
        return _tested(row, battery, evening)
    if found == Found.NO_ROOM:
        row.detail = evening.room
    if found == Found.PASSED and not _is_full(state, evening):
        row.firmware = firmware_of(battery)
    return found


def _of_state(battery: Battery, state: BatteryState, evening: Eve) -> Found:
    """What can be said without an order."""
    if is_silent(battery, evening.now):
        return Found.SILENT
    if not state.takes_power:
        return Found.NO_POWER
    return Found.PASSED if evening.has_room or _is_full(state, evening) else Found.NO_ROOM


def _is_full(state: BatteryState, evening: Eve) -> bool:
    """It has what the day needs: an order would prove nothing."""
    return state.soc is not None and state.soc >= target_of(evening.situation, state)


def _of_test(order: Order, now: datetime) -> Found | None:
    """What the test order says; None where it was followed."""
    if order.proved_at is not None or order.note in NO_FAULT:
        return None
    is_open = order.closed_at is None and now - order.asked_at < TEST_TAKES
    return Found.TESTING if is_open else Found.NOT_PROVED


def _tested(row: Rehearsal, battery: Battery, evening: Eve) -> Found:
    """Give the test order, where nobody else has a say in what the battery does."""
    is_ours = evening.situation.household.is_automatic and all(
        wish.battery_id != battery.pk for wish in evening.situation.wishes
    )
    if not is_ours or not evening.may_test:
        return Found.LEFT_ALONE
    target = Target(TargetMode.CHARGE, TEST_W, TEST_MINUTES)
    try:
        row.test_order = place_order(
            battery, target, by=None, origin=Origin.REHEARSAL, now=evening.now
        )
    except OrderRefused:
        return Found.NO_POWER
    params = {"name": battery.name, "at": evening.now}
    subject = f"{subject_of(battery.pk)}:{evening.day}"
    notify(Event.PLANNED_TEST, subject, params=params, now=evening.now)
    return Found.TESTING


def _was_proved(battery: Battery) -> bool:
    """Whether its firmware was proved before, and its last power order was followed."""
    known = Rehearsal.objects.filter(battery=battery, firmware=firmware_of(battery))
    powers = Order.objects.filter(battery=battery, mode_type__in=LEASED)
    last = powers.exclude(verdict_at=None).order_by("-id").first()
    is_followed = last is not None and (last.proved_at is not None or last.note in NO_FAULT)
    return is_followed and known.exists()


def _room(situation: Situation, day: date) -> dict[str, int]:
    """The power that fills batteries that the evening has emptied, and what the house leaves."""
    night = eve(day)
    needed_w = 0
    for one in situation.batteries:
        soc = EXPECTED_SOC if one.soc is None else min(one.soc, EXPECTED_SOC)
        missing_wh = missing_cell_wh(replace(one, soc=soc), target_of(situation, one))
        needed_w += spread_w(missing_wh, night.since, night.until, one.charge_limit_w)
    room = rooms(situation.household, situation.house_load_w, 0)
    return {"needed_w": needed_w, "room_w": room.all_w}
