"""One readable log of all processes: `HH:MM:SS name | line`."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92)
WIDTH = 9


class Console:
    """Lines of several threads, one at a time; colour on a terminal only."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._colours: dict[str, int] = {}
        self._is_terminal = stream.isatty()

    def write(self, name: str, line: str) -> None:
        """One line. A reader that went away is no reason to stop."""
        head = f"{time.strftime('%H:%M:%S')} {name:<{WIDTH}} |"
        with self._lock, suppress(OSError, ValueError):
            self._stream.write(f"{self._coloured(name, head)} {line}\n")
            self._stream.flush()

    def block(self, name: str, lines: list[str]) -> None:
        """Lines that belong together, between two rules."""
        rule = "-" * max(len(line) for line in lines)
        for line in [rule, *lines, rule]:
            self.write(name, line)

    def _coloured(self, name: str, text: str) -> str:
        if not self._is_terminal:
            return text
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\033[{colour}m{text}\033[0m"
