"""Folders that only their owner enters, and the lock against a second launcher."""

from __future__ import annotations

import fcntl
import os
import pwd
import stat
from pathlib import Path

from .errors import LaunchFailed

PRIVATE, PASSABLE = 0o700, 0o711


def private_folder(path: Path, *, mode: int = PRIVATE) -> Path:
    """Make `path`, or take it when it is a folder of ours, and close it to others.

    Raises LaunchFailed where it belongs to somebody else, is a link, or cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=mode)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in own_uids():
            raise LaunchFailed(f"{path} is not a folder of ours: remove it, or set VAR_DIR.")
        if stat.S_IMODE(found.st_mode) != mode:
            path.chmod(mode)
    except OSError as error:
        raise LaunchFailed(
            f"{path} cannot be used: {error.strerror}. Set VAR_DIR to a folder that can be written."
        ) from error
    return path


def own_uids() -> set[int]:
    """The users whose folders we take: this one, and for root `nobody`, who runs PostgreSQL."""
    return {os.getuid()} if os.getuid() else {0, pwd.getpwnam("nobody").pw_uid}


class Lock:
    """Held as long as this process lives; the file names its holder."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises LaunchFailed where another process has it."""
        # closed in children (PEP 446), or a stray one would hold it
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = path.read_text(encoding="ascii").strip() or "?"
            os.close(self._descriptor)
            raise LaunchFailed(
                f"Already running on {path.parent} (process {holder}): stop that one first."
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Give it back."""
        os.close(self._descriptor)
