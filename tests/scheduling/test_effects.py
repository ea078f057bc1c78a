"""What a battery does after it was told: proved, dropped, reset, changed by somebody, full."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from batteries.simulator.faults import Faults
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.spec import DeviceSpec
from notifications.events import Event
from notifications.models import Notification
from scheduling.intentions import Decision, Override
from scheduling.models import Note, Order, OrderState, Origin, Outcome
from scheduling.orders import cancel_order, hands_off

from .order_home import AUTO, CHARGE, HOLD, OrderHome, order_home
from .red_days import blue_days
from .schedules import automatic, classic_set, schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def usual_days(db: None) -> None:
    """No red day is near."""
    blue_days(date(2026, 1, 13), 4)


OLD = DeviceSpec(firmware=FIRMWARES["venus-e3-148"])
NIGHT = datetime(2026, 1, 14, 20, 50, tzinfo=UTC)  # 21:50 in Paris


def order_of(home: OrderHome) -> Order:
    return Order.objects.open().select_related("decision").get()


def told(event: Event) -> bool:
    return Notification.objects.filter(event=event).exists()


def test_standing_still_is_proved_by_two_readings_and_the_mode() -> None:
    with order_home() as home:
        order = home.order(HOLD, minutes=60)
        home.pass_time(seconds=30)
        order.refresh_from_db()
        assert order.state == OrderState.PROVED
        assert order.proved_at is not None
        assert (order.proved_at - order.asked_at).total_seconds() <= 30
        assert {"mode"} <= {key for seen in order.effect for key in seen}


def test_standing_still_waits_for_the_mode_where_reading_it_early_may_undo_it() -> None:
    with order_home([OLD]) as home:
        order = home.order(HOLD, minutes=60)
        home.live(minutes=3)
        order.refresh_from_db()
        reads = [r.at for r in home.device.trace.requests if r.method == "ES.GetMode"]
        written = [r.at for r in home.device.trace.requests if r.method == "ES.SetMode"]
        assert order.state == OrderState.PROVED
        assert order.proved_at is not None
        assert (order.proved_at - order.asked_at).total_seconds() <= 150
        assert all(abs(at - written[0]) >= 120 or at < written[0] for at in reads)


def test_a_mode_that_drops_by_itself_is_seen_and_mended() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=3)
        home.device.drop_mode()
        home.live(minutes=4)
        order.refresh_from_db()
        assert (order.state, order.undone_count) == (OrderState.PROVED, 1)
        assert home.held_w(600, since_s=30)
        assert [a.cause for a in order.attempts.all()].count("again") == 1
    assert not told(Event.CHANGED_BY_OTHER)


def test_a_reset_is_mended_and_told() -> None:
    with order_home(load_w=0.0) as home:
        home.order(CHARGE, 600, 60)
        home.live(minutes=3)
        home.device.reset_to_defaults()
        home.live(minutes=4)
        assert home.held_w(600, since_s=30)
        assert order_of(home).state == OrderState.PROVED
    assert told(Event.BATTERY_RESET)


def test_a_reset_while_it_stands_still_is_mended_and_told() -> None:
    """Manual without slots stands still, too: only the mode tells."""
    with order_home(load_w=0.0) as home:
        order = home.order(HOLD, minutes=60)
        home.live(minutes=12)
        writes = home.writes()
        home.device.reset_to_defaults()
        home.live(minutes=6)
        order.refresh_from_db()
        assert (home.device.orders.mode, home.writes() - writes) == ("Passive", 1)
    assert (order.state, order.undone_count) == (OrderState.PROVED, 1)
    assert told(Event.BATTERY_RESET)


def test_a_battery_that_stays_in_manual_all_along_was_not_reset() -> None:
    with order_home([DeviceSpec(mode="Manual")], load_w=0.0) as home:
        home.device.faults = Faults(ignore_write_rate=1.0)
        order = home.order(HOLD, minutes=60)
        home.live(minutes=12)
        order.refresh_from_db()
        assert home.writes() == 1
    assert order.state == OrderState.PROVED
    assert not told(Event.BATTERY_RESET)


def test_what_somebody_else_changed_is_left_to_them_for_two_hours() -> None:
    automatic()
    classic_set()
    with order_home() as home:
        home.live(minutes=8)
        assert order_of(home).state == OrderState.PROVED
        home.device.enter("AI")
        home.live(minutes=8)
        assert not Order.objects.open().exists()
        assert Override.objects.get().kind == "yield"
        writes = home.writes()
        home.live_sparely(minutes=100)
        assert home.writes() == writes, "nothing is written while we step back"
        assert home.device.orders.mode == "AI"
        home.live(minutes=25)
        assert home.device.orders.mode == "Auto"
    assert told(Event.CHANGED_BY_OTHER)


def test_hands_off_writes_nothing_whatever_happens() -> None:
    automatic()
    classic_set()
    with order_home() as home:
        home.live(minutes=2)
        now = home.now
        hands_off(home.home.battery(), minutes=60, by=None, origin=Origin.PAGE, now=now)
        home.device.enter("Manual")
        writes = home.writes()
        home.live_sparely(minutes=55)
        assert home.writes() == writes
        assert not Order.objects.open().exists()
        home.live(minutes=8)
        assert home.device.orders.mode == "Auto"


def test_nearly_full_is_no_failure() -> None:
    with order_home([DeviceSpec(soc_percent=98.0)], load_w=0.0) as home:
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=6)
        order.refresh_from_db()
    assert order.state in (OrderState.ACKNOWLEDGED, OrderState.PROVED)
    assert order.state == OrderState.PROVED or order.note == Note.FULL
    assert not told(Event.ORDER_NOT_PROVED)


def test_what_is_not_done_is_told_and_so_is_its_end() -> None:
    with order_home(load_w=0.0) as home:
        home.device.faults = Faults(ignore_write_rate=1.0)
        home.order(CHARGE, 600, 60)
        home.live(minutes=6)
        notice = Notification.objects.get(event=Event.ORDER_NOT_PROVED)
        assert notice.closed_at is None
        home.device.faults = Faults()
        home.live(minutes=20)
        notice.refresh_from_db()
        assert notice.recovered_at is not None


def test_a_silent_battery_is_told_once_and_when_it_is_back() -> None:
    with order_home() as home:
        home.device.faults = Faults(api_off=True)
        home.live(minutes=10)
        notice = Notification.objects.get(event=Event.BATTERY_OFFLINE)
        assert notice.closed_at is None
        home.device.faults = Faults()
        home.live(minutes=2)
        notice.refresh_from_db()
        assert notice.recovered_at is not None


def test_with_automation_off_decisions_are_made_and_nothing_is_written() -> None:
    automatic(is_automatic=False)
    classic_set()
    with order_home(starts_at=NIGHT) as home:
        home.live(minutes=30)
        assert home.writes() == 0
    rows = Decision.objects.order_by("id")
    assert [(row.mode_type, row.is_written) for row in rows] == [("auto", False), ("hold", False)]


def test_an_edge_is_written_at_once_and_proved() -> None:
    automatic()
    classic_set()
    with order_home([DeviceSpec()] * 3, starts_at=NIGHT) as home:
        home.live(minutes=30)
        orders = Order.objects.open().filter(mode_type="hold")
        assert [order.state for order in orders] == [OrderState.PROVED] * 3
        edge = datetime(2026, 1, 14, 21, 0, tzinfo=UTC)
        for order in orders:
            first = order.attempts.earliest("id")
            assert timedelta(0) <= first.sent_at - edge < timedelta(seconds=6), "one by one here"


def test_an_api_that_is_off_over_an_edge_gets_its_order_with_its_first_answer() -> None:
    automatic()
    schedule("Charge", "charge", "22:00", "06:00", target_soc=80)
    with order_home(starts_at=NIGHT) as home:
        home.live(minutes=2)
        home.device.faults = Faults(api_off=True)
        home.live_sparely(minutes=70)
        home.device.faults = Faults()
        back_at = home.home.site.now
        home.live(minutes=3)
        assert order_of(home).state == OrderState.PROVED
        first = next(
            r for r in home.device.trace.requests if r.method == "ES.SetMode" and r.at > back_at
        )
        answered = next(
            r for r in home.device.trace.requests if r.outcome == "answered" and r.at > back_at
        )
        assert first.at - answered.at <= 60
    lines = Decision.objects.count()
    assert lines <= 3


def test_back_to_automatic_ends_what_somebody_ordered() -> None:
    automatic()
    classic_set()
    with order_home() as home:
        home.order(CHARGE, 600, 60)
        home.live(minutes=2)
        cancel_order(home.home.battery(), by=None, now=home.now)
        home.live(minutes=2)
        assert home.device.orders.mode == "Auto"
        assert order_of(home).mode_type == AUTO
        assert order_of(home).state == OrderState.PROVED


def test_automation_that_is_switched_off_lets_go_of_what_it_holds() -> None:
    automatic()
    schedule("Nuit", "hold", "22:00", "06:00")
    with order_home(starts_at=NIGHT) as home:
        home.live(minutes=15)
        assert home.device.orders.mode == "Passive"
        automatic(is_automatic=False)
        home.live(minutes=2)
        assert home.device.orders.mode == "Auto"
        assert not Order.objects.open().exists()


def test_a_refused_first_write_costs_no_verdict() -> None:
    with order_home() as home:
        home.device.faults = Faults(refuse_first_write=True)
        order = home.order(HOLD, minutes=60)
        home.live(minutes=2)
        order.refresh_from_db()
        assert order.state == OrderState.PROVED
        assert [a.outcome for a in order.attempts.all()][:1] == [Outcome.REFUSED]


def test_a_mode_that_is_refused_because_it_was_taken_before_is_proved() -> None:
    with order_home() as home:
        home.order(CHARGE, 600, 60)
        home.live(minutes=2)
        home.device.lose_next(1, way="reply")  # it acts; what is written after it is refused
        order = home.order(AUTO)
        home.live(minutes=3)
        order.refresh_from_db()
        assert order.state == OrderState.PROVED
        writes = home.writes()
        home.live(minutes=20)
        assert home.writes() == writes
    assert not told(Event.ORDER_NOT_PROVED)


def test_what_was_undone_is_not_proved_by_what_was_read_before() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=3)
        home.device.faults = Faults(ignore_write_rate=1.0)
        home.device.drop_mode()
        home.live(minutes=2)
        for _minute in range(8):
            home.live(minutes=1)
            order.refresh_from_db()
            assert order.state in (OrderState.UNDONE, OrderState.ACKNOWLEDGED)


def test_a_dropped_mode_is_looked_into_with_the_first_reading_against_it() -> None:
    with order_home() as home:
        home.order(CHARGE, 600, 60)
        home.live(minutes=3)
        home.device.drop_mode()
        home.live(seconds=85)
        assert home.held_w(600, since_s=5)


def test_a_lease_whose_answer_was_lost_is_renewed_before_it_ends() -> None:
    with order_home() as home:
        home.device.lose_next(3, way="reply")
        home.order(CHARGE, 600, 60)
        home.live(minutes=1)
        home.live(minutes=14)
        assert home.held_w(600, since_s=14 * 60)


def test_a_mode_whose_answers_were_all_lost_is_looked_at_and_not_written_again() -> None:
    with order_home() as home:
        home.order(CHARGE, 600, 60)
        home.live(minutes=2)
        writes = home.writes()
        home.device.lose_next(3, way="reply")
        order = home.order(AUTO)
        home.pass_time(seconds=30)  # all three tries, and no poll between them
        home.live(minutes=4)
        order.refresh_from_db()
        assert order.state == OrderState.PROVED
        assert home.writes() == writes + 3


def test_a_power_that_somebody_sets_anew_is_written_however_small_the_change() -> None:
    automatic()
    row = schedule("Soir", "discharge", "21:00", "23:00", power_setpoint=-300)
    with order_home([DeviceSpec(soc_percent=80.0)], starts_at=NIGHT) as home:
        home.live(seconds=30)
        assert home.held_w(-300, since_s=10)
        row.power_setpoint = -330
        row.save(update_fields=["power_setpoint"])
        home.live(seconds=30)
        assert home.held_w(-330, since_s=10, tolerance_w=10)
    assert Order.objects.filter(mode_type="discharge").count() == 1
