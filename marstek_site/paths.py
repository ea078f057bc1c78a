"""Where this machine keeps what the embedded servers write. Plain Python, no Django."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent
SOCKET_PATH_LIMIT = 100  # the kernel takes 107 bytes; PostgreSQL's socket name is 14 of them


def var_dir() -> Path:
    """The folder of everything generated here: data, secrets, logs (`VAR_DIR`, else ./var).

    A relative VAR_DIR counts from the project's folder, wherever a command was typed.
    """
    return (BASE_DIR / (os.environ.get("VAR_DIR", "").strip() or "var")).resolve()


def run_dir() -> Path:
    """The folder of the sockets: in `var_dir()`, or a short one where that is too long."""
    inside = var_dir() / "run"
    if len(os.fsencode(inside)) + len("/.s.PGSQL.5432") <= SOCKET_PATH_LIMIT:
        return inside
    digest = zlib.crc32(os.fsencode(inside))
    # never TMPDIR: a command typed in another session must find the same folder
    return Path("/tmp") / f"marstek-{os.getuid()}-{digest:08x}"  # noqa: S108  launcher.folders checks it


def postgres_socket() -> Path:
    """The embedded PostgreSQL's socket."""
    return run_dir() / ".s.PGSQL.5432"


def redis_socket() -> Path:
    """The embedded Redis-compatible server's socket."""
    return run_dir() / "redis.sock"


def embedded_database_url() -> str:
    """The embedded PostgreSQL, over a socket that only this user can reach."""
    return f"postgresql://marstek@/marstek?host={quote(str(run_dir()), safe='')}"


def embedded_redis_url() -> str:
    """The embedded Redis-compatible server, over a socket that only this user can reach."""
    return f"unix://{redis_socket()}"
