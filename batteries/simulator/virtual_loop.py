"""An asyncio loop on which waiting takes no time: when nothing is ready, its clock jumps to the
next timer. It sees no real socket and no other thread."""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

SMALLEST_JUMP_S = 1e-6  # so that rounding never leaves the clock just before a timer


class TimeStandsStill(RuntimeError):
    """Somebody waits for something that no timer and no device will ever bring."""


class _JumpingSelector(selectors.BaseSelector):
    """Instead of waiting for files: adds the time-out to `time_s`."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        number = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        key = selectors.SelectorKey(fileobj, number, events, data)
        self._keys[number] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise TimeStandsStill("nothing is scheduled: virtual time would stand still for ever")
        if timeout > 0:
            self.time_s += max(timeout, SMALLEST_JUMP_S)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 0 and moves only from timer to timer."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.time_s
