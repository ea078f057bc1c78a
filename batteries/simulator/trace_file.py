"""What the devices report, as JSON lines in a file, for another process to compare with a page.

A line: `at` (seconds since 1970), `device` (its number from 1), `ble_mac`, `ip_address`, `port`,
`soc_percent`, `power_w` (> 0 charges), `mode`, `temperature_c`, `grid_power_w` (> 0 imports),
`reason`. One per device at the start, when something changes materially, and each 5 s.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.errors import SettingWrong

EACH_S = 5.0
MATERIAL_W = 10.0


def report(number: int, device: SimulatedDevice) -> dict[str, Any]:
    """What a device would say if everything were asked now."""
    spec = device.spec
    return {
        "at": round(device.now, 3),
        "device": number,
        "ble_mac": spec.ble_mac,
        "ip_address": spec.ip_address,
        "port": spec.port,
        "soc_percent": round(device.soc_percent),
        "power_w": round(device.power_w),
        "mode": device.orders.shown_mode,
        "temperature_c": round(device.cells.temperature_c, 1),
        "grid_power_w": round(device.house.grid_power_w),
        "reason": device.trace.states[-1].reason,
    }


class TraceFile:
    """Writes the lines. `write_due` is called about once a second, inside the devices' loop."""

    def __init__(self, path: Path, devices: Sequence[SimulatedDevice]) -> None:
        """Raises SettingWrong where the file cannot be written."""
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            raise SettingWrong(f"cannot write {path}: {error.strerror}") from error
        self._devices = devices
        self._written: dict[int, dict[str, Any]] = {}

    def write_due(self, at: float) -> None:
        for number, device in enumerate(self._devices, start=1):
            device.advance(at)
            line = report(number, device)
            if self._is_due(number, line):
                self._written[number] = line
                self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def _is_due(self, number: int, line: dict[str, Any]) -> bool:
        last = self._written.get(number)
        if last is None or line["at"] - last["at"] >= EACH_S - 0.01:
            return True
        is_moved = abs(line["power_w"] - last["power_w"]) >= MATERIAL_W
        return is_moved or any(line[key] != last[key] for key in ("soc_percent", "mode"))

    def close(self) -> None:
        self._file.close()
