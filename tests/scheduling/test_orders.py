"""Orders on virtual time: the simulator's own trace says what the battery truly did."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from batteries.models import Battery, ModeType
from batteries.simulator.faults import Faults
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.spec import DeviceSpec
from scheduling import attempts, ledger
from scheduling.models import Note, Order, OrderAttempt, OrderState, Origin, Outcome
from scheduling.selectors import is_held
from scheduling.targets import TargetMode

from .order_home import AUTO, CHARGE, DISCHARGE, HOLD, OrderHome, order_home

pytestmark = pytest.mark.django_db
OLD = DeviceSpec(firmware=FIRMWARES["venus-e3-148"])


def state(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def ends(home: OrderHome) -> list[str]:
    return [o.state for o in Order.objects.filter(origin=Origin.END)]


@pytest.mark.parametrize(("mode", "true_w"), [(CHARGE, 600), (DISCHARGE, -600), (HOLD, 0)])
def test_the_battery_does_what_was_ordered_and_the_card_shows_it(
    mode: TargetMode, true_w: int
) -> None:
    with order_home() as home:
        order = home.order(mode, 600, 60)
        home.pass_time(seconds=30)
        battery = home.home.battery()
        assert state(order) == OrderState.PROVED
        assert home.held_w(true_w, since_s=20)
        assert battery.bat_power == pytest.approx(true_w, abs=30), "what the card shows"
        assert battery.mode == ModeType.PASSIVE
        home.pass_time(minutes=5)
        assert home.held_w(true_w, since_s=320)


def test_an_order_is_written_down_with_what_was_sent_and_said() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 60)
        home.pass_time(seconds=5)
    attempt = order.attempts.get()
    sent = json.loads(attempt.request)
    assert sent["params"]["config"]["passive_cfg"] == {"power": -600, "cd_time": 600}
    assert json.loads(attempt.answer)["set_result"] is True
    assert (attempt.outcome, attempt.lease_s) == (Outcome.ACCEPTED, 600)
    assert attempt.latency_ms is not None
    assert 50 < attempt.latency_ms < 400
    assert sent["id"] > 0


def test_a_lease_is_renewed_and_ends_in_auto() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 30)
        home.pass_time(minutes=30)
        now = home.home.site.now
        assert home.device.trace.held(600, 30, 29.5 * 60, now - 1810, now)
        home.pass_time(seconds=40)
        assert home.device.orders.mode == "Auto"
        assert ends(home) == [OrderState.PROVED]
    assert state(order) == OrderState.SUPERSEDED
    assert order.proved_at is not None
    assert order.closed_at is not None
    assert order.until is not None
    assert order.closed_at - order.until < timedelta(seconds=10)
    assert 6 <= home.writes() <= 8, "each half of ten minutes, and the way back"
    assert not Order.objects.open().exists()


def test_if_we_die_the_battery_stands_still_ten_minutes_later() -> None:
    with order_home() as home:
        home.order(CHARGE, 600, 60)
        home.pass_time(seconds=30)
        home.home.site.advance(640)
        assert home.held_w(0, since_s=20)


def test_a_new_order_replaces_the_one_in_force_and_nobody_renews_that() -> None:
    with order_home() as home:
        first = home.order(CHARGE, 600, 60)
        home.pass_time(minutes=3)
        second = home.order(DISCHARGE, 300, 60)
        home.pass_time(minutes=20)
        assert home.held_w(-300, since_s=19 * 60)
    assert state(first) == OrderState.SUPERSEDED
    assert first.replaced_by == second
    assert first.attempts.count() == 1
    assert not Order.objects.filter(origin=Origin.END).exists()


def test_an_order_that_was_replaced_before_it_was_sent_is_never_sent() -> None:
    with order_home() as home:
        first, second = home.order(CHARGE, 600, 60), home.order(AUTO)
        home.pass_time(seconds=30)
    assert (state(first), state(second)) == (OrderState.SUPERSEDED, OrderState.PROVED)
    assert first.verdict_at is not None
    assert not first.attempts.exists()


def test_an_order_replaced_between_its_datagrams_is_written_no_more() -> None:
    with order_home() as home:
        first = home.order(CHARGE, 600, 60)
        claimed = attempts.claim_due(first.battery_id, home.home.now)
        assert claimed is not None
        write = attempts.Write.of(claimed, home.home.now)
        assert attempts.begin_attempt(claimed, write, home.home.now) is not None
        home.order(AUTO)
        assert attempts.begin_attempt(claimed, write, home.home.now) is None


def test_a_silent_battery_has_one_open_wish_that_is_written_with_its_first_answer() -> None:
    with order_home() as home:
        home.device.faults = Faults(api_off=True)
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=6)
        assert state(order) == OrderState.NO_ANSWER
        assert order.verdict_at is not None
        assert order.verdict_at - order.asked_at <= timedelta(minutes=5)
        assert home.writes() == 3, "one round: silence is not shouted at"
        home.device.faults = Faults()
        home.live(seconds=90)
        assert home.held_w(600, since_s=20)
    assert state(order) == OrderState.PROVED


def test_a_write_that_was_heard_and_whose_answers_are_lost_is_proved_by_its_effect() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 60)
        home.device.overlay({"lose_reply_rate": 1.0}, since=home.home.site.now, until=None)
        home.pass_time(seconds=4)
        home.device.heal()
        home.pass_time(seconds=30)
    assert state(order) == OrderState.PROVED


def test_a_power_that_nobody_heard_of_is_written_once_the_first_look_shows_it() -> None:
    with order_home() as home:
        home.device.lose_next(3)
        order = home.order(CHARGE, 600, 60)
        home.pass_time(seconds=60)
        assert home.held_w(600, since_s=20)
    assert state(order) == OrderState.PROVED
    outcomes = [attempt.outcome for attempt in order.attempts.all()]
    assert outcomes == [Outcome.NO_ANSWER] * 3 + [Outcome.ACCEPTED]


def test_a_refusal_is_asked_again_within_a_bound_and_leaves_nothing_to_undo() -> None:
    with order_home([DeviceSpec(mode="Manual")]) as home:
        home.device.faults = Faults(refuse_write_rate=1.0)
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=14)
        assert state(order) == OrderState.REFUSED
        assert "false" in order.answer
        assert order.verdict_at is not None
        assert order.verdict_at - order.asked_at <= timedelta(minutes=5)
        rounds = OrderAttempt.objects.filter(cause="again").count()
        assert rounds <= 5, "three in half an hour, with the retries of the last"
        home.live_sparely(minutes=47)
    assert not Order.objects.open().exists()


def test_the_first_write_refused_is_written_again() -> None:
    with order_home() as home:
        home.device.faults = Faults(refuse_first_write=True)
        order = home.order(CHARGE, 600, 60)
        home.pass_time(seconds=30)
        assert home.held_w(600, since_s=15)
    outcomes = [attempt.outcome for attempt in order.attempts.all()]
    assert outcomes == [Outcome.REFUSED, Outcome.ACCEPTED]
    assert state(order) == OrderState.PROVED


def test_what_is_accepted_and_ignored_is_acknowledged_and_the_card_shows_the_truth() -> None:
    with order_home(load_w=0.0) as home:
        home.device.faults = Faults(ignore_write_rate=1.0)
        order = home.order(CHARGE, 600, 60)
        home.live(minutes=6)
        assert home.home.battery().bat_power == pytest.approx(0, abs=5)
        assert state(order) == OrderState.ACKNOWLEDGED
        assert (order.note, order.proved_at) == (Note.IGNORED, None)
        assert home.writes() == 4, "three times again within 30 minutes"
        home.live(minutes=8)
        assert home.writes() == 4
        home.live(minutes=9)
        assert home.writes() == 5, "then once a quarter of an hour"


def test_a_first_passive_that_is_entered_at_0_w_is_written_again() -> None:
    with order_home(load_w=0.0) as home:
        home.device.faults = Faults(ignore_first_passive=True)
        order = home.order(CHARGE, 600, 60)
        home.pass_time(seconds=60)
        assert home.held_w(600, since_s=15)
    assert state(order) == OrderState.PROVED
    assert [attempt.cause for attempt in order.attempts.all()] == ["first", "again"]


def test_old_firmware_is_written_once_a_round() -> None:
    with order_home([OLD]) as home:
        home.device.faults = Faults(api_off=True)
        order = home.order(CHARGE, 600, 60)
        home.pass_time(minutes=1)
    assert (state(order), home.writes()) == (OrderState.NO_ANSWER, 1)


def test_old_firmware_is_not_asked_its_mode_after_a_write_and_keeps_charging() -> None:
    with order_home([OLD]) as home:
        home.order(CHARGE, 600, 25)
        for _round in range(18):  # 80 s each
            home.pass_time(seconds=20)
            home.home.tick(1)
        now = home.home.site.now
        assert home.device.trace.held(600, 30, 23 * 60, now - 24 * 60, now)


def test_auto_in_auto_is_adopted_without_a_write() -> None:
    with order_home() as home:
        home.home.tick(1)
        order = home.order(AUTO)
        home.pass_time(seconds=20)
        again = home.order(AUTO)
        home.pass_time(seconds=20)
        assert home.writes() == 0
    assert (state(order), state(again)) == (OrderState.SUPERSEDED, OrderState.PROVED)


def test_auto_in_auto_is_proved_where_the_firmware_refuses_its_own_mode() -> None:
    with order_home() as home:
        Battery.objects.update(mode=None, mode_at=None)
        order = home.order(AUTO)
        home.pass_time(seconds=20)
    assert state(order) == OrderState.PROVED
    assert order.attempts.get().outcome == Outcome.ALREADY
    assert "false" in order.answer


def test_auto_twice_at_once_is_proved_without_a_mode_read_too_soon() -> None:
    with order_home([DeviceSpec(mode="Manual")]) as home:
        first = home.order(AUTO)
        home.pass_time(seconds=4)
        second = home.order(AUTO)
        asked = home.device.asked.count("ES.GetMode")
        home.pass_time(seconds=4)
        assert home.device.asked.count("ES.GetMode") == asked
        home.pass_time(seconds=30)
    assert (state(first), state(second)) == (OrderState.SUPERSEDED, OrderState.PROVED)


def test_a_worker_killed_between_claim_and_send_costs_half_a_minute() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 60)
        assert attempts.claim_due(order.battery_id, home.home.now) is not None
        home.new_process()
        home.pass_time(seconds=25)
        assert home.writes() == 0, "its claim still stands"
        home.pass_time(seconds=20)
        assert (state(order), home.writes()) == (OrderState.PROVED, 1)


def test_a_worker_killed_between_send_and_record_repeats_the_order_that_stands() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 60)
        claimed = attempts.claim_due(order.battery_id, home.home.now)
        assert claimed is not None
        write = attempts.Write.of(claimed, home.home.now)
        attempts.begin_attempt(claimed, write, home.home.now)
        home.new_process()
        home.pass_time(seconds=45)
    outcomes = [attempt.outcome for attempt in order.attempts.all()]
    assert outcomes == [Outcome.NO_ANSWER, Outcome.ACCEPTED]
    assert state(order) == OrderState.PROVED


def test_a_worker_killed_after_a_send_and_an_order_replaced_meanwhile_end_with_the_later() -> None:
    with order_home() as home:
        first = home.order(CHARGE, 600, 60)
        claimed = attempts.claim_due(first.battery_id, home.home.now)
        assert claimed is not None
        attempts.begin_attempt(claimed, attempts.Write.of(claimed, home.home.now), home.home.now)
        home.order(AUTO)
        home.new_process()
        home.pass_time(minutes=2)
        assert home.device.orders.mode == "Auto"
    assert first.attempts.count() == 1
    assert not is_held(first.battery_id)


def test_the_end_comes_after_a_night_without_us() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 60)
        home.pass_time(seconds=30)
        home.home.site.advance(8 * 3600)
        home.new_process()
        home.pass_time(seconds=30)
        assert home.device.orders.mode == "Auto"
    assert state(order) == OrderState.SUPERSEDED
    assert order.proved_at is not None
    assert not Order.objects.open().exists()


def test_an_order_whose_time_is_over_before_it_was_sent_is_not_sent() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 5)
        home.home.site.advance(600)
        home.pass_time(seconds=30)
    assert (state(order), home.writes()) == (OrderState.SUPERSEDED, 0)
    assert not Order.objects.open().exists()


def test_a_battery_retired_while_it_charges_goes_back_to_auto() -> None:
    with order_home() as home:
        home.order(CHARGE, 600, 60)
        home.pass_time(seconds=10)
        Battery.objects.update(is_active=False)
        home.pass_time(minutes=6)
        assert home.device.orders.mode == "Auto"


def test_a_clean_stop_leaves_auto_and_the_next_start_goes_on() -> None:
    with order_home([DeviceSpec(), DeviceSpec()]) as home:
        order = home.order(CHARGE, 600, 60)
        home.pass_time(seconds=30)
        stopped_at = home.home.now
        assert home.desk.release() == 1
        assert home.device.orders.mode == "Auto"
        assert home.home.now - stopped_at < timedelta(seconds=20)
        assert home.writes(1) == 0, "a battery that we do not hold is left in peace"
        home.new_process()
        home.pass_time(seconds=30)
        assert home.held_w(600, since_s=15)
    assert state(order) == OrderState.PROVED


def test_a_clean_stop_does_not_wait_for_a_silent_battery_beyond_its_time() -> None:
    with order_home() as home:
        home.order(CHARGE, 600, 60)
        home.pass_time(seconds=30)
        home.device.faults = Faults(api_off=True)
        stopped_at = home.home.now
        home.desk.release()
        assert home.home.now - stopped_at < timedelta(seconds=21)


def test_a_renewal_that_is_lost_is_tried_again_before_the_lease_is_over() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 40)
        home.pass_time(minutes=4)
        home.device.faults = Faults(api_off=True)
        home.pass_time(minutes=3)
        home.device.faults = Faults()
        home.pass_time(minutes=10)
        assert home.held_w(600, since_s=16 * 60)
    assert state(order) == OrderState.PROVED
    assert OrderAttempt.objects.filter(outcome=Outcome.NO_ANSWER).exists()


def test_a_clock_that_goes_back_an_hour_does_not_stop_renewals() -> None:
    with order_home() as home:
        order = home.order(CHARGE, 600, 60)
        home.pass_time(seconds=10)
        hour = timedelta(hours=1)
        Order.objects.update(claimed_at=home.home.now + hour, next_at=home.home.now + hour)
        assert ledger.agenda(home.home.now).due == [order.battery_id]


def test_an_order_goes_ahead_of_the_reads_of_a_sweep() -> None:
    with order_home() as home:
        home.order(CHARGE, 600, 60)
        home.home.front.action = home.desk.look  # while the sweep reads
        Battery.objects.update(polled_at=None)
        home.home.sweep()
        asked = home.device.asked
    last_sweep = asked[asked.index("ES.SetMode") - 2 :]
    assert "ES.SetMode" in last_sweep
    assert asked.index("ES.SetMode") < len(asked) - 2, "reads of the same sweep come after it"
