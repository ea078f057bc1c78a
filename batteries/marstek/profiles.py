"""What each model and firmware needs: one table, protocol.md sections 2.9, 4 and 5.

Faults are stable codes, translated elsewhere. What is not known gets the careful value: slow
pace, no retry, the longest wait before a mode is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache

from .errors import ArgumentInvalid
from .hardware import Family, family_of, generation_of
from .values import Mode


class Fault(StrEnum):
    """Known trouble of a firmware. Stable codes: never rename one."""

    MODEL_UNKNOWN = "model_unknown"
    FIRMWARE_UNKNOWN = "firmware_unknown"
    API_RESETS = "api_resets"  # switches its API off and loses settings; the Bat read provokes it
    METER_THEFT = "meter_theft"  # polling takes the CT's channel: self-consumption stops
    STATUS_SILENT = "status_silent"  # ES.GetStatus is not answered
    COUNTERS_FROZEN = "counters_frozen"
    DOUBLE_REPLIES = "double_replies"
    LOSSY = "lossy"  # a quarter to a third of first tries stay without answer
    MODE_READ_REVERTS = "mode_read_reverts"  # reading the mode after a write returns to Auto
    UPS_STICKS = "ups_sticks"  # says UPS after Manual was chosen
    PV_POWER_ZERO = "pv_power_zero"  # solar is 0 in ES.GetStatus whatever the sun does
    PASSIVE_IGNORED = "passive_ignored"
    PASSIVE_REFUSED = "passive_refused"
    PASSIVE_LOST = "passive_lost"  # leaves Passive by itself
    POWER_IGNORED = "power_ignored"  # slots are accepted, their power is not
    BROADCAST_ONLY = "broadcast_only"  # some units answer broadcasts only
    MAC_MISSING = "mac_missing"  # GetDevice may leave the MACs out


@dataclass(frozen=True, slots=True)
class Scales:
    """Raw value x factor = value in the unit of the typed field; named as the keys on the wire."""

    bat_temp: float = 1.0
    bat_capacity: float = 1.0
    bat_power: float = 1.0
    bat_voltage: float = 0.01
    bat_current: float = 0.01
    total_grid_energy: float = 1.0  # total_grid_input_energy and total_grid_output_energy
    total_pv_energy: float = 1.0
    pv1_power: float = 1.0
    meter_energy: float = 0.1  # input_energy and output_energy


@dataclass(frozen=True, slots=True)
class Profile:
    """How to talk to one device, and what to expect of it."""

    family: Family
    generation: float | None
    scales: Scales
    quiet_gap_s: float
    poll_interval_s: float
    read_retries: int
    write_retries: int
    mode_read_quiet_s: float
    methods: frozenset[str]
    harmful_methods: frozenset[str]  # exist, but must not be polled on this firmware
    modes: frozenset[Mode]
    slots: int
    has_pv: bool | None  # None: unknown hardware
    max_charge_w: int  # the most that any class of this model does, not what the owner allows
    max_discharge_w: int
    faults: tuple[Fault, ...]
    recommended_firmware: int | None
    read_timeout_s: float = 2.5
    write_timeout_s: float = 5.0

    @property
    def is_recommended(self) -> bool | None:
        """Whether the firmware is new enough; None where either number is unknown."""
        if self.recommended_firmware is None or self.generation is None:
            return None
        return self.generation >= self.recommended_firmware

    @property
    def is_careful(self) -> bool:
        """True where this is a guess on the safe side."""
        return Fault.MODEL_UNKNOWN in self.faults or Fault.FIRMWARE_UNKNOWN in self.faults

    def may_poll(self, method: str) -> bool:
        """Whether the method exists here and does no harm when read again and again."""
        return method in self.methods and method not in self.harmful_methods


def profile_for(
    model: str | None, firmware: int | None, overrides: Mapping[str, float] | None = None
) -> Profile:
    """The profile of a model name and `ver`, with the owner's overrides of scales and timings.

    Raises `ArgumentInvalid` for an override that is unknown or out of range.
    """
    family = family_of(model)
    profile = _profile(family, generation_of(family, firmware))
    return _overridden(profile, overrides) if overrides else profile


BASE_METHODS = frozenset(
    {
        "Marstek.GetDevice",
        "Wifi.GetStatus",
        "BLE.GetStatus",
        "Bat.GetStatus",
        "ES.GetStatus",
        "ES.GetMode",
        "ES.SetMode",
    }
)
SOLAR = (Family.VENUS_A, Family.VENUS_D)
NEWEST = 9999.0  # scales of an unknown firmware are those of the newest known one
SAFE_FROM = {
    Family.VENUS_E3: 150,
    Family.VENUS_A: 150,
    Family.VENUS_D: 150,
    Family.VENUS_E_PRO: 150,
    Family.HMG50: 156,
}
DOD_FROM = {
    Family.VENUS_E3: 147.0,
    Family.VENUS_A: 148.0,
    Family.VENUS_D: 149.0,
    Family.VENUS_E_PRO: 150.0,
    Family.VENUS_E_MINI: 0.0,
}
LED_FROM = DOD_FROM | {Family.VENUS_E3: 147.6}
UPS_FROM = {
    Family.VENUS_E3: 147.0,
    Family.VENUS_A: 148.0,
    Family.VENUS_D: 149.0,
    Family.VENUS_E_PRO: 150.0,
}
HARDLY_EVER_RIGHT = 0.001  # smallest sensible scale factor
TIMING_RANGES = {
    "quiet_gap_s": (1.0, 60.0),
    "poll_interval_s": (30.0, 3600.0),
    "mode_read_quiet_s": (10.0, 600.0),
    "read_timeout_s": (1.0, 30.0),
    "write_timeout_s": (1.0, 30.0),
}


@lru_cache(maxsize=256)
def _profile(family: Family, generation: float | None) -> Profile:
    """`generation` None is unknown and means: careful."""
    is_safe = generation is not None and generation >= SAFE_FROM.get(family, NEWEST)
    is_brisk = is_safe and family is not Family.HMG50  # retransmits harm the HMG-50 at any age
    charge_w, discharge_w = _power_limits_w(family, generation)
    return Profile(
        family=family,
        generation=generation,
        scales=_scales(family, NEWEST if generation is None else generation),
        quiet_gap_s=2.5 if is_safe else 5.0,
        poll_interval_s=60.0 if is_brisk else 120.0,
        read_retries=2 if is_brisk else 0,
        write_retries=2 if is_brisk else 0,
        mode_read_quiet_s=15.0 if is_safe else 120.0,
        methods=_methods(family, generation),
        harmful_methods=frozenset() if is_safe else frozenset({"Bat.GetStatus"}),
        modes=_modes(family, generation),
        slots=6 if family is Family.VENUS_E_MINI else 10,
        has_pv=None if family is Family.UNKNOWN else family in SOLAR,
        max_charge_w=charge_w,
        max_discharge_w=discharge_w,
        faults=_faults(family, generation),
        recommended_firmware=SAFE_FROM.get(family),
    )


def _scales(family: Family, generation: float) -> Scales:
    if family is Family.HMG50:
        is_first = generation < 154
        return Scales(
            bat_capacity=0.01 if is_first else 1.0,
            bat_power=0.1 if generation < 155 else 1.0,
            total_grid_energy=10.0 if is_first else 100.0,
        )
    if family is Family.VENUS_E3:
        return Scales(
            bat_temp=0.1 if 139 <= generation < 143 else 1.0,
            bat_capacity=10.0 if 139 <= generation < 140 else 1.0,
        )
    if family in SOLAR:
        counts_tens = generation >= (148.7 if family is Family.VENUS_A else 149)
        return Scales(total_pv_energy=10.0 if counts_tens else 1.0, pv1_power=0.1)
    return Scales()


def _methods(family: Family, generation: float | None) -> frozenset[str]:
    age = 0.0 if generation is None else generation
    methods = set(BASE_METHODS)
    if family is not Family.HMG50 or age >= 155 or generation is None:
        methods.add("EM.GetStatus")
    if family in SOLAR or family is Family.UNKNOWN:
        methods.add("PV.GetStatus")
    if age >= DOD_FROM.get(family, NEWEST):
        methods.add("DOD.SET")
    if age >= LED_FROM.get(family, NEWEST):
        methods.update(("Ble.Adv", "Led.Ctrl"))
    return frozenset(methods)


def _modes(family: Family, generation: float | None) -> frozenset[Mode]:
    modes = {Mode.AUTO, Mode.AI, Mode.MANUAL}
    if family is not Family.VENUS_E_MINI:
        modes.add(Mode.PASSIVE)
    if (generation or 0.0) >= UPS_FROM.get(family, NEWEST):
        modes.add(Mode.UPS)
    return frozenset(modes)


def _power_limits_w(family: Family, generation: float | None) -> tuple[int, int]:
    """Charge and discharge [W]; 2500 where unknown: firmware takes no more."""
    age = NEWEST if generation is None else generation
    if family is Family.VENUS_A:
        return (1500, 1500) if age >= 148 else (1200, 1200)
    if family is Family.VENUS_D:
        return (2500, 2500) if age >= 149 else (2200, 2200)
    return 2500, 2500


# Family, from generation, below generation, fault.
FAULTS = (
    (Family.HMG50, 0, NEWEST, Fault.METER_THEFT),
    (Family.HMG50, 0, 154, Fault.MAC_MISSING),
    (Family.HMG50, 0, 154, Fault.BROADCAST_ONLY),
    (Family.HMG50, 0, 156, Fault.API_RESETS),
    (Family.HMG50, 0, 156, Fault.DOUBLE_REPLIES),
    (Family.VENUS_E3, 0, 144, Fault.STATUS_SILENT),
    (Family.VENUS_E3, 0, 144, Fault.PASSIVE_IGNORED),
    (Family.VENUS_E3, 144, 148, Fault.COUNTERS_FROZEN),
    (Family.VENUS_E3, 147, 150, Fault.UPS_STICKS),
    (Family.VENUS_E3, 148, 149, Fault.MODE_READ_REVERTS),
    (Family.VENUS_E3, 148, 149, Fault.PASSIVE_LOST),
    (Family.VENUS_E3, 148, 149, Fault.BROADCAST_ONLY),
    (Family.VENUS_E3, 150, 152, Fault.LOSSY),
    (Family.VENUS_A, 0, 147, Fault.PASSIVE_IGNORED),
    (Family.VENUS_A, 0, 148.7, Fault.PV_POWER_ZERO),
    (Family.VENUS_D, 0, 149, Fault.PV_POWER_ZERO),
    (Family.VENUS_E_MINI, 0, NEWEST, Fault.PASSIVE_REFUSED),
    (Family.VENUS_E_MINI, 0, NEWEST, Fault.POWER_IGNORED),
)
RESET_PRONE = (Family.VENUS_E3, Family.VENUS_A, Family.VENUS_D)


def _faults(family: Family, generation: float | None) -> tuple[Fault, ...]:
    if family is Family.UNKNOWN:
        return (Fault.MODEL_UNKNOWN,)
    if generation is None:
        return (Fault.FIRMWARE_UNKNOWN, *_faults_of_any_age(family))
    known = [
        fault
        for its_family, first, below, fault in FAULTS
        if its_family is family and first <= generation < below
    ]
    if family in RESET_PRONE and generation < 150:
        known += [Fault.API_RESETS, Fault.DOUBLE_REPLIES]
    return tuple(known)


def _faults_of_any_age(family: Family) -> tuple[Fault, ...]:
    """Faults of every firmware of a family, and the one that a wrong zero would come from."""
    return tuple(
        fault
        for its_family, first, below, fault in FAULTS
        if its_family is family
        and ((first == 0 and below == NEWEST) or fault is Fault.PV_POWER_ZERO)
    )


def _overridden(profile: Profile, overrides: Mapping[str, float]) -> Profile:
    scale_names = {field.name for field in fields(Scales)}
    for name, value in overrides.items():
        _refuse_bad_override(name, value, scale_names)
    timings = {name: float(value) for name, value in overrides.items() if name in TIMING_RANGES}
    scales = {name: float(value) for name, value in overrides.items() if name in scale_names}
    changed = replace(profile.scales, **scales)
    return replace(profile, scales=changed, **timings)  # type: ignore[arg-type]


def _refuse_bad_override(name: str, value: object, scale_names: set[str]) -> None:
    low, high = TIMING_RANGES.get(name, (HARDLY_EVER_RIGHT, 1000.0))
    if name not in TIMING_RANGES and name not in scale_names:
        known = ", ".join(sorted(scale_names | set(TIMING_RANGES)))
        raise ArgumentInvalid(f"There is no override {name!r}; there are {known}.")
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ArgumentInvalid(f"Override {name} must be a number from {low:g} to {high:g}.")
