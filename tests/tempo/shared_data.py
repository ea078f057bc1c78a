"""Real data beside the repository, where there is any."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.conf import settings

from tempo.days import Colour


def shared_rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of `shared/data` in a folder above this one; skips where it is missing."""
    return _read(shared_folder(name) / name)


def shared_folder(name: str) -> Path:
    """The folder that has this file; skips where there is none."""
    for folder in settings.BASE_DIR.parents:
        path = folder / "shared" / "data" / name
        if path.is_file():
            return path.parent
    pytest.skip(f"no real data here: {name} is looked for in ../shared/data")


def shared_colours() -> dict[str, Colour]:
    """The colour of each day of ten seasons, by ISO date."""
    return {row["date"]: Colour(row["color"].lower()) for row in shared_rows("tempo_days.csv")}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
