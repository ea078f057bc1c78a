"""Where this machine keeps what the embedded servers write. Plain Python, no Django."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent
SOCKET_PATH_LIMIT = 100  # the kernel takes 107 bytes; PostgreSQL's socket name is 13 of them


def var_dir() -> Path:
    """The folder of everything generated here: data, secrets, logs (`VAR_DIR`, else ./var)."""
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()


def run_dir() -> Path:
    """The folder of the sockets: in `var_dir()`, or a short one where that is too long."""
    inside = var_dir() / "run"
    if len(str(inside)) + len("/.s.PGSQL.5432") <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(str(inside).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"marstek-{os.getuid()}-{digest}"


def embedded_database_url() -> str:
    """The embedded PostgreSQL, over a socket that only this user can reach."""
    return f"postgresql://marstek@/marstek?host={quote(str(run_dir()), safe='')}"


def embedded_redis_url() -> str:
    """The embedded Redis-compatible server, over a socket that only this user can reach."""
    return f"unix://{run_dir()}/redis.sock"
