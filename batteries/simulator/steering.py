"""Keeps the faults of running devices as the faults file has them now."""

from collections.abc import Callable, Sequence
from pathlib import Path

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.errors import FaultsWrong
from batteries.simulator.faults_file import read_faults


class FaultsFile:
    """A faults file that is read again when it changes. `look` is called about once a second."""

    def __init__(
        self, path: Path, devices: Sequence[SimulatedDevice], complain: Callable[[str], None]
    ) -> None:
        self._path, self._devices, self._complain = path, devices, complain
        self._stamp: tuple[int, int] | None = None

    def read(self, at: float) -> None:
        """Put the file in force. Raises FaultsWrong with one line."""
        self._stamp = self._present_stamp()
        read_faults(self._path).apply(self._devices, at)

    def look(self, at: float) -> None:
        """Read the file again if it changed. A wrong or missing one leaves the faults as they are,
        and is complained about once."""
        if self._present_stamp() == self._stamp:
            return
        try:
            self.read(at)
        except FaultsWrong as error:
            self._complain(f"{error} - the faults stay as they were")

    def _present_stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
