"""What cards and the fleet say: pure functions over rows that need no database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override

from batteries import wording
from batteries.fleet import describe_fleet
from batteries.marstek.errors import MarstekError
from batteries.models import Battery, Pace, Polling
from batteries.presentation import describe, is_silent, shown_power_w
from batteries.readings import fault_code
from batteries.remedies import REMEDIES, remedy_for
from marstek_site.templatetags.reading import age_text
from tests.rows import NOON


@pytest.fixture(autouse=True)
def english() -> Any:
    with override("en"):
        yield


def row(**values: Any) -> Battery:
    """A row that is not saved: asked and heard 20 s ago."""
    read_at = NOON - timedelta(seconds=values.pop("age_s", 20))
    moments = dict.fromkeys(
        ("last_seen_at", "status_at", "soc_at", "polled_at", "meter_at"), read_at
    )
    basis = {"pk": 1, "name": "Garage", "ip_address": "192.168.1.100", "model": "VenusE 3.0"}
    return Battery(**(moments | basis | {"firmware": 150, "rated_capacity": 5120} | values))


@pytest.mark.parametrize(
    ("power_w", "words"),
    [
        (590, "Charges at 590\u00a0W"),
        (-420, "Feeds the house with 420\u00a0W"),
        (0, "Stands still"),
        (-19, "Stands still"),
        (2500, "Charges at 2,500\u00a0W"),
        (None, "Power not known yet"),
    ],
)
def test_power_has_its_direction_in_words(power_w: int | None, words: str) -> None:
    assert wording.battery_power(power_w) == words


def test_power_in_french_has_french_numbers() -> None:
    with override("fr"):
        assert wording.battery_power(2500) == "Se charge à 2\u00a0500\u00a0W"


@pytest.mark.parametrize(
    ("grid_w", "words"),
    [
        (300, "The house draws 300\u00a0W from the grid"),
        (-300, "The house gives 300\u00a0W to the grid"),
        (5, "The house takes nothing from the grid"),
    ],
)
def test_house_meter_has_its_direction_in_words(grid_w: int, words: str) -> None:
    assert wording.house_power(grid_w) == words


def test_what_feeds_the_house_leaves_the_backup_socket_out() -> None:
    assert shown_power_w(row(bat_power=-500, ongrid_power=420, offgrid_power=80)) == -420


def test_a_battery_that_only_supplies_its_socket_still_discharges() -> None:
    assert shown_power_w(row(bat_power=-80, ongrid_power=0, offgrid_power=80)) == -80


def test_power_without_battery_reading_comes_from_the_ac_side() -> None:
    assert shown_power_w(row(bat_power=None, ongrid_power=-497)) == 497


@pytest.mark.parametrize(
    ("age_s", "firmware", "pace", "is_stale"),
    [
        (149, 150, Pace.NORMAL, False),
        (151, 150, Pace.NORMAL, True),
        (151, 144, Pace.NORMAL, False),
        (299, 144, Pace.NORMAL, False),
        (301, 144, Pace.NORMAL, True),
        (299, 150, Pace.HALVED, False),
        (301, 150, Pace.HALVED, True),
        (1499, 150, Pace.SPARSE, False),
    ],
)
def test_a_reading_is_stale_after_two_polls_and_a_half(
    age_s: int, firmware: int, pace: Pace, is_stale: bool
) -> None:
    card = describe(row(age_s=age_s, firmware=firmware, pace=pace, soc=50), NOON)
    assert (card.power.is_stale, card.charge.is_stale) == (is_stale, is_stale)


def test_a_rare_reading_stays_live_for_its_own_period() -> None:
    card = describe(row(bat_temp=20.0, bat_at=NOON - timedelta(minutes=24)), NOON)
    temperature = next(fact for fact in card.facts if fact.label == "Temperature")
    assert not temperature.reading.is_stale


def test_what_a_battery_cannot_say_is_not_shown() -> None:
    card = describe(row(missing_methods=["Wifi.GetStatus"]), NOON)
    assert [fact.label for fact in card.facts] == ["Mode", "Temperature"]


def test_orders_only_is_never_called_silent() -> None:
    assert not is_silent(row(polling=Polling.ORDERS_ONLY, age_s=9999), NOON)


def test_outlook_estimates_the_time_to_full() -> None:
    assert describe(row(soc=62, bat_power=590), NOON).outlook == "full in about 3\u00a0h\u00a020"


def test_outlook_of_a_discharge_ends_at_the_floor() -> None:
    card = describe(row(soc=32, bat_power=-512, ongrid_power=512), NOON)
    assert card.outlook == "lasts about 2\u00a0h like this"


def test_no_outlook_from_a_trickle() -> None:
    assert describe(row(soc=62, bat_power=60), NOON).outlook == ""


def test_energy_names_stored_and_usable() -> None:
    card = describe(row(soc=62, soc_floor=12), NOON)
    assert card.energy == "3.2\u00a0kWh, of which 2.6\u00a0kWh above 12\u00a0%"


def test_doubts_and_pace_become_notes() -> None:
    card = describe(row(doubts=["soc_zero"], pace=Pace.HALVED, pace_reason="meter_lost"), NOON)
    assert [note.text for note in card.notes] == [
        "A state of charge of 0\u00a0% is held back until confirmed.",
        "It is asked half as often as usual: it lost its house meter while it was asked. "
        "It speeds up again by itself.",
    ]


def test_every_error_of_the_gateway_has_a_remedy() -> None:
    """A new error of the tree that reaches a page needs words."""

    def leaves(kind: type[MarstekError]) -> set[type[MarstekError]]:
        return {kind}.union(*(leaves(sub) for sub in kind.__subclasses__()))

    hidden = {"marstek_error", "argument_invalid", "datagram_malformed"}
    hidden.add("mode_read_too_soon")  # no fault of a battery: the poll leaves it out
    codes = {fault_code(kind.__new__(kind)) for kind in leaves(MarstekError)} - hidden
    assert codes - set(REMEDIES) == set()


def test_an_unknown_fault_points_to_the_log() -> None:
    assert remedy_for(row(fault="quite_new")).cause == "something unexpected happened"


def test_remedy_names_address_and_port() -> None:
    remedy = remedy_for(row(fault="device_unreachable", udp_port=30003))
    assert remedy.cause == "nothing answers at 192.168.1.100, port 30003"


def test_fleet_totals_leave_silent_batteries_out() -> None:
    live = row(soc=50, bat_power=600)
    gone = row(pk=2, name="Cave", soc=50, bat_power=600, age_s=720)
    gone.polled_at = NOON
    totals = describe_fleet([live, gone], NOON).totals
    assert (totals.stored, totals.usable) == ("2.6\u00a0kWh", "1.9\u00a0kWh")
    assert totals.power == "Together they charge at 600\u00a0W"
    assert (totals.answering, totals.left_out) == ("1 of 2", "Cave")


def test_fleet_power_is_the_sum_with_signs() -> None:
    charges = row(bat_power=590)
    feeds = row(pk=2, bat_power=-1000, ongrid_power=990)
    totals = describe_fleet([charges, feeds], NOON).totals
    assert totals.power == "Together they feed the house with 400\u00a0W"


def test_house_is_the_freshest_connected_meter_never_a_sum() -> None:
    older = row(grid_power=900, ct_connected=True)
    fresh = row(pk=2, grid_power=-250, ct_connected=True)
    fresh.meter_at = NOON
    unplugged = row(pk=3, grid_power=50, ct_connected=False)
    unplugged.meter_at = NOON
    house = describe_fleet([older, fresh, unplugged], NOON).totals.house
    assert house is not None
    assert house.text == "The house gives 250\u00a0W to the grid"


def test_status_all_answer() -> None:
    batteries = [row(), row(pk=2), row(pk=3)]
    assert describe_fleet(batteries, NOON).status.text == "All 3 batteries answer."


def test_status_names_who_is_silent_since_when_and_why() -> None:
    gone = row(name="Cave", age_s=720, fault="device_unreachable")
    gone.polled_at = NOON
    status = describe_fleet([row(), gone], NOON).status
    assert status.is_trouble
    assert status.text == (
        "Cave has been silent since 11:48: nothing answers at 192.168.1.100, port 30000."
    )


def test_status_counts_several_silent_ones() -> None:
    gone = [row(pk=n, name=f"Cave {n}", age_s=720, fault="device_unreachable") for n in (2, 3)]
    for battery in gone:
        battery.polled_at = NOON
    text = describe_fleet([row(), *gone], NOON).status.text
    assert text == "2 of 3 batteries are silent: Cave 2, Cave 3."


def test_status_says_when_nobody_asks() -> None:
    status = describe_fleet([row(age_s=3600), row(pk=2, age_s=3700)], NOON).status
    assert status.text == "Nothing has asked the batteries since 11:00."
    assert status.is_trouble
    assert status.advice


def test_status_waits_for_a_new_battery() -> None:
    new = Battery(pk=2, name="Neuve", ip_address="192.168.1.9")
    status = describe_fleet([row(), new], NOON).status
    assert (status.text, status.is_trouble) == ("Waiting for the first answer of Neuve.", False)


def test_digest_depends_on_what_is_shown_not_on_the_time() -> None:
    batteries = [row(soc=50), row(pk=2, soc=60)]
    first, later = (describe_fleet(batteries, NOON + timedelta(seconds=s)) for s in (0, 30))
    batteries[0].soc = 51
    assert first.digest == later.digest
    assert describe_fleet(batteries, NOON).digest != first.digest


def test_digest_changes_when_a_reading_turns_stale() -> None:
    batteries = [row(soc=50)]
    now, later = (describe_fleet(batteries, NOON + timedelta(seconds=s)) for s in (0, 200))
    assert now.digest != later.digest


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-30, "just now"),
        (4.9, "just now"),
        (5, "5 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86399, "23 h ago"),
        (86400, "1 d ago"),
        (40 * 86400, "40 d ago"),
    ],
)
def test_ages_in_words(seconds: float, words: str) -> None:
    assert age_text(seconds) == words


@pytest.mark.parametrize(
    ("version", "words"), [(None, ""), (150, "150"), (1476, "147.6"), (1573, "157.3"), (242, "242")]
)
def test_firmware_as_the_vendor_writes_it(version: int | None, words: str) -> None:
    assert wording.firmware(version) == words


def test_old_firmware_is_told_what_to_update_to() -> None:
    details = dict(describe(row(firmware=148), NOON).details)
    assert details["Firmware"] == "148: known to lose its connection, update to 150 or newer"


def test_a_figure_is_rounded_not_cut() -> None:
    assert wording.with_unit(21.58, "°C", 1) == "21.6\u00a0°C"
    assert wording.with_unit(-0.04, "°C", 1) == "0.0\u00a0°C"
    assert wording.with_unit(-58, "dBm") == "\u221258\u00a0dBm"


def test_a_moment_of_another_day_carries_its_day() -> None:
    assert wording.moment(NOON - timedelta(minutes=12), NOON) == "11:48"
    assert wording.moment(NOON - timedelta(days=1), NOON) == "22 November, 12:00"
