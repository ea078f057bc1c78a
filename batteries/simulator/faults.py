"""What goes wrong between a device and whoever asks it: rates and switches, all off by default.

Rates are 0..1 per datagram. Things that happen inside the device at one moment (a reboot, a lost
meter) are events: see `events.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from batteries.simulator.errors import FaultsWrong

Seconds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Faults:
    """One device's troubles. Names are the keys of a faults file."""

    lose_request_rate: float = 0.0
    lose_reply_rate: float = 0.0
    duplicate_rate: float = 0.0
    wrong_id_rate: float = 0.0
    null_rate: float = 0.0  # every value null
    parse_error_rate: float = 0.0  # -32700, id 0, data 402 or 403
    garbage_rate: float = 0.0
    oversize_rate: float = 0.0
    truncate_rate: float = 0.0
    foreign_address_rate: float = 0.0  # answered from another address
    late_rate: float = 0.0
    late_s: Seconds = (3.0, 8.0)
    latency_s: Seconds | None = None  # instead of the device's own
    refuse_write_rate: float = 0.0  # set_result false, nothing done
    ignore_write_rate: float = 0.0  # set_result true, nothing done
    refuse_first_write: bool = False  # each write after a minute without one
    ignore_first_passive: bool = False  # Passive is entered at 0 W, only its repetition acts
    mode_drop_after_s: Seconds | None = None  # some time after a mode was written: Auto, silently
    zero_soc_rate: float = 0.0  # begins a false SOC 0 ...
    zero_soc_polls: int = 3  # ... for so many answers
    counter_dip_rate: float = 0.0  # lifetime counters 5 % low in one answer
    api_off: bool = False
    api_off_rate: float = 0.0  # per request: the API goes off ...
    api_off_s: Seconds = (60.0, 300.0)  # ... for so long
    unicast_unanswered: bool = False  # only broadcasts are heard
    reset_on_battery_read_rate: float = 0.0  # Bat.GetStatus resets old firmware
    silent_methods: frozenset[str] = frozenset()
    override: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # raw keys per method


NO_FAULTS = Faults()
_DEFAULTS = {item.name: getattr(NO_FAULTS, item.name) for item in fields(Faults)}
_PAIRS = frozenset({"late_s", "latency_s", "mode_drop_after_s", "api_off_s"})


def with_changes(faults: Faults, values: Mapping[str, Any]) -> Faults:
    """Other faults with these keys replaced, values as a faults file has them.

    Raises FaultsWrong naming the key that is unknown or holds a wrong value."""
    changes: dict[str, Any] = {key: _checked(key, value) for key, value in values.items()}
    return replace(faults, **changes)


def _checked(key: str, value: object) -> object:
    if key not in _DEFAULTS:
        raise FaultsWrong(f"unknown fault {key!r}")
    if key.endswith("_rate"):
        return _rate(key, value)
    if key in _PAIRS:
        return _seconds(key, value)
    if isinstance(_DEFAULTS[key], bool):
        return _of_type(key, value, bool, "true or false")
    if key == "zero_soc_polls":
        return _of_type(key, value, int, "a whole number")
    return _methods(key, value) if key == "silent_methods" else _override(key, value)


def _rate(key: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise FaultsWrong(f"{key!r} must be a number from 0 to 1, not {value!r}")


def _seconds(key: str, value: object) -> Seconds | None:
    if value is None and _DEFAULTS[key] is None:
        return None
    pair: Sequence[Any] = value if isinstance(value, list | tuple) else [value, value]
    if len(pair) == 2 and all(is_seconds(item) for item in pair) and pair[0] <= pair[1]:
        return float(pair[0]), float(pair[1])
    raise FaultsWrong(f"{key!r} must be seconds, or [least, most] seconds, not {value!r}")


def is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _of_type(key: str, value: object, kind: type, words: str) -> object:
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise FaultsWrong(f"{key!r} must be {words}, not {value!r}")


def _methods(key: str, value: object) -> frozenset[str]:
    if isinstance(value, list | tuple | set | frozenset) and all(isinstance(m, str) for m in value):
        return frozenset(value)
    raise FaultsWrong(f"{key!r} must be a list of method names, not {value!r}")


def _override(key: str, value: object) -> object:
    if isinstance(value, dict) and all(isinstance(keys, dict) for keys in value.values()):
        return value
    raise FaultsWrong(f"{key!r} must be an object of objects: method, key, raw value")
