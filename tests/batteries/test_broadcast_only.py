"""A battery that hears only broadcasts: found out, read all the same, told on its card, and tried
alone now and then. The real gateway, poller and PostgreSQL on virtual time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from django.utils import translation

from batteries.discovery import ask_for_search, run_search
from batteries.marstek.profiles import Profile, profile_for
from batteries.models import Battery, BatteryStatusLog
from batteries.presentation import describe
from batteries.profile import silences_believed
from batteries.simulator.faults import Faults
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.spec import DeviceSpec

from .virtual_home import VirtualHome, virtual_home

pytestmark = pytest.mark.django_db
DEAF = Faults(unicast_unanswered=True)
HEARS_153 = DeviceSpec(firmware=FIRMWARES["hmg50-153"], broadcast_only="ES.")


def grow_deaf(home: VirtualHome, number: int = 0) -> None:
    """Polled once as usual; then unicast is heard no more: three lost polls, a search, and four
    polls in both ways find it out."""
    home.tick(1)
    home.devices[number].faults = DEAF
    home.tick(7)
    assert home.battery(number).fault == "hears_only_broadcasts"


def test_it_is_found_out_by_the_search_and_read_from_then_on() -> None:
    with virtual_home([DeviceSpec(soc_percent=61.0)]) as home:
        grow_deaf(home)
        rows = BatteryStatusLog.objects.count()
        home.tick(12)
        battery = home.battery()
    assert BatteryStatusLog.objects.count() - rows == 12, "no poll is lost, tries alone included"
    assert (battery.fault, battery.missed_polls) == ("hears_only_broadcasts", 0)
    assert battery.mode_at is not None
    assert battery.wifi_at is not None


def test_the_card_says_so_in_both_languages() -> None:
    with virtual_home() as home:
        grow_deaf(home)
        home.tick(1)
        battery, now = home.battery(), home.now
    with translation.override("en"):
        (note,) = describe(battery, now).notes
    assert note.text == "It hears only what is sent to every battery at once."
    assert "an order would reach every battery" in note.advice
    with translation.override("fr"):
        (note,) = describe(battery, now).notes
    assert "toutes les batteries à la fois" in note.text


def test_one_that_hears_again_is_asked_alone_again() -> None:
    with virtual_home() as home:
        grow_deaf(home)
        home.devices[0].faults = Faults()
        home.tick(11)
        healed = home.battery()
    assert (healed.fault, healed.missed_polls) == ("", 0)


def test_a_lost_broadcast_or_two_do_not_change_the_way() -> None:
    with virtual_home([DeviceSpec(firmware=FIRMWARES["hmg50-156"])]) as home:
        grow_deaf_slowly(home)
        home.devices[0].lose_next(2)
        home.tick(2)
        lossy = home.battery()
        home.tick(6)
        battery = home.battery()
    assert lossy.fault == battery.fault == "hears_only_broadcasts"
    assert battery.missed_polls == 0


def grow_deaf_slowly(home: VirtualHome) -> None:
    """As `grow_deaf`, for firmware that is polled every two minutes."""
    home.tick(2)
    home.devices[0].faults = DEAF
    home.tick(30)
    assert home.battery().fault == "hears_only_broadcasts"


def test_one_that_is_switched_off_is_unreachable_after_three_polls() -> None:
    with virtual_home() as home:
        grow_deaf(home)
        home.devices[0].faults = Faults(api_off=True)
        home.tick(4)
        battery = home.battery()
    assert (battery.fault, battery.missed_polls) == ("device_unreachable", 4)


def test_firmware_that_is_known_for_it_is_tried_without_a_search() -> None:
    with virtual_home([HEARS_153]) as home:
        home.tick(28)
        battery, asked = home.battery(), Counter(home.devices[0].asked)
        assert battery.fault == "hears_only_broadcasts"
        assert battery.soc == pytest.approx(home.devices[0].soc_percent, abs=1)
        assert asked["Marstek.GetDevice"] == 1, "no search took place"


def test_firmware_that_is_known_for_it_and_hears_well_is_never_asked_with_everybody() -> None:
    with virtual_home([DeviceSpec(firmware=FIRMWARES["venus-e3-148"])]) as home:
        home.tick(2)
        home.devices[0].lose_next(2)
        home.tick(10)
        battery = home.battery()
    assert (battery.fault, battery.missed_polls) == ("", 0)


def test_a_battery_entered_by_hand_that_never_answered_is_found_out_too() -> None:
    with virtual_home() as home:
        home.devices[0].faults = DEAF
        home.tick(16)
        battery = home.battery()
    assert battery.fault == "hears_only_broadcasts"
    assert battery.soc == pytest.approx(home.devices[0].soc_percent, abs=1)


def test_a_search_that_a_person_asks_for_lets_both_ways_be_tried() -> None:
    with virtual_home() as home:
        home.tick(1)
        home.devices[0].faults = DEAF
        Battery.objects.update(missed_polls=3, fault="device_unreachable")
        job = ask_for_search(None, home.now)
        assert run_search(job, home.poller.find_devices, home.site.clock)
        assert home.battery().fault == "silent_alone"
        home.tick(4)
        assert home.battery().fault == "hears_only_broadcasts"


def test_one_that_answers_alone_once_hears_well() -> None:
    with virtual_home() as home:
        home.tick(1)
        home.devices[0].faults = DEAF
        home.tick(6)
        suspected = home.battery()
        home.devices[0].faults = Faults()
        home.tick(1)
        home.devices[0].faults = DEAF
        home.tick(1)
        battery = home.battery()
    assert (suspected.fault, suspected.missed_polls) == ("silent_alone", 0)
    assert battery.fault == "device_unreachable", "it is suspected anew, not further"


def test_a_lossy_link_is_not_taken_for_it() -> None:
    """Two silent polls and a broadcast that came through were enough once."""
    with virtual_home([DeviceSpec(firmware=FIRMWARES["venus-e3-148"], seed=5)]) as home:
        home.tick(2)
        home.devices[0].faults = Faults(lose_request_rate=0.25, lose_reply_rate=0.25)
        faults = []
        for _poll in range(8):
            home.tick(2, every=2)
            faults.append(home.battery().fault)
    assert "silent_alone" in faults
    assert "hears_only_broadcasts" not in faults
    assert "" in faults[faults.index("silent_alone") :], "one answer alone, and all is well"


@pytest.mark.parametrize("model", ["VenusE 3.0", None])
@pytest.mark.parametrize("firmware", [148, 150])
def test_loss_alone_brings_three_batteries_there_less_than_once_a_year(
    model: str | None, firmware: int
) -> None:
    profile = profile_for(model, firmware)
    assert 0 < false_alarms_a_year(profile) < 1


def false_alarms_a_year(profile: Profile) -> float:
    """Three batteries, a quarter of all datagrams lost each way. Two silent polls begin it; then
    either a poll is answered alone, or it is silent alone and answered among all, and counts."""
    lost = 1 - 0.75**2
    silent = lost ** (1 + profile.read_retries)
    counts = silent * (1 - silent)
    polls = 3 * 365.25 * 86400 / profile.poll_interval_s
    begun = polls * (1 - silent) * silent**2
    return begun * (counts / (counts + 1 - silent)) ** silences_believed(profile)


def test_on_a_shared_port_each_battery_keeps_its_own_readings_and_all_its_polls() -> None:
    specs = [DeviceSpec(soc_percent=float(soc)) for soc in (30, 60, 90)]
    with virtual_home(specs, port=30000) as home:
        home.tick(1)
        home.devices[1].faults = DEAF
        home.tick(7)
        before = dict(Counter(BatteryStatusLog.objects.values_list("battery__name", flat=True)))
        home.tick(6)
        rows = Counter(BatteryStatusLog.objects.values_list("battery__name", flat=True))
        levels = [home.battery(number).soc for number in range(3)]
    assert levels == pytest.approx([30, 60, 90], abs=1)
    assert [rows[name] - before.get(name, 0) for name in ("Garage", "Cave", "Atelier")] == [6] * 3


def test_on_a_shared_port_no_device_is_rushed() -> None:
    with virtual_home([DeviceSpec()] * 3, port=30000) as home:
        home.tick(1)
        home.devices[1].faults = DEAF
        home.tick(6)
        for device in home.devices:
            heard = [r.at for r in device.trace.requests if r.outcome != "unheard"]
            gaps = [later - earlier for earlier, later in pairwise(heard)]
            assert min(gaps) >= 2.5
