"""The file that breaks and heals a running simulator. JSON:

    {
      "all": {"lose_request_rate": 0.25, "latency_s": [0.1, 0.4]},
      "devices": {"2": {"api_off": true}, "127.0.0.13": {"silent_methods": ["EM.GetStatus"]}},
      "timeline": [
        {"at_s": 30, "for_s": 60, "device": "1", "set": {"lose_reply_rate": 1}},
        {"at_s": 90, "do": "reset_to_defaults"},
        {"at_s": 120, "device": "3", "do": "lose_meter", "for_s": 300}
      ]
    }

`all`, `devices` and `set` take the keys of `faults.Faults`; `do` those of `events.EVENTS`. A device
is named by its number (from 1), address, address:port or BLE MAC; without `device` an entry means
all. `at_s` counts from the moment when this version of the file was read; a `set` without `for_s`
lasts. Reading the file again ends everything that an earlier version set or started, so `{}` heals
(a mode or a charge that an event changed stays changed).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.errors import FaultsWrong
from batteries.simulator.events import check_event
from batteries.simulator.faults import NO_FAULTS, Faults, is_seconds, with_changes

_TOP = ("all", "devices", "timeline")
_ENTRY = frozenset({"at_s", "for_s", "device", "set", "do"})


@dataclass(frozen=True, slots=True)
class TimedFault:
    """A change of rates for a while, or an event, on some devices."""

    at_s: float
    for_s: float | None
    device: str | None
    change: Mapping[str, Any] | None
    event: str | None
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """A whole faults file, checked."""

    everywhere: Mapping[str, Any]
    devices: Mapping[str, Mapping[str, Any]]
    timeline: Sequence[TimedFault]

    def apply(self, devices: Sequence[SimulatedDevice], at: float) -> None:
        """Put the plan in force on devices, its timeline counted from `at`.

        Raises FaultsWrong where it names a device that does not exist; then nothing is changed."""
        self._check_names(devices)
        for number, device in enumerate(devices, start=1):
            device.heal()
            device.faults = self._faults_of(number, device)
            for entry in self.timeline:
                if entry.device is None or entry.device in names_of(number, device):
                    _schedule(device, entry, at)

    def _faults_of(self, number: int, device: SimulatedDevice) -> Faults:
        faults = with_changes(NO_FAULTS, self.everywhere)
        for name in names_of(number, device):
            faults = with_changes(faults, self.devices.get(name, {}))
        return faults

    def _check_names(self, devices: Sequence[SimulatedDevice]) -> None:
        known = {n for number, d in enumerate(devices, start=1) for n in names_of(number, d)}
        for name in [*self.devices, *(e.device for e in self.timeline if e.device is not None)]:
            if name not in known:
                raise FaultsWrong(f"there is no device {name!r}")


def names_of(number: int, device: SimulatedDevice) -> tuple[str, ...]:
    """The names by which a faults file may call a device, from the least to the most precise."""
    spec = device.spec
    return str(number), spec.ip_address, f"{spec.ip_address}:{spec.port}", spec.ble_mac


def _schedule(device: SimulatedDevice, entry: TimedFault, at: float) -> None:
    starts_at = at + entry.at_s
    if entry.event is not None:
        device.schedule(starts_at, entry.event, entry.options)
    if entry.change is not None:
        ends_at = None if entry.for_s is None else starts_at + entry.for_s
        device.overlay(entry.change, since=starts_at, until=ends_at)


def read_faults(path: Path) -> FaultPlan:
    """The plan in a file. Raises FaultsWrong with one line that names file and key."""
    try:
        return plan_from(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise FaultsWrong(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise FaultsWrong(f"{path} is not JSON: {error}") from error
    except FaultsWrong as error:
        raise FaultsWrong(f"{path}: {error}") from error


def plan_from(document: object) -> FaultPlan:
    """The plan in a parsed document. Raises FaultsWrong naming the key."""
    document = _object("the file", document)
    _known("the file", document, _TOP)
    everywhere = _object("'all'", document.get("all", {}))
    devices = _object("'devices'", document.get("devices", {}))
    for place, values in [
        ("'all'", everywhere),
        *((f"device {k!r}", v) for k, v in devices.items()),
    ]:
        _check_faults(place, _object(place, values))
    timeline = document.get("timeline", [])
    if not isinstance(timeline, list):
        raise FaultsWrong("'timeline' must be a list")
    return FaultPlan(everywhere, devices, [_entry(n, e) for n, e in enumerate(timeline, start=1)])


def _check_faults(place: str, values: Mapping[str, Any]) -> None:
    try:
        with_changes(NO_FAULTS, values)
    except FaultsWrong as error:
        raise FaultsWrong(f"{error} ({place})") from error


def _entry(number: int, raw: object) -> TimedFault:
    place = f"timeline entry {number}"
    entry = _object(place, raw)
    if ("set" in entry) == ("do" in entry):
        raise FaultsWrong(f"{place} needs either 'set' or 'do'")
    for key in ("at_s", "for_s"):
        if not is_seconds(entry.get(key, 0)):
            raise FaultsWrong(f"{key!r} must be seconds, not {entry[key]!r} ({place})")
    if "set" in entry:
        _known(place, entry, _ENTRY)
        _check_faults(place, _object("'set'", entry["set"]))
    device = entry.get("device")
    return TimedFault(
        at_s=float(entry.get("at_s", 0)),
        for_s=entry.get("for_s"),
        device=None if device is None else str(device),
        change=entry.get("set"),
        event=entry.get("do"),
        options=_event_options(place, entry) if "do" in entry else {},
    )


def _event_options(place: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    options = {key: value for key, value in entry.items() if key not in _ENTRY or key == "for_s"}
    try:
        check_event(entry["do"], options)
    except FaultsWrong as error:
        raise FaultsWrong(f"{error} ({place})") from error
    return options


def _object(place: str, value: object) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise FaultsWrong(f"{place} must be an object, not {value!r}")


def _known(place: str, value: Mapping[str, Any], keys: Iterable[str]) -> None:
    for key in value:
        if key not in keys:
            raise FaultsWrong(f"unknown key {key!r} in {place}")
