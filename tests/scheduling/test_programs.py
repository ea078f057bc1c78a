"""Manual programs: slots that are ours, the red day that serves itself, and the way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from batteries.marstek.slots import Slot
from batteries.models import Battery, ControlMethod
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.spec import DeviceSpec
from scheduling import programs
from scheduling.intentions import Decision
from scheduling.models import Order, OrderState, Origin
from scheduling.orders import take_slots
from scheduling.slotbook import DeviceSlot, SlotBook

from .order_home import CHARGE, OrderHome, order_home

EVENING = datetime(2026, 1, 14, 21, 0, tzinfo=UTC)  # 22:00 in Paris, a Wednesday
SIX = datetime(2026, 1, 15, 5, 0, tzinfo=UTC)


def test_a_window_is_cut_at_midnight_and_carries_its_own_weekdays() -> None:
    evening, morning = programs.window_slots(EVENING, SIX, 590)
    assert (evening.starts, evening.ends, evening.week_days) == (time(22), time(23, 59), 0b100)
    assert (morning.starts, morning.ends, morning.week_days) == (time(0), time(6), 0b1000)
    assert {evening.power_w, morning.power_w} == {590}
    assert [evening.number, morning.number] == [0, 1]


def test_a_program_is_never_longer_than_a_weekday_is_unique() -> None:
    slots = programs.window_slots(EVENING, EVENING + timedelta(days=7), 0)
    assert slots[-1].ends == time(18)


def test_only_what_differs_is_written_and_what_is_unknown_is() -> None:
    wanted = programs.window_slots(EVENING, SIX, 590)
    everything = programs.difference(wanted, [], 10)
    assert [slot.number for slot in everything] == list(range(10))
    held = [*wanted, *programs.empty_slots(10)[2:]]
    assert programs.difference(wanted, held, 10) == []
    off = programs.difference([], held, 10)
    assert [(slot.number, slot.is_enabled) for slot in off] == [(0, False), (1, False)]


def test_slots_of_a_program_never_overlap() -> None:
    slots = [*programs.window_slots(EVENING, SIX, 590), programs.red_day_slot(date(2026, 1, 15))]
    minutes = [
        (day, minute)
        for slot in slots
        for day in range(7)
        if slot.week_days >> day & 1
        for minute in range(slot.starts.hour * 60 + slot.starts.minute,
                            slot.ends.hour * 60 + slot.ends.minute)
    ]  # fmt: skip
    assert len(minutes) == len(set(minutes))


def taken_over(home: OrderHome) -> Order:
    now = home.now
    order = take_slots(home.home.battery(), by=None, origin=Origin.COMMAND, now=now)
    home.pass_time(minutes=3)
    order.refresh_from_db()
    return order


@pytest.mark.django_db
def test_taking_over_writes_every_slot_proves_self_consumption_and_ends_in_auto() -> None:
    with order_home(load_w=700.0) as home:
        order = taken_over(home)
        assert home.device.orders.mode == "Auto"
        assert all(not slot.is_enabled for slot in (home.device.orders.slots or {}).values())
        assert len(home.device.orders.slots or {}) == 10
    book = SlotBook.objects.get()
    assert (order.state, book.taken_at is not None) == (OrderState.PROVED, True)
    assert book.follows_house_at is not None
    assert Battery.objects.get().control_method == ControlMethod.MANUAL


@pytest.mark.django_db
def test_without_a_load_to_follow_nothing_is_proved_and_the_method_stays() -> None:
    with order_home(load_w=0.0) as home:
        taken_over(home)
    book = SlotBook.objects.get()
    assert (book.taken_at is not None, book.follows_house_at) == (True, None)
    assert Battery.objects.get().control_method == ControlMethod.PASSIVE


@pytest.mark.django_db
def test_a_power_is_a_slot_and_leaving_switches_it_off_before_auto() -> None:
    with order_home(load_w=700.0) as home:
        taken_over(home)
        order = home.order(CHARGE, 600, 30)
        home.live(minutes=2)
        order.refresh_from_db()
        assert order.state == OrderState.PROVED
        assert home.device.orders.mode == "Manual"
        assert home.held_w(600, since_s=60)
        home.live(minutes=30)
        assert home.device.orders.mode == "Auto"
    assert not DeviceSlot.objects.filter(is_enabled=True).exists()
    last = Order.objects.get(pk=order.pk).replaced_by.attempts.order_by("id")
    assert [attempt.slot for attempt in last][-1] is None, "the mode comes last"


@pytest.mark.django_db
def test_slots_that_were_lost_are_written_anew() -> None:
    with order_home(load_w=0.0) as home:
        Battery.objects.update(control_method=ControlMethod.MANUAL)
        SlotBook.objects.create(battery=Battery.objects.get(), taken_at=home.now)
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=3)
        home.device.reset_to_defaults()
        home.live(minutes=5)
        assert home.held_w(600, since_s=30)
        order.refresh_from_db()
        assert order.state == OrderState.PROVED


@pytest.mark.django_db
def test_a_slot_keeps_the_wire_sign() -> None:
    slot = Slot(0, time(22), time(23, 59), 4, 590)
    assert slot.wire_config(with_action=False)["power"] == -590
    assert programs.red_day_slot(date(2026, 1, 15)).wire_config(with_action=False)["power"] == -1


@pytest.mark.django_db
def test_the_journal_keeps_no_more_than_the_changes() -> None:
    with order_home([DeviceSpec()]) as home:
        home.live(minutes=10)
    assert Decision.objects.count() == 1


@pytest.mark.django_db
def test_a_method_without_effect_gives_way_to_the_other_after_ten_minutes() -> None:
    stubborn = replace(FIRMWARES["venus-e3-150"], refuses_passive=True)
    with order_home([DeviceSpec(firmware=stubborn)], load_w=0.0) as home:
        SlotBook.objects.create(battery=Battery.objects.get(), taken_at=home.now)
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=9)
        order.refresh_from_db()
        assert order.state == OrderState.REFUSED
        home.live(minutes=5)
        order.refresh_from_db()
        assert order.state == OrderState.PROVED
        assert home.held_w(600, since_s=60)
    assert Battery.objects.get().control_method == ControlMethod.MANUAL


@pytest.mark.django_db
def test_without_slots_of_ours_there_is_no_other_method() -> None:
    stubborn = replace(FIRMWARES["venus-e3-150"], refuses_passive=True)
    with order_home([DeviceSpec(firmware=stubborn)], load_w=0.0) as home:
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=14)
        order.refresh_from_db()
        assert order.state == OrderState.REFUSED
        assert not order.attempts.filter(slot__isnull=False).exists()
    assert Battery.objects.get().control_method == ControlMethod.PASSIVE
