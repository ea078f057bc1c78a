"""What was seen a moment ago, for as many askers as there are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """Keeps the last look; while one thread looks, the others get what was seen before."""

    def __init__(self, look: Callable[[], T], keep_s: float, before: T) -> None:
        self._look, self._keep_s = look, keep_s
        self._looking = threading.Lock()
        self._seen, self._seen_at = before, float("-inf")

    def current(self) -> T:
        """A look that is at most `keep_s` old, or the one before while a new one is under way."""
        is_young = time.monotonic() - self._seen_at < self._keep_s
        if is_young or not self._looking.acquire(blocking=False):
            return self._seen
        try:
            self.keep(self._look())
        finally:
            self._looking.release()
        return self._seen

    @property
    def last(self) -> T:
        """What was seen last, however long ago: never waits."""
        return self._seen

    def keep(self, seen: T) -> None:
        """Somebody looked anyway."""
        self._seen, self._seen_at = seen, time.monotonic()

    def forget(self) -> None:
        """Look again at the next question."""
        self._seen_at = float("-inf")
