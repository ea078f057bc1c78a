"""This machine: its clock, time zones, disk and memory."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batteries.wording import with_unit
from notifications.checkup import Catalogue, Finding

MB = 1024 * 1024
DISK_BROKEN_MB, DISK_LOW_MB, MEMORY_LOW_MB = 200, 1000, 100
TIMEX_BYTES, STATUS_AT = 208, 40  # the kernel's struct timex on 64 bits, and its field `status`
STA_UNSYNC = 0x0040
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
CATALOGUE = Catalogue(
    {
        "clock.synchronised": gettext_lazy("Clock of this machine"),
        "clock.zone": gettext_lazy("Time zones"),
        "disk.free": gettext_lazy("Disk"),
        "memory.free": gettext_lazy("Memory"),
    }
)


def _clock(_now: datetime) -> Iterator[Finding]:
    yield clock_finding(is_synchronised())


def clock_finding(synchronised: bool | None) -> Finding:
    """The kernel knows whether something keeps its clock right, containers included."""
    code = "clock.synchronised"
    if synchronised:
        return CATALOGUE.well(code)
    if synchronised is None:
        text = _("This machine does not tell.")
        return CATALOGUE.unsure(code, text, _("Compare it with a clock."), look="date")
    return CATALOGUE.warning(
        code,
        _("Nothing keeps this machine's clock right: off-peak hours would begin at a wrong time."),
        _("Switch time synchronisation on: sudo timedatectl set-ntp true."),
        look="timedatectl status",
    )


def is_synchronised() -> bool | None:
    """What adjtimex says, changing nothing; None where it cannot be asked."""
    buffer = ctypes.create_string_buffer(TIMEX_BYTES)
    try:
        answer = ctypes.CDLL(None).adjtimex(buffer)
    except (AttributeError, OSError):
        return None
    status = int.from_bytes(buffer.raw[STATUS_AT : STATUS_AT + 4], "little")
    return None if answer < 0 else not status & STA_UNSYNC


def _zone(_now: datetime) -> Iterator[Finding]:
    """Summer time in July: an empty or wrong database says UTC."""
    try:
        offset = SUMMER.astimezone(ZoneInfo("Europe/Paris")).utcoffset()
    except (ZoneInfoNotFoundError, OSError):
        offset = None
    if offset == timedelta(hours=2):
        yield CATALOGUE.well("clock.zone")
        return
    text = _("The time zone Europe/Paris is missing or wrong here.")
    advice = _("Install the time zones: sudo apt-get install tzdata. Then restart the service.")
    yield CATALOGUE.broken("clock.zone", text, advice)


def _disk(_now: datetime) -> Iterator[Finding]:
    yield disk_finding(settings.VAR_DIR)


def disk_finding(folder: Path) -> Finding:
    """Room on the disk of a folder."""
    usage = shutil.disk_usage(existing(folder))
    text = _("%(free)s free of %(total)s.") % {
        "free": megabytes(usage.free),
        "total": megabytes(usage.total),
    }
    advice = _("Delete what is not needed, or take a larger disk; HISTORY_DAYS shortens history.")
    look = f"df -h {folder}"
    if usage.free < DISK_BROKEN_MB * MB:
        return CATALOGUE.broken("disk.free", text, advice, look=look)
    if usage.free < DISK_LOW_MB * MB:
        return CATALOGUE.warning("disk.free", text, advice, look=look)
    return CATALOGUE.well("disk.free", text)


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that there is."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def megabytes(size: float) -> str:
    """A size in MB or GB."""
    if size >= 1000 * MB:
        return with_unit(size / MB / 1024, _("GB"), 1)
    return with_unit(size / MB, _("MB"))


def _memory(_now: datetime) -> Iterator[Finding]:
    free_mb = available_mb()
    if free_mb is None:
        return
    text = _("%(free)s can still be used.") % {"free": megabytes(free_mb * MB)}
    ended = _ended_for_memory()
    if ended:
        text += " " + _("Since its start the kernel ended programs for want of it: %(count)d.") % {
            "count": ended
        }
    if ended or free_mb < MEMORY_LOW_MB:
        advice = _("Stop other programs of this machine, or give it more memory.")
        yield CATALOGUE.warning("memory.free", text, advice, look="free -m")
    else:
        yield CATALOGUE.well("memory.free", text)


def available_mb(root: Path = Path("/")) -> float | None:
    """What the machine, or the group that we are confined to, can still give [MB]."""
    found = [_machine_mb(root), _group_mb(root)]
    return min((mb for mb in found if mb is not None), default=None)


def _machine_mb(root: Path) -> float | None:
    with suppress(OSError):
        for line in (root / "proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 1024
    return None


def _group_mb(root: Path) -> float | None:
    """A container's own limit; what it can give back counts as free."""
    folder = root / "sys/fs/cgroup"
    with suppress(OSError, ValueError):  # "max" is no number: no limit
        limit = int((folder / "memory.max").read_text(encoding="ascii"))
        used = int((folder / "memory.current").read_text(encoding="ascii"))
        stat = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
        cached = sum(int(line.split()[1]) for line in stat if line.startswith("inactive_file "))
        return (limit - used + cached) / MB
    return None


def _ended_for_memory(root: Path = Path("/")) -> int:
    with suppress(OSError):
        for line in (root / "proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


CHECKS = (_clock, _zone, _disk, _memory)
