"""How each model and firmware answers: what it lacks, how it scales, what it gets wrong.

One line per image that owners reported on; the evidence stands in protocol.md sections 1-5. Factors
turn a true value (W, Wh, degrees) into the raw number on the wire.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from batteries.simulator.errors import SettingWrong

SYSTEM_WRITES = frozenset({"DOD.SET", "Ble.Adv", "Led.Ctrl", "Set.Ver", "Reset.Factory"})
LATE_SYSTEM_WRITES = frozenset({"Set.Ver", "Reset.Factory"})
DEFAULT_FIRMWARE = "venus-e3-150"


@dataclass(frozen=True, slots=True)
class Firmware:
    """One image on one model. The defaults are those of the Venus E 3.0, 150."""

    name: str
    model: str
    version: int
    capacity_wh: float = 5120.0
    max_charge_w: float = 2500.0
    max_discharge_w: float = 2500.0
    slot_count: int = 10
    missing: frozenset[str] = frozenset({"PV.GetStatus", "Wifi.SetConfig"})  # -32601
    silent: frozenset[str] = frozenset()
    source_model: str = ""  # the model inside `src`, where it is not `model`
    # what a value looks like on the wire
    temperature_factor: float = 1.0
    remaining_factor: float = 1.0
    counter_factor: float = 1.0
    panels_counter_factor: float = 1.0
    battery_power_factor: float | None = None  # None: the key is absent
    has_voltage: bool = False
    has_meter_keys_in_mode: bool = True
    has_meter_method: bool = True  # else EM.GetStatus says only `parse_state`
    has_macs: bool = True
    has_parse_state: bool = False
    is_rssi_positive: bool = False
    is_mode_integer: bool = False
    shows_panels: bool = False  # pv_power in ES.GetStatus; elsewhere a constant 0
    # how it behaves
    accepts_string_ids: bool = False
    double_reply_rate: float = 0.0
    min_gap_s: float = 2.0
    gap_drop_rate: float = 0.7
    answers_own_port: bool = False
    mode_read_reverts: bool = False
    has_ups: bool = True
    is_ups_sticky: bool = False
    refuses_same_mode: bool = False
    refuses_passive: bool = False
    ignores_slot_power: bool = False
    freezes_counters: bool = False
    loses_meter_when_polled: bool = False

    @property
    def has_panels(self) -> bool:
        return "PV.GetStatus" not in self.missing


def _before_150(firmware: Firmware, name: str, version: int, missing: Iterable[str]) -> Firmware:
    """Builds before the stability release: double replies, and a longer rest between requests."""
    return replace(
        firmware,
        name=name,
        version=version,
        missing=firmware.missing | frozenset(missing),
        double_reply_rate=0.1,
        min_gap_s=4.0,
        refuses_same_mode=False,
    )


E3_150 = Firmware("venus-e3-150", "VenusE 3.0", 150, refuses_same_mode=True)
E3_148 = replace(
    _before_150(E3_150, "venus-e3-148", 148, LATE_SYSTEM_WRITES),
    mode_read_reverts=True,
    is_ups_sticky=True,
)
E3_144 = replace(
    _before_150(E3_150, "venus-e3-144", 144, SYSTEM_WRITES),
    mode_read_reverts=True,
    has_ups=False,
    freezes_counters=True,
    has_meter_keys_in_mode=False,
)
E3_139 = replace(
    E3_144,
    name="venus-e3-139",
    version=139,
    silent=frozenset({"ES.GetStatus"}),
    temperature_factor=10.0,
    remaining_factor=0.1,
    freezes_counters=False,
    is_mode_integer=True,
)
HMG50_156 = Firmware(
    "hmg50-156",
    "VenusE",
    156,
    missing=frozenset({"PV.GetStatus"}) | SYSTEM_WRITES,
    counter_factor=0.01,
    has_meter_keys_in_mode=False,
    has_parse_state=True,
    accepts_string_ids=True,
    has_ups=False,
    answers_own_port=True,
    loses_meter_when_polled=True,
)
HMG50_155 = replace(
    _before_150(HMG50_156, "hmg50-155", 155, ()),
    silent=frozenset({"Bat.GetStatus", "Wifi.GetStatus"}),
)
HMG50_153 = replace(
    _before_150(HMG50_156, "hmg50-153", 153, ()),
    silent=frozenset(),
    temperature_factor=10.0,
    remaining_factor=100.0,
    counter_factor=0.1,
    battery_power_factor=10.0,
    has_voltage=True,
    has_meter_method=False,
    has_macs=False,
    is_rssi_positive=True,
    is_mode_integer=True,
)
VENUS_A_149 = Firmware(
    "venus-a-149",
    "Venus A",
    149,
    capacity_wh=2080.0,
    max_charge_w=1500.0,
    max_discharge_w=1500.0,
    missing=frozenset({"Wifi.SetConfig"}),
    source_model="VenusA",
    panels_counter_factor=0.1,
    shows_panels=True,
)
VENUS_A_148 = replace(
    _before_150(VENUS_A_149, "venus-a-148", 148, LATE_SYSTEM_WRITES),
    shows_panels=False,
)
VENUS_D_150 = replace(
    VENUS_A_149,
    name="venus-d-150",
    model="VenusD",
    version=150,
    source_model="",
    capacity_wh=2560.0,
    max_charge_w=2500.0,
    max_discharge_w=2500.0,
)
VENUS_E_MINI_300 = replace(
    E3_150,
    name="venus-e-mini-300",
    model="VNSEM-0",
    version=300,
    capacity_wh=2560.0,
    max_charge_w=1000.0,
    max_discharge_w=1000.0,
    slot_count=6,
    refuses_same_mode=False,
    refuses_passive=True,
    ignores_slot_power=True,
)

FIRMWARES = {
    firmware.name: firmware
    for firmware in (
        E3_150, E3_148, E3_144, E3_139, HMG50_153, HMG50_155, HMG50_156,
        VENUS_A_149, VENUS_A_148, VENUS_D_150, VENUS_E_MINI_300,
    )
}  # fmt: skip


def firmware_named(name: str) -> Firmware:
    """Raises SettingWrong with the known names."""
    try:
        return FIRMWARES[name]
    except KeyError:
        known = ", ".join(sorted(FIRMWARES))
        raise SettingWrong(f"unknown profile {name!r}; known: {known}") from None
