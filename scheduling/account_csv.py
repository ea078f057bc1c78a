"""The lines of the account as CSV: for a spreadsheet, in one language, nothing rounded."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from tempo.days import PARIS

from .account import Line

COLUMNS = (
    *("start_utc", "start_paris", "tempo_day", "colour", "peak_hours", "c_eur_per_kwh"),
    *("imported_wh", "exported_wh", "charged_wh", "discharged_wh"),
    *("with_batteries_wh", "without_batteries_wh", "saved_eur"),
)


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(lines: Iterable[Line]) -> Iterator[str]:
    """A header, then a row for each line; what is not known is empty."""
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for line in lines:
        yield writer.writerow(_row(line))


def _row(line: Line) -> list[object]:
    quarter, price = line.energies, line.price
    register = price.register
    local = quarter.starts_at.astimezone(PARIS)
    return [
        f"{quarter.starts_at:%Y-%m-%dT%H:%MZ}",
        local.isoformat(timespec="minutes"),
        price.day.isoformat(),
        register.colour.value if register else "",
        int(register.is_peak) if register else "",
        "" if price.c_per_kwh is None else price.c_per_kwh,
        "" if quarter.imported_wh is None else quarter.imported_wh,
        "" if quarter.imported_wh is None else quarter.exported_wh,
        quarter.charged_wh,
        quarter.discharged_wh,
        round(quarter.with_wh, 3),
        round(quarter.without_wh, 3),
        "" if price.c_per_kwh is None else round(line.saved_eur, 8),
    ]
