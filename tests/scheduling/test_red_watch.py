"""What people hear of a red day: that it comes, what the rehearsal found, and danger in time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from batteries.models import Battery
from batteries.simulator.faults import Faults
from batteries.simulator.spec import DeviceSpec
from notifications.events import Event
from notifications.models import Notification
from notifications.wording import words
from scheduling.models import Order, Origin
from scheduling.orders import cancel_order, hands_off
from scheduling.red_watch import watch_red_days
from scheduling.rehearsal import Found, Rehearsal
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import PARIS, Colour
from tempo.services import record_answers

from .order_home import HOLD, OrderHome, order_home
from .red_days import red_day
from .schedules import automatic, classic_set

pytestmark = pytest.mark.django_db
RED = date(2026, 1, 15)
EVE = RED - timedelta(days=1)
HALF = DeviceSpec(soc_percent=50.0)


def paris(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).astimezone(UTC)


@contextmanager
def watched(
    spec: DeviceSpec = HALF, *, starts_at: datetime, load_w: float = 400
) -> Iterator[OrderHome]:
    automatic()
    classic_set()
    red_day(RED)
    with order_home([spec], load_w=load_w, starts_at=starts_at) as home:
        yield home


def live(home: OrderHome, minutes: int) -> None:
    """Polls, desk and the watch, a minute at a time."""
    for _minute in range(minutes):
        home.live(minutes=1)
        watch_red_days(home.now)


def notices(event: Event) -> list[Notification]:
    return list(Notification.objects.filter(event=event).order_by("id"))


def danger() -> Notification:
    return Notification.objects.get(event=Event.RED_IN_DANGER)


def test_a_red_day_is_told_once_with_what_will_be_done() -> None:
    with watched(starts_at=paris(EVE, 12, 30)) as home:
        live(home, 3)
    [notice] = notices(Event.RED_TOMORROW)
    assert notice.times == 1
    assert notice.params["day"] == "2026-01-15"
    assert notice.params["from_at"] == paris(EVE, 22).isoformat()
    assert (notice.params["target"], notice.params["is_sure"]) == (95, True)
    assert notice.params["stands_still"] == ["Garage"], "its slots are not ours"


def test_what_is_not_certain_is_told_at_18_and_taken_back() -> None:
    with watched(starts_at=paris(EVE, 17, 58)) as home:
        record_answers(Source.EDF, [Answer(RED, Colour.BLUE)], paris(EVE, 12, 5))
        watch_red_days(home.now)
        assert notices(Event.RED_TOMORROW) == []
        live(home, 3)
        [notice] = notices(Event.RED_TOMORROW)
        assert notice.params["is_sure"] is False
        record_answers(Source.RTE_SITE, [Answer(RED, Colour.BLUE)], home.now)
        live(home, 1)
    [notice] = notices(Event.RED_TOMORROW)
    assert notice.recovered_at is not None


def test_the_rehearsal_gives_one_test_order_and_its_proof_is_kept() -> None:
    with watched(starts_at=paris(EVE, 17, 59)) as home:
        live(home, 6)
        order = Order.objects.get(origin=Origin.REHEARSAL)
        assert (order.power_w, order.proved_at is not None) == (200, True)
        assert Order.objects.open().get().mode_type == "auto", "and the house is served again"
    row = Rehearsal.objects.get()
    assert (row.outcome, row.firmware != "") == (Found.PASSED, True)
    [notice] = notices(Event.RED_TOMORROW)
    assert notice.params["not_ready"] == []
    assert len(notices(Event.PLANNED_TEST)) == 1


def test_the_same_firmware_that_followed_its_last_order_is_not_tested_again() -> None:
    with watched(starts_at=paris(EVE, 17, 59)) as home:
        live(home, 6)
        Rehearsal.objects.update(day=EVE - timedelta(days=1))
        live(home, 2)
        assert Order.objects.filter(origin=Origin.REHEARSAL).count() == 1
        Rehearsal.objects.filter(day=RED).delete()
        Battery.objects.update(firmware=151)
        watch_red_days(home.now)
    assert Order.objects.filter(origin=Origin.REHEARSAL).count() == 2


def test_a_battery_that_ignores_the_test_order_is_in_danger_before_the_night() -> None:
    with watched(starts_at=paris(EVE, 17, 59)) as home:
        home.device.faults = Faults(ignore_write_rate=1.0)
        live(home, 9)
    assert Rehearsal.objects.get().outcome == Found.NOT_PROVED
    assert (danger().params["why"], danger().params["phase"]) == ("not_proved", "eve")
    [notice] = notices(Event.RED_TOMORROW)
    assert notice.params["not_ready"] == ["Garage"]


def test_too_little_room_is_found_and_nothing_is_tested_meanwhile() -> None:
    with watched(starts_at=paris(EVE, 17, 59), load_w=8500) as home:
        live(home, 3)
    row = Rehearsal.objects.get()
    assert row.outcome == Found.NO_ROOM
    assert row.detail["needed_w"] > row.detail["room_w"]
    assert not Order.objects.filter(origin=Origin.REHEARSAL).exists()


def test_a_full_battery_is_not_tested() -> None:
    with watched(DeviceSpec(soc_percent=97.0), starts_at=paris(EVE, 18, 1), load_w=0) as home:
        live(home, 1)
    assert (Rehearsal.objects.get().outcome, Order.objects.filter(origin="rehearsal").count()) == (
        Found.PASSED,
        0,
    )


def test_hands_off_over_the_night_is_danger_at_once_and_nothing_is_written() -> None:
    with watched(starts_at=paris(EVE, 18, 1)) as home:
        live(home, 6)
        writes = home.writes()
        battery = home.home.battery()
        hands_off(battery, minutes=15 * 60, by=None, origin=Origin.PAGE, now=home.now)
        live(home, 1)
        assert danger().params["why"] == "hands_off"
        assert home.writes() == writes
        cancel_order(battery, by=None, now=home.now)
        live(home, 1)
    assert danger().recovered_at is not None


def test_an_order_that_ends_before_the_night_is_no_danger() -> None:
    with watched(starts_at=paris(EVE, 18, 1)) as home:
        live(home, 6)
        home.order(HOLD, None, 120)
        live(home, 2)
    assert notices(Event.RED_IN_DANGER) == []


def test_automation_off_is_danger_from_18_on_and_nothing_is_tested() -> None:
    with watched(starts_at=paris(EVE, 17, 57)) as home:
        automatic(is_automatic=False)
        live(home, 1)
        assert notices(Event.RED_IN_DANGER) == []
        live(home, 2)
    assert danger().params["why"] == "automation_off"
    assert Rehearsal.objects.get().outcome == Found.LEFT_ALONE
    assert home.writes() == 0


def test_a_battery_that_falls_silent_on_the_eve_is_told_and_recovers() -> None:
    with watched(starts_at=paris(EVE, 21, 57)) as home:
        live(home, 3)
        assert notices(Event.RED_IN_DANGER) == []
        home.device.faults = Faults(api_off=True)
        live(home, 6)
        assert danger().params["why"] == "no_answer"
        home.device.faults = Faults()
        live(home, 6)
        assert danger().recovered_at is not None


def test_a_charge_that_is_ignored_is_danger_within_minutes_while_hours_remain() -> None:
    with watched(starts_at=paris(EVE, 21, 58)) as home:
        home.device.faults = Faults(ignore_write_rate=1.0)
        live(home, 10)
        assert danger().params["why"] == "not_proved"
        assert danger().created_at <= paris(EVE, 22, 8)
        with translation.override("en"):
            said = words(danger())
        assert re.search(r"Its order was written \d times since 22:00\.", said.text)
        assert "choose Manual, and let it charge at full power until 06:00" in said.text
        home.device.faults = Faults()
        live(home, 12)
    assert danger().recovered_at is not None


def test_a_projection_below_the_target_is_danger_the_moment_it_is() -> None:
    with watched(DeviceSpec(soc_percent=20.0), starts_at=paris(EVE, 21, 58)) as home:
        Battery.objects.update(charge_limit_w=300)
        live(home, 4)
    assert danger().params["why"] == "too_slow"
    assert danger().created_at == paris(EVE, 22)
    assert danger().params["soc"] < danger().params["target"] == 95


def test_the_morning_of_a_battery_that_is_not_ready_is_never_told_as_safe() -> None:
    with watched(DeviceSpec(soc_percent=40.0), starts_at=paris(RED, 5, 50)) as home:
        live(home, 2)
        assert danger().params["why"] == "too_slow"
        live(home, 12)
    assert (danger().closed_at is not None, danger().recovered_at) == (True, None)


def test_a_battery_that_does_not_serve_on_a_red_day_is_in_danger() -> None:
    with watched(starts_at=paris(RED, 9)) as home:
        automatic(is_automatic=False)
        Battery.objects.update(mode=3, mode_at=home.now)
        watch_red_days(home.now)
    assert (danger().params["why"], danger().params["phase"]) == ("automation_off", "day")


def test_an_ordinary_day_has_nothing_to_tell() -> None:
    with order_home(starts_at=paris(EVE, 18, 5)) as home:
        automatic()
        record_answers(Source.RTE_SITE, [Answer(RED, Colour.BLUE)], paris(EVE, 12))
        live(home, 2)
    assert not Notification.objects.exists()
    assert not Rehearsal.objects.exists()


@pytest.mark.parametrize("is_off", [False, True])
def test_after_a_stop_of_ours_the_batteries_are_asked_before_they_are_called_silent(
    is_off: bool,
) -> None:
    with watched(starts_at=paris(EVE, 18, 20)) as home:
        live(home, 3)
        home.home.site.advance_to(paris(EVE, 20))
        home.new_process()
        home.next_sweep = home.now
        home.device.faults = Faults(api_off=is_off)
        watch_red_days(home.now)
        assert notices(Event.RED_IN_DANGER) == []
        live(home, 2)
    assert [one.params["why"] for one in notices(Event.RED_IN_DANGER)] == ["no_answer"] * is_off
