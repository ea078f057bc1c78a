"""One table: model x firmware."""

import pytest

from batteries.marstek.errors import ArgumentInvalid
from batteries.marstek.hardware import Family, family_of, generation_of
from batteries.marstek.profiles import Fault, Profile, profile_for
from batteries.marstek.values import Mode


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("VenusE", Family.HMG50),
        ("VenusC", Family.HMG50),
        ("Venus", Family.HMG50),
        ("HMG-50", Family.HMG50),
        ("HMG-25", Family.HMG50),
        ("VenusE 3.0", Family.VENUS_E3),
        ("VNSE3-0", Family.VENUS_E3),
        ("Venus A", Family.VENUS_A),
        ("VenusA 3.0", Family.VENUS_A),
        ("VNSA-0", Family.VENUS_A),
        ("Venus D", Family.VENUS_D),
        ("VenusD", Family.VENUS_D),
        ("VNSD-0", Family.VENUS_D),
        ("VenusE Pro", Family.VENUS_E_PRO),
        ("VEPRO-0", Family.VENUS_E_PRO),
        ("VNSEM-0", Family.VENUS_E_MINI),
        ("Venus E mini", Family.VENUS_E_MINI),
        ("venus_e_3.0", Family.VENUS_E3),
        ("VenusE 4.0", Family.UNKNOWN),
        ("B2500", Family.UNKNOWN),
        ("", Family.UNKNOWN),
        (None, Family.UNKNOWN),
    ],
)
def test_families_by_name(model: str | None, family: Family) -> None:
    assert family_of(model) is family


@pytest.mark.parametrize(
    ("firmware", "generation"),
    [
        (148, 148.0),
        (1476, 147.6),
        (1487, 148.7),
        (1508, 150.8),
        (242, None),
        (7, None),
        (None, None),
    ],
)
def test_four_digits_are_three_and_a_decimal(
    firmware: int | None, generation: float | None
) -> None:
    assert generation_of(Family.VENUS_E3, firmware) == generation


def test_the_mini_counts_in_three_hundreds() -> None:
    assert generation_of(Family.VENUS_E_MINI, 300) == 300.0


SAFE = [("VenusE 3.0", 150), ("VenusA", 150), ("VenusD", 1508), ("VenusE Pro", 1508)]
UNSAFE = [
    ("VenusE 3.0", 149),
    ("VenusE 3.0", 1476),
    ("VenusA", 1492),
    ("VenusE", 155),
    ("VNSEM-0", 300),
    ("VenusE 3.0", 242),
    ("VenusE 3.0", None),
    ("Venus X", 150),
    (None, None),
]


@pytest.mark.parametrize(("model", "firmware"), SAFE)
def test_stability_builds_are_asked_briskly(model: str, firmware: int) -> None:
    profile = profile_for(model, firmware)
    assert (profile.quiet_gap_s, profile.poll_interval_s) == (2.5, 60)
    assert (profile.read_retries, profile.write_retries) == (2, 2)
    assert profile.mode_read_quiet_s == 15
    assert profile.may_poll("Bat.GetStatus")


@pytest.mark.parametrize(("model", "firmware"), UNSAFE)
def test_all_others_are_asked_carefully(model: str | None, firmware: int | None) -> None:
    profile = profile_for(model, firmware)
    assert (profile.quiet_gap_s, profile.poll_interval_s) == (5.0, 120)
    assert (profile.read_retries, profile.write_retries) == (0, 0)
    assert profile.mode_read_quiet_s == 120
    assert not profile.may_poll("Bat.GetStatus")


def test_an_hmg50_is_polled_rarely_without_retransmits_at_any_age() -> None:
    profile = profile_for("VenusE", 156)
    assert (profile.quiet_gap_s, profile.mode_read_quiet_s) == (2.5, 15)
    assert (profile.poll_interval_s, profile.read_retries, profile.write_retries) == (120, 0, 0)
    assert Fault.METER_THEFT in profile.faults


@pytest.mark.parametrize(
    ("model", "firmware", "faults"),
    [
        ("VenusE 3.0", 150, (Fault.LOSSY,)),
        ("VenusE 3.0", 144, (Fault.COUNTERS_FROZEN, Fault.API_RESETS, Fault.DOUBLE_REPLIES)),
        ("VenusA", 150, ()),
        ("VenusE", 158, (Fault.METER_THEFT,)),
        ("VNSEM-0", 300, (Fault.PASSIVE_REFUSED, Fault.POWER_IGNORED)),
        ("Venus X", 150, (Fault.MODEL_UNKNOWN,)),
        ("VenusE 3.0", None, (Fault.FIRMWARE_UNKNOWN,)),
        ("VenusE", None, (Fault.FIRMWARE_UNKNOWN, Fault.METER_THEFT)),
        ("VenusA", None, (Fault.FIRMWARE_UNKNOWN, Fault.PV_POWER_ZERO)),
    ],
)
def test_faults_are_codes(model: str, firmware: int | None, faults: tuple[Fault, ...]) -> None:
    assert profile_for(model, firmware).faults == faults


def test_faults_of_148() -> None:
    assert {Fault.MODE_READ_REVERTS, Fault.UPS_STICKS, Fault.PASSIVE_LOST} <= set(
        profile_for("VenusE 3.0", 148).faults
    )


@pytest.mark.parametrize(
    ("model", "firmware", "has", "has_not"),
    [
        ("VenusE", 153, {"ES.GetStatus"}, {"EM.GetStatus", "PV.GetStatus", "DOD.SET"}),
        ("VenusE", 156, {"EM.GetStatus"}, {"PV.GetStatus", "DOD.SET", "Led.Ctrl"}),
        ("VenusE 3.0", 144, {"EM.GetStatus"}, {"PV.GetStatus", "DOD.SET"}),
        ("VenusE 3.0", 147, {"DOD.SET"}, {"Led.Ctrl", "PV.GetStatus"}),
        ("VenusE 3.0", 1476, {"DOD.SET", "Led.Ctrl", "Ble.Adv"}, {"PV.GetStatus"}),
        ("VenusA", 147, {"PV.GetStatus"}, {"DOD.SET"}),
        ("VenusD", 149, {"PV.GetStatus", "DOD.SET"}, set()),
        ("VNSEM-0", 300, {"DOD.SET"}, {"PV.GetStatus"}),
        (None, None, {"ES.GetStatus", "EM.GetStatus", "PV.GetStatus"}, {"DOD.SET"}),
    ],
)
def test_methods(model: str | None, firmware: int | None, has: set[str], has_not: set[str]) -> None:
    methods = profile_for(model, firmware).methods
    assert has <= methods
    assert methods.isdisjoint(has_not)


@pytest.mark.parametrize(
    ("model", "firmware", "missing"),
    [
        ("VenusE 3.0", 150, set()),
        ("VenusE 3.0", 144, {Mode.UPS}),
        ("VenusE", 156, {Mode.UPS}),
        ("VenusD", 147, {Mode.UPS}),
        ("VNSEM-0", 300, {Mode.UPS, Mode.PASSIVE}),
    ],
)
def test_modes(model: str, firmware: int, missing: set[Mode]) -> None:
    assert set(Mode) - profile_for(model, firmware).modes == missing


def test_powers_slots_and_sun() -> None:
    limits = {
        name: (profile.max_charge_w, profile.max_discharge_w, profile.slots, profile.has_pv)
        for name, profile in {
            "E": profile_for("VenusE 3.0", 150),
            "A 147": profile_for("VenusA", 147),
            "A 148": profile_for("VenusA", 148),
            "D 147": profile_for("VenusD", 147),
            "mini": profile_for("VNSEM-0", 300),
            "?": profile_for(None, None),
        }.items()
    }
    assert limits == {
        "E": (2500, 2500, 10, False),
        "A 147": (1200, 1200, 10, True),
        "A 148": (1500, 1500, 10, True),
        "D 147": (2200, 2200, 10, True),
        "mini": (2500, 2500, 6, False),
        "?": (2500, 2500, 10, None),
    }


def test_recommended_firmware() -> None:
    assert [
        profile_for(model, firmware).is_recommended
        for model, firmware in [
            ("VenusE 3.0", 150),
            ("VenusE 3.0", 1492),
            ("VenusE", 155),
            ("VenusE", 156),
            ("VenusE", None),
            ("VNSEM-0", 300),
        ]
    ] == [True, False, False, True, None, None]


def test_overrides_change_scales_and_timings() -> None:
    profile = profile_for("VenusE", 156, {"bat_temp": 10, "quiet_gap_s": 4, "bat_capacity": 0.1})
    assert (profile.scales.bat_temp, profile.scales.bat_capacity) == (10.0, 0.1)
    assert profile.quiet_gap_s == 4.0
    assert profile_for("VenusE", 156).scales.bat_temp == 1.0


def test_no_overrides_are_the_same_profile() -> None:
    assert profile_for("VenusE", 156, {}) is profile_for("VenusC", 156)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bat_tmp", 0.1),
        ("bat_temp", 0),
        ("bat_temp", -1),
        ("bat_temp", float("nan")),
        ("bat_temp", True),
        ("bat_temp", "0.1"),
        ("quiet_gap_s", 0.1),
        ("poll_interval_s", 5),
        ("read_retries", 5),
    ],
)
def test_a_wrong_override_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ArgumentInvalid, match=name):
        profile_for("VenusE", 156, {name: value})  # type: ignore[dict-item]


def test_every_known_firmware_gives_a_whole_profile() -> None:
    models = ["VenusE", "VenusE 3.0", "VenusA", "VenusD", "VenusE Pro", "VNSEM-0", "X"]
    versions = [*range(130, 165), *range(1470, 1585), 242, 300, None]
    for model in models:
        for version in versions:
            profile = profile_for(model, version)
            assert isinstance(profile, Profile)
            assert profile.is_careful == (
                Fault.MODEL_UNKNOWN in profile.faults or Fault.FIRMWARE_UNKNOWN in profile.faults
            )
