"""What can be asked of a device. Powers come in as everywhere (> 0 charges) and leave with the
wire's sign (< 0 charges)."""

import json
from dataclasses import dataclass

from .errors import ArgumentInvalid
from .hardware import Family
from .profiles import Profile
from .slots import Slot, refuse_power

SET_MODE = "ES.SetMode"
SET_DEPTH = "DOD.SET"
LONGEST_PASSIVE_S = 86_400
READ_PARAMS = {
    "Marstek.GetDevice": '{"ble_mac":"0"}',
    "Wifi.GetStatus": '{"id":0}',
    "BLE.GetStatus": '{"id":0}',
    "Bat.GetStatus": '{"id":0}',
    "ES.GetStatus": '{"id":0}',
    "ES.GetMode": '{"id":0}',
    "EM.GetStatus": '{"id":0}',
    "PV.GetStatus": '{"id":0}',
}


@dataclass(frozen=True, slots=True)
class Request:
    """A method and its parameters (JSON text). Made by the constructors below, which raise
    `ArgumentInvalid` for what no device could take."""

    method: str
    params: str
    is_write: bool = False

    @classmethod
    def read(cls, method: str) -> "Request":
        """Any of the reading methods, such as "ES.GetStatus"."""
        if method not in READ_PARAMS:
            raise ArgumentInvalid(f"There is no reading method {method!r}.")
        return cls(method, READ_PARAMS[method])

    @classmethod
    def set_auto(cls) -> "Request":
        """Self-consumption by the house meter."""
        return _set_mode("Auto", "auto_cfg", {"enable": 1})

    @classmethod
    def set_ai(cls) -> "Request":
        """The vendor's own optimisation."""
        return _set_mode("AI", "ai_cfg", {"enable": 1})

    @classmethod
    def set_ups(cls) -> "Request":
        """Charge at full power and stay full."""
        return _set_mode("UPS", "ups_cfg", {"enable": 1})

    @classmethod
    def set_passive(cls, power_w: int, duration_s: int) -> "Request":
        """Hold a power (> 0 charges, 0 stands still) for 1 s to a day; then the device stays at
        0 W until another mode is written."""
        refuse_power(power_w)
        if isinstance(duration_s, bool) or not 1 <= duration_s <= LONGEST_PASSIVE_S:
            raise ArgumentInvalid("Passive lasts from 1 s to a day.")
        return _set_mode("Passive", "passive_cfg", {"power": -power_w, "cd_time": int(duration_s)})

    @classmethod
    def set_manual(cls, slot: Slot, profile: Profile) -> "Request":
        """Write one slot; also enters Manual. The profile says how many slots there are."""
        if slot.number >= profile.slots:
            raise ArgumentInvalid(f"This device has slots 0 to {profile.slots - 1}.")
        is_mini = profile.family is Family.VENUS_E_MINI
        return _set_mode("Manual", "manual_cfg", slot.wire_config(with_action=is_mini))

    @classmethod
    def set_depth_of_discharge(cls, percent: int) -> "Request":
        """Discharge stops at 100 - `percent`; 30 to 88."""
        if isinstance(percent, bool) or not 30 <= percent <= 88:
            raise ArgumentInvalid("The depth of discharge is from 30 to 88 %.")
        return cls(SET_DEPTH, _text({"value": percent}), is_write=True)


def _set_mode(mode: str, config_name: str, config: dict[str, object]) -> Request:
    params = {"id": 0, "config": {"mode": mode, config_name: config}}
    return Request(SET_MODE, _text(params), is_write=True)


def _text(params: dict[str, object]) -> str:
    return json.dumps(params, separators=(",", ":"))
