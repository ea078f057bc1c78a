"""Signs of life for health checks: a file that a process touches while it does its work.

A look at a file's age costs two milliseconds, asking a worker over its queue a second and a half of
processor time. `marstek_site/healthy` reads them; without HEARTBEAT_DIR nothing is written.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)


def beat_heart(name: str) -> None:
    """Say that the work called `name` was done just now. A folder that is full stops no work."""
    folder: Path | None = settings.HEARTBEAT_DIR
    if folder is None:
        return
    try:
        (folder / name).touch()
    except OSError as error:
        log.warning("no sign of life in HEARTBEAT_DIR: %s", error)


def stop_heart(name: str) -> None:
    """Say at once that this work is not done any more."""
    if settings.HEARTBEAT_DIR is not None:
        with suppress(OSError):
            (settings.HEARTBEAT_DIR / name).unlink()
