"""What a battery does once everything of ours is dead, by method and moment: docs/concepts.md."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from batteries.models import Battery, ControlMethod
from batteries.simulator.spec import DeviceSpec
from scheduling.models import Order, OrderState
from scheduling.slotbook import SlotBook
from tempo.days import PARIS

from .order_home import CHARGE, DISCHARGE, HOLD, OrderHome, order_home
from .red_days import red_day
from .schedules import automatic, classic_set

pytestmark = pytest.mark.django_db
RED = date(2026, 1, 15)
LOAD_W = 700.0


def paris(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).astimezone(UTC)


EVE = RED - timedelta(days=1)


def slots_are_ours(home: OrderHome) -> None:
    """As after the step that takes them over, with its proof."""
    Battery.objects.update(control_method=ControlMethod.MANUAL)
    for battery in Battery.objects.all():
        moments = {"taken_at": home.now, "follows_house_at": home.now}
        SlotBook.objects.create(battery=battery, **moments)


def mean_w(home: OrderHome, since: datetime, until: datetime) -> float:
    """The true mean power over a stretch of time."""
    wh = home.device.trace.energy_between_wh(since.timestamp(), until.timestamp())
    return wh / ((until - since).total_seconds() / 3600)


@pytest.mark.parametrize(("mode", "power_w"), [(CHARGE, 600), (DISCHARGE, 400), (HOLD, None)])
def test_a_lease_ends_within_ten_minutes_at_0_w(mode: object, power_w: int | None) -> None:
    with order_home(load_w=LOAD_W) as home:
        home.order(mode, power_w, 120)  # type: ignore[arg-type]
        home.live(minutes=7)
        home.home.site.advance(610)
        assert home.held_w(0, since_s=5)
        home.home.site.advance(3600 * 8)
        assert home.held_w(0, since_s=3600 * 8), "and stays there: Passive that ended stands still"
        assert home.device.orders.mode == "Passive"


def test_a_mode_of_its_own_goes_on() -> None:
    automatic()
    classic_set()
    with order_home(load_w=LOAD_W) as home:
        home.live(minutes=3)
        died_at = home.now
        home.home.site.advance(3600)
        assert mean_w(home, died_at, home.now) == pytest.approx(-LOAD_W, abs=30)


def test_b_without_slots_of_ours_it_stands_still_from_06_on() -> None:
    automatic()
    classic_set()
    red_day(RED)
    with order_home(load_w=LOAD_W, starts_at=paris(EVE, 21, 55)) as home:
        home.live(minutes=12)
        assert Order.objects.open().get().mode_type == "charge"
        home.home.site.advance_to(paris(RED, 22))
        served = mean_w(home, paris(RED, 6), paris(RED, 22))
        assert served == 0, "the loss that the page and the message name"


@pytest.mark.parametrize("died_at", [paris(EVE, 21), paris(EVE, 22, 5)])
def test_a_with_slots_of_ours_it_charges_and_serves_by_itself(died_at: datetime) -> None:
    automatic()
    classic_set()
    red_day(RED)
    started_at = died_at - timedelta(minutes=10)
    with order_home([DeviceSpec(soc_percent=40.0)], load_w=300.0, starts_at=started_at) as home:
        slots_are_ours(home)
        home.pass_until(died_at)
        home.home.site.advance_to(paris(RED, 6))
        assert home.device.soc_percent >= 94
        home.home.site.advance_to(paris(RED, 12))
        assert mean_w(home, paris(RED, 6), paris(RED, 12)) == pytest.approx(-300, abs=30)


def test_from_18_on_the_red_night_waits_in_the_slots_and_the_house_is_served_meanwhile() -> None:
    automatic()
    classic_set()
    red_day(RED)
    with order_home(load_w=300.0, starts_at=paris(EVE, 17, 55)) as home:
        slots_are_ours(home)
        home.pass_until(paris(EVE, 18, 10))
        order = Order.objects.open().get()
        assert order.state == OrderState.ARMED
        assert home.device.orders.mode == "Manual"
        since = home.now
        home.home.site.advance(1800)
        assert mean_w(home, since, home.now) == pytest.approx(-300, abs=30)


def test_a_clean_stop_leaves_a_red_program_alone_and_frees_all_else() -> None:
    automatic()
    classic_set()
    red_day(RED)
    with order_home(load_w=300.0, starts_at=paris(EVE, 21, 55)) as home:
        slots_are_ours(home)
        home.live(minutes=12)
        home.desk.release()
        assert home.device.orders.mode == "Manual"


def test_the_day_after_the_program_is_switched_off() -> None:
    automatic()
    classic_set()
    red_day(RED)
    with order_home(load_w=300.0, starts_at=paris(EVE, 21, 55)) as home:
        slots_are_ours(home)
        home.live(minutes=12)
        home.home.site.advance_to(paris(RED, 6))
        home.next_sweep = home.now
        home.live(minutes=5)
        assert home.device.orders.mode == "Auto"
        enabled = [slot for slot in (home.device.orders.slots or {}).values() if slot.is_enabled]
        assert enabled == []
