"""From the wire to the rows: the real gateway, poller and PostgreSQL on virtual time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from batteries.models import Battery, BatteryStatusLog, MethodHealth, ModeType, Polling
from batteries.simulator.faults import Faults
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.spec import DeviceSpec

from .virtual_home import NOON, virtual_home

pytestmark = pytest.mark.django_db
THREE = (DeviceSpec(), DeviceSpec(), DeviceSpec())


def test_the_first_poll_asks_everything_and_fills_row_and_state() -> None:
    with virtual_home([DeviceSpec(soc_percent=61.0)]) as home:
        home.sweep()
        battery = home.battery()
        row = BatteryStatusLog.objects.get()
    assert (battery.soc, battery.mode, battery.model) == (61, ModeType.AUTO, "VenusE 3.0")
    assert (battery.firmware, battery.ble_mac) == (150, "bc2a33000001")
    assert battery.bat_power is not None
    assert battery.rssi_dbm is not None
    assert (row.soc, row.mode, row.bat_temp) == (61, ModeType.AUTO, battery.bat_temp)
    assert row.timestamp == battery.status_at
    assert home.devices[0].asked == [
        "Marstek.GetDevice",
        "ES.GetStatus",
        "EM.GetStatus",
        "ES.GetMode",
        "Bat.GetStatus",
        "Wifi.GetStatus",
    ]


def test_power_has_our_sign_and_is_what_the_device_truly_did() -> None:
    with virtual_home(load_w=700.0) as home:
        home.tick(3)
        battery, device = home.battery(), home.devices[0]
        (truth,) = device.trace.power_between(home.site.now - 60, home.site.now)
    assert battery.bat_power == pytest.approx(truth.power_w, abs=1)
    assert battery.bat_power < -500, "Auto serves a load of 700 W"
    assert battery.ongrid_power == -battery.bat_power


def test_one_hour_asks_each_method_as_often_as_it_should() -> None:
    with virtual_home() as home:
        home.tick(60)
        asked = Counter(home.devices[0].asked)
    assert BatteryStatusLog.objects.count() == 60
    assert asked["ES.GetStatus"] == asked["EM.GetStatus"] == 60
    assert asked["ES.GetMode"] == pytest.approx(12, abs=1)
    assert asked["Bat.GetStatus"] == pytest.approx(6, abs=1)
    assert asked["Wifi.GetStatus"] == pytest.approx(4, abs=1)
    assert asked["Marstek.GetDevice"] == pytest.approx(2, abs=1)


def test_old_firmware_is_polled_every_two_minutes_without_the_harmful_read() -> None:
    with virtual_home([DeviceSpec(firmware=FIRMWARES["venus-e3-148"])]) as home:
        home.tick(20)
        asked = Counter(home.devices[0].asked)
    assert asked["ES.GetStatus"] == pytest.approx(10, abs=1)
    assert asked["Bat.GetStatus"] <= 1, "before its firmware is known"


def test_what_was_not_said_stays_missing_in_the_row_and_old_on_the_card() -> None:
    with virtual_home() as home:
        home.tick(2)
        said = home.battery()
        home.devices[0].faults = Faults(override={"ES.GetStatus": {"ongrid_power": None}})
        home.tick(1)
        now, row = home.battery(), BatteryStatusLog.objects.latest("timestamp")
    assert (row.soc, row.bat_power, row.ongrid_power, row.mode) == (50, None, None, None)
    assert (now.bat_power, now.status_at) == (said.bat_power, said.status_at)
    assert now.soc_at == row.timestamp > said.soc_at


def test_an_answer_full_of_nulls_writes_no_row_and_makes_nothing_look_fresh() -> None:
    with virtual_home() as home:
        home.tick(2)
        said = home.battery()
        home.devices[0].faults = Faults(null_rate=1.0)
        home.tick(1)
        now = home.battery()
    assert BatteryStatusLog.objects.count() == 2
    assert (now.soc, now.soc_at, now.status_at) == (said.soc, said.soc_at, said.status_at)
    assert (now.meter_at, now.grid_power) == (said.meter_at, said.grid_power)


def test_a_silent_battery_gets_no_row_and_costs_the_others_nothing() -> None:
    with virtual_home(THREE) as home:
        home.devices[1].faults = Faults(api_off=True)
        home.tick(8)
        silent, others = home.battery(1), [home.battery(0), home.battery(2)]
    assert (silent.missed_polls, silent.fault, silent.soc) == (4, "device_unreachable", None)
    assert "127.0.0.12:30002" in silent.fault_detail
    counts = Counter(BatteryStatusLog.objects.values_list("battery_id", flat=True))
    assert counts == {battery.pk: 8 for battery in others}


def test_a_battery_that_is_back_is_as_before() -> None:
    with virtual_home() as home:
        home.tick(1)
        home.devices[0].faults = Faults(api_off=True)
        home.tick(3)
        assert home.battery().missed_polls == 3
        home.devices[0].faults = Faults()
        home.tick(1)
        battery = home.battery()
    assert (battery.missed_polls, battery.fault, battery.fault_detail) == (0, "", "")
    assert battery.status_at > NOON + timedelta(minutes=4)


def test_a_false_zero_is_held_back_named_and_forgotten() -> None:
    with virtual_home([DeviceSpec(soc_percent=64.0)]) as home:
        home.tick(2)
        home.devices[0].faults = Faults(override={"ES.GetStatus": {"bat_soc": 0}})
        home.tick(1)
        held, row = home.battery(), BatteryStatusLog.objects.latest("timestamp")
        home.devices[0].faults = Faults()
        home.tick(1)
        healed = home.battery()
    assert (held.doubts, row.soc) == (["soc_zero"], None)
    assert held.soc == pytest.approx(64, abs=1)
    assert healed.doubts == []


def test_loss_is_counted_per_method_with_latency() -> None:
    with virtual_home() as home:
        home.tick(1)
        home.devices[0].lose_next(1)
        home.tick(4)
    health = MethodHealth.objects.get(method="ES.GetStatus")
    assert (health.asked, health.answered, health.refused) == (6, 5, 0)
    assert health.hour_at == NOON
    assert 50 * 5 < health.latency_ms_total < 400 * 5
    assert health.latency_ms_max <= 400


def test_a_method_that_does_not_exist_is_asked_no_more() -> None:
    with virtual_home([DeviceSpec(firmware=FIRMWARES["hmg50-153"])]) as home:
        home.tick(60)
        battery, asked = home.battery(), Counter(home.devices[0].asked)
    assert asked["EM.GetStatus"] <= 1, "before its firmware is known"
    assert battery.missed_polls == 0


def test_an_update_of_the_firmware_asks_again_for_what_was_missing() -> None:
    with virtual_home() as home:
        home.tick(1)
        Battery.objects.update(missing_methods=["EM.GetStatus"], firmware=149)
        home.tick(40)
        battery = home.battery()
    assert (battery.firmware, battery.missing_methods) == (150, [])
    assert battery.meter_at > NOON + timedelta(minutes=35)


def test_the_status_comes_from_the_mode_read_where_the_firmware_never_answers_it() -> None:
    with virtual_home([DeviceSpec(firmware=FIRMWARES["venus-e3-139"])], load_w=600.0) as home:
        home.tick(10)
        battery = home.battery()
        row = BatteryStatusLog.objects.latest("timestamp")
    assert (battery.soc, battery.fault, battery.missed_polls) == (row.soc, "", 0)
    assert row.ongrid_power == pytest.approx(600, abs=60)
    assert row.bat_power == battery.bat_power == pytest.approx(-600, abs=60)
    assert battery.status_at == row.timestamp, "its power is as fresh as its charge"


def test_a_retired_battery_is_not_asked_and_a_row_in_flight_is_dropped() -> None:
    with virtual_home(THREE[:2]) as home:
        retired = home.battery(1)
        home.front.action = lambda: Battery.objects.filter(pk=retired.pk).update(is_active=False)
        home.sweep()
        assert not BatteryStatusLog.objects.filter(battery=retired).exists()
        assert BatteryStatusLog.objects.filter(battery=home.battery(0)).count() == 1
        asked = len(home.devices[1].asked)
        home.tick(2)
        assert len(home.devices[1].asked) == asked


def test_a_battery_deleted_during_its_poll_leaves_nothing_and_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with virtual_home(THREE[:2]) as home:
        gone = home.battery(1)
        home.front.action = Battery.objects.filter(pk=gone.pk).delete
        assert home.sweep() == 2
    assert BatteryStatusLog.objects.values_list("battery_id", flat=True).distinct().count() == 1
    assert not MethodHealth.objects.filter(battery_id=gone.pk).exists()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_orders_only_means_never_polled() -> None:
    with virtual_home() as home:
        Battery.objects.update(polling=Polling.ORDERS_ONLY)
        assert home.sweep() == 0
        assert home.devices[0].asked == []


def test_batteries_start_five_seconds_apart() -> None:
    with virtual_home(THREE) as home:
        home.tick(2)
        home.sweep()
        first_asked = [
            max(r.at for r in device.trace.requests if r.method == "ES.GetStatus")
            for device in home.devices
        ]
    assert [round(at - first_asked[0]) for at in first_asked] == [0, 5, 10]


def test_the_quiet_gap_holds_between_all_datagrams_of_a_device() -> None:
    with virtual_home([DeviceSpec(), DeviceSpec(firmware=FIRMWARES["venus-e3-148"])]) as home:
        home.tick(10)
        for device, gap_s in zip(home.devices, (2.5, 5.0), strict=True):
            moments = [request.at for request in device.trace.requests]
            gaps = [later - earlier for earlier, later in pairwise(moments)]
            assert min(gaps) >= gap_s


def test_a_battery_that_moved_is_followed_by_its_identity() -> None:
    with virtual_home() as home:
        home.tick(1)
        Battery.objects.update(ip_address="127.0.0.99")
        home.tick(5)
        battery = home.battery()
    assert battery.ip_address == "127.0.0.11"
    assert (battery.missed_polls, battery.fault) == (0, "")


def test_the_wrong_battery_at_an_address_writes_no_row() -> None:
    with virtual_home() as home:
        Battery.objects.update(ble_mac="aaaaaaaaaaaa")
        home.tick(1)
        battery = home.battery()
    assert (battery.fault, battery.missed_polls, battery.soc) == ("wrong_device", 1, None)
    assert not BatteryStatusLog.objects.exists()


def test_two_batteries_entered_for_one_device_do_not_count_it_twice() -> None:
    with virtual_home() as home:
        home.tick(1)
        Battery.objects.create(name="Twice", ip_address="127.0.0.11", udp_port=30001)
        home.tick(3)
        twice = Battery.objects.get(name="Twice")
    assert (twice.fault, twice.fault_detail, twice.soc) == ("identity_taken", "Garage", None)
    assert not BatteryStatusLog.objects.filter(battery=twice).exists()


def test_a_retired_entry_hands_its_device_over_to_a_new_one() -> None:
    with virtual_home() as home:
        home.tick(1)
        Battery.objects.create(name="Anew", ip_address="127.0.0.11", udp_port=30001)
        home.tick(1)
        Battery.objects.filter(name="Garage").update(is_active=False)
        home.tick(4)
    anew, retired = Battery.objects.get(name="Anew"), Battery.objects.get(name="Garage")
    assert (anew.ble_mac, anew.fault) == ("bc2a33000001", "")
    assert anew.soc == pytest.approx(50, abs=1)
    assert retired.ble_mac is None


def test_polling_slows_down_where_it_takes_the_house_meter_away() -> None:
    with virtual_home([DeviceSpec(firmware=FIRMWARES["hmg50-156"])]) as home:
        Battery.objects.update(scale_overrides={"poll_interval_s": 60})
        home.tick(10)
        battery, device = home.battery(), home.devices[0]
        served_wh = -device.trace.energy_between_wh(home.site.now - 300, home.site.now)
    assert (battery.pace, battery.pace_reason) == ("halved", "meter_lost")
    assert served_wh == pytest.approx(400 * 5 / 60, rel=0.02), "at half the pace it serves"


def test_a_pace_that_could_not_be_stored_is_stored_with_the_next_poll() -> None:
    with virtual_home() as home:
        home.tick(1)
        Battery.objects.update(pace="halved", pace_reason="meter_lost")
        home.tick(3)
        battery = home.battery()
    assert (battery.pace, battery.pace_reason) == ("normal", "undisturbed")


def test_a_meter_that_is_back_for_good_is_no_longer_complained_of() -> None:
    with virtual_home() as home:
        Battery.objects.update(pace_reason="not_by_polling")
        home.tick(20)
        assert home.battery().pace_reason == "undisturbed"


def test_the_last_answer_of_a_clock_that_went_back_does_not_stop_polling() -> None:
    with virtual_home() as home:
        home.tick(1)
        Battery.objects.update(polled_at=home.now + timedelta(hours=1))
        assert home.sweep() == 1


def test_poll_now_reads_a_battery_that_a_sweep_is_reading_once_more_after_it() -> None:
    with virtual_home(THREE[:2]) as home:
        batteries = list(Battery.objects.order_by("id"))
        first = batteries[0]
        home.front.action = lambda: home.poller._release([first.pk])
        home.poller._claim([first])
        assert home.poller.poll_now(batteries) == 2
    assert BatteryStatusLog.objects.values("battery_id").distinct().count() == 2
    assert home.poller._busy == set()


def test_a_broken_row_costs_its_own_battery_alone(caplog: pytest.LogCaptureFixture) -> None:
    with virtual_home(THREE[:2]) as home:
        Battery.objects.filter(pk=home.battery(1).pk).update(pace="nonsense")
        home.tick(2)
        rows = BatteryStatusLog.objects.values_list("battery_id", flat=True)
        assert list(rows) == [home.battery(0).pk] * len(rows)
        assert home.poller.poll_now(list(Battery.objects.all())) == 1
        Battery.objects.update(pace="normal")
        assert home.poller.poll_now(list(Battery.objects.all())) == 2, "nobody stays busy"
    assert any("Cave cannot be polled" in record.message for record in caplog.records)
