"""What each write does. A plan checks the parameters and gives the deed, or None when the device
refuses (`set_result` false); nothing is changed before the deed is called.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from batteries.simulator.modes import MANUAL, MODES, PASSIVE, UPS
from batteries.simulator.slots import SELF_CONSUMPTION, Slot, minute_of_day

if TYPE_CHECKING:
    from batteries.simulator.core import SimulatedDevice

Params = Mapping[str, Any]
Plan = Callable[[], None]
LARGEST_SET_POINT_W = 2500
LARGEST_NUMBER = 2**31
DEPTHS_PERCENT = range(30, 89)
POWER_CLASSES_W = (800, 1200, 1500, 2200, 2500)
MINI_SELF_CONSUMPTION = 3


class ParamsInvalid(Exception):
    """Answered with -32602."""


def plan_mode(device: "SimulatedDevice", params: Params) -> Plan | None:
    """ES.SetMode."""
    config = _object(params.get("config"))
    wanted = str(config.get("mode")).casefold()
    mode = next((mode for mode in MODES if mode.casefold() == wanted), None)
    if mode == MANUAL:
        return _plan_slot(device, _object(config.get("manual_cfg")))
    if mode == PASSIVE:
        return _plan_passive(device, _object(config.get("passive_cfg")))
    if mode is None:
        raise ParamsInvalid
    return _plan_switch(device, mode, config.get(f"{mode.lower()}_cfg", {"enable": 1}))


def _plan_switch(device: "SimulatedDevice", mode: str, settings: object) -> Plan | None:
    """Auto, AI, UPS. Some firmware refuses the mode that it is in already."""
    if _object(settings).get("enable", 1) != 1 or (mode == UPS and not device.firmware.has_ups):
        return None
    if device.firmware.refuses_same_mode and device.orders.shown_mode == mode:
        return None
    return partial(device.enter, mode)


def _plan_passive(device: "SimulatedDevice", settings: Params) -> Plan | None:
    power_w, seconds = _number(settings.get("power")), _number(settings.get("cd_time"))
    if device.firmware.refuses_passive or abs(power_w) > LARGEST_SET_POINT_W or seconds < 0:
        return None
    return partial(_start_passive, device, 0.0 - power_w, seconds)


def _start_passive(device: "SimulatedDevice", power_w: float, seconds: float) -> None:
    """`cd_time` counts on the device, from the moment of the write."""
    is_first = device.orders.mode != PASSIVE
    is_ignored = is_first and device.faults_now().ignore_first_passive
    device.orders.start_passive(0.0 if is_ignored else power_w, device.now + seconds)
    device.enter(PASSIVE)


def _plan_slot(device: "SimulatedDevice", settings: Params) -> Plan | None:
    """Writing a slot, also a disabled one, enters Manual."""
    number, week_set = _integer(settings.get("time_num")), _integer(settings.get("week_set"))
    power_w, enable = _slot_power(device, settings), _integer(settings.get("enable"))
    start, end = (minute_of_day(settings.get(key)) for key in ("start_time", "end_time"))
    if start is None or end is None:
        raise ParamsInvalid
    is_known = 0 <= number < device.firmware.slot_count and 0 <= week_set <= 127
    if not is_known or enable not in (0, 1) or abs(power_w) > LARGEST_SET_POINT_W:
        return None
    if end <= start:
        return _plan_midnight_slot(device, Slot(number, start, end, week_set, power_w, enable == 1))
    return partial(device.write_slot, Slot(number, start, end, week_set, power_w, enable == 1))


def _plan_midnight_slot(device: "SimulatedDevice", slot: Slot) -> Plan | None:
    """Sources disagree whether a slot may cross midnight: refused, or (by the spec) accepted and
    never in force, which is the worse of what clients fear."""
    return partial(device.write_slot, slot) if device.spec.accepts_midnight_slots else None


def _slot_power(device: "SimulatedDevice", settings: Params) -> int:
    """On the wire's sign. The mini takes a kind beside the power, and ignores the power."""
    power_w = _integer(settings.get("power"))
    if not device.firmware.ignores_slot_power:
        return power_w
    kind = _integer(settings.get("manual_set"))
    return SELF_CONSUMPTION if kind == MINI_SELF_CONSUMPTION else 0


def plan_depth(device: "SimulatedDevice", params: Params) -> Plan | None:
    """DOD.SET."""
    depth_percent = _integer(params.get("value"))
    return partial(device.set_depth, depth_percent) if depth_percent in DEPTHS_PERCENT else None


def plan_switch_of(key: str) -> Callable[["SimulatedDevice", Params], Plan | None]:
    """Led.Ctrl and Ble.Adv: nothing of it can be read back."""

    def plan(_device: "SimulatedDevice", params: Params) -> Plan | None:
        return _nothing if _integer(params.get(key)) in (0, 1) else None

    return plan


def _nothing() -> None:
    """The light and the radio are not simulated."""


def plan_power_class(device: "SimulatedDevice", params: Params) -> Plan | None:
    """Set.Ver."""
    power_w = _integer(params.get("version"))
    return partial(device.set_discharge_class, power_w) if power_w in POWER_CLASSES_W else None


def plan_reset(device: "SimulatedDevice", params: Params) -> Plan | None:
    """Reset.Factory: type 1 clears the totals, 2 keeps them."""
    kind = _integer(params.get("type"))
    return partial(_reset, device, kind == 1) if kind in (1, 2) else None


def _reset(device: "SimulatedDevice", clears_totals: bool) -> None:
    if clears_totals:
        device.clear_counters()
    device.reset_to_defaults()


def plan_wifi(device: "SimulatedDevice", params: Params) -> Plan | None:
    """Wifi.SetConfig, undocumented, HMG-50 only."""
    name = params.get("ssid")
    if not isinstance(name, str) or not name:
        raise ParamsInvalid
    return partial(device.join_wifi, name)


def _object(value: object) -> Params:
    if isinstance(value, dict):
        return value
    raise ParamsInvalid


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParamsInvalid
    if not abs(value) < LARGEST_NUMBER:  # so for NaN
        raise ParamsInvalid
    return value


def _integer(value: object) -> int:
    return int(_number(value))


WRITES: Mapping[str, Callable[["SimulatedDevice", Params], Plan | None]] = {
    "ES.SetMode": plan_mode,
    "DOD.SET": plan_depth,
    "Ble.Adv": plan_switch_of("enable"),
    "Led.Ctrl": plan_switch_of("state"),
    "Set.Ver": plan_power_class,
    "Reset.Factory": plan_reset,
    "Wifi.SetConfig": plan_wifi,
}
