"""`make bench`: measures on this machine, prints a table, writes build/bench.json.

    python -m bench [PART ...] [--counts 100,1000] [--houses HOUSE ...] [--days N] [--night]
                                [--seasons YEAR ...]

Everything runs on servers of its own, in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PARTS = (
    "history",
    "orders",
    "polling",
    "hmg50",
    "week",
    "loss",
    "memory",
    "planner",
    "winter",
    "savings",
)
LONG = ("seasons", "winter-lived")  # where they are named
NIGHTS = ("outage", "contract", "die")


def prepare_environment() -> Path:
    """Nothing of a developer's own is read or written."""
    folder = Path(tempfile.mkdtemp(prefix="marstek-bench-"))
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "marstek_site.settings",
        "GATEWAY_BIND_ADDRESS": "127.0.0.1",
        "MARSTEK_ENV_FILE": "no",
        **dict.fromkeys(("RTE_API_URL", "RTE_SITE_URL", "EDF_URL", "COULEUR_TEMPO_URL"), "no"),
        "SECRET_KEY": "of-the-bench-only",
        "VAR_DIR": str(folder),
        "WEB_BIND": "127.0.0.1:8765",
        "LOG_LEVEL": "WARNING",
    }
    return folder


def measure(options: argparse.Namespace, counts: list[int], folder: Path) -> dict[str, Any]:
    """Each wanted part, on fresh servers."""
    import django

    django.setup()
    from django.core.management import call_command

    from bench import (
        history,
        hmg50,
        losing,
        memory,
        nights,
        orders,
        planner,
        polling,
        savings,
        season_lived,
        seasons,
        week,
        winter,
    )
    from marstek_site import paths
    from marstek_site.launcher.servers import throwaway_servers

    wanted: dict[str, Callable[[], Any]] = {
        "history": history.run,
        "orders": orders.run,
        "polling": lambda: polling.run(servers["database"].pid, counts),
        "hmg50": hmg50.run,
        "winter": lambda: winter.run(options.days),
        "savings": savings.run,
        "loss": losing.run,
        "week": lambda: week.run(options.houses, options.days, is_night=options.night),
        **{name: getattr(nights, name) for name in NIGHTS},
        "seasons": lambda: seasons.run(options.seasons),
        "winter-lived": lambda: season_lived.replay(whole=options.whole, days=options.days),
    }
    alone: dict[str, Callable[[], Any]] = {"memory": memory.run, "planner": planner.run}
    result: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}
    with throwaway_servers(folder, paths.run_dir()) as servers:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        for name in [name for name in wanted if name in options.parts]:
            result[name] = wanted[name]()
            print({name: result[name]}, flush=True)
    return result | {name: run() for name, run in alone.items() if name in options.parts}


def table(result: dict[str, Any]) -> str:
    """The figures as lines of `name: value`, nested by dots."""
    lines: list[str] = []

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(f"{name}.{key}" if name else key, item)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                walk(f"{name}[{number}]", item)
        else:
            lines.append(f"{name:<58} {value}")

    walk("", result)
    return "\n".join(lines)


def main() -> None:
    """Parse, measure, print, keep."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        default=[*PARTS, *NIGHTS],
        help=f"of {', '.join([*PARTS, *NIGHTS, *LONG])}",
    )
    parser.add_argument("--counts", default="100,1000,2000", help="batteries to poll")
    parser.add_argument(
        "--houses", nargs="*", default=(), help="of `week`: all where none is named"
    )
    parser.add_argument(
        "--seasons", nargs="*", type=int, default=(), help="of `seasons`: first years, such as 2023"
    )
    parser.add_argument(
        "--days",
        type=int,
        help="of `week`: as long as each house has it; of `winter`: only the hours that matter;"
        " of `winter-lived`: its first days",
    )
    parser.add_argument("--whole", action="store_true", help="of `winter-lived`: every hour of it")
    parser.add_argument("--night", action="store_true", help="of `week`: 20:00 to 07:00 only")
    options = parser.parse_args()
    options.night = options.night or options.parts == [*PARTS, *NIGHTS]  # all of it: nights only
    folder = prepare_environment()
    try:
        counts = [int(count) for count in options.counts.split(",")]
        result = measure(options, counts, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table(result))
    Path("build").mkdir(exist_ok=True)
    Path("build/bench.json").write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
