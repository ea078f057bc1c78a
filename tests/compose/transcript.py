"""What the story says while it goes on."""

from __future__ import annotations

import sys
import time

STARTED_S = time.monotonic()


def say(words: str) -> None:
    """A line of the transcript, with the seconds since the start."""
    sys.stdout.write(f"{time.monotonic() - STARTED_S:6.1f} s  {words}\n")
    sys.stdout.flush()


def since(began_s: float) -> str:
    """Seconds since then, in words."""
    return f"{time.monotonic() - began_s:.0f} s"
