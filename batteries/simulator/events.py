"""Things that happen inside a device at one moment, by its timetable or by a faults file."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from batteries.simulator.errors import FaultsWrong
from batteries.simulator.faults import is_seconds

if TYPE_CHECKING:
    from batteries.simulator.core import SimulatedDevice

Event = Callable[["SimulatedDevice", Mapping[str, Any]], None]
DEFAULT_LASTS_S = 300.0


def _lasts_s(options: Mapping[str, Any]) -> float:
    return float(options.get("for_s", DEFAULT_LASTS_S))


# name -> (what it does, the options it takes beside for_s)
EVENTS: dict[str, tuple[Event, frozenset[str]]] = {
    "reboot": (lambda device, _options: device.reboot(), frozenset()),
    "reset_to_defaults": (lambda device, _options: device.reset_to_defaults(), frozenset()),
    "drop_mode": (lambda device, _options: device.drop_mode(), frozenset()),
    "api_off": (lambda device, options: device.switch_api_off(_lasts_s(options)), frozenset()),
    "lose_meter": (lambda device, options: device.lose_meter(_lasts_s(options)), frozenset()),
    "lose_next": (
        lambda device, options: device.lose_next(int(options.get("count", 1))),
        frozenset({"count"}),
    ),
    "zero_soc": (
        lambda device, options: device.show_zero_soc(int(options.get("count", 3))),
        frozenset({"count"}),
    ),
    "set_soc": (lambda device, options: device.set_soc(options["value"]), frozenset({"value"})),
    "set_clock_offset": (
        lambda device, options: device.set_clock_offset(options["value"]),
        frozenset({"value"}),
    ),
}  # fmt: skip


def check_event(name: object, options: Mapping[str, Any]) -> None:
    """Raises FaultsWrong naming the key that is unknown, missing or wrong."""
    if not isinstance(name, str) or name not in EVENTS:
        raise FaultsWrong(f"unknown event {name!r} in 'do'; known: {', '.join(sorted(EVENTS))}")
    known = EVENTS[name][1]
    for key, value in options.items():
        if key not in known and key != "for_s":
            raise FaultsWrong(f"unknown key {key!r} beside 'do': {name!r}")
        if not is_seconds(value) and not (name == "set_clock_offset" and _is_number(value)):
            raise FaultsWrong(f"{key!r} must be a number, not {value!r}")
    if "value" in known and "value" not in options:
        raise FaultsWrong(f"'value' is missing beside 'do': {name!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
