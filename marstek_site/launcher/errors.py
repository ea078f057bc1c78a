"""The one error of the launcher."""

from __future__ import annotations

WRONG_USE = 2


class LaunchFailed(Exception):
    """Something that a person must change. Its text is the one line to print."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class StopRequested(Exception):
    """Ctrl-C, SIGTERM or SIGHUP came while something was being started."""
