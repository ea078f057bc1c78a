"""From slots to lines of the account: three queries, however many slots and batteries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from batteries.energy_slots import EnergySlot, HouseSlot
from tempo.billing import known_colours, price_grids
from tempo.days import DAY_STARTS, at_local

from .account import Energies, Line, Period, Quarter, priced

ONE_DAY = timedelta(days=1)
# A meter that was silent for most of what the batteries said is no meter: `imported_wh` is NULL.
QUARTERS = f"""
    WITH batteries AS (
        SELECT starts_at, max(covered_s) AS covered_s,
               round(sum(charged_wh)::numeric, 1)::float AS charged_wh,
               round(sum(discharged_wh)::numeric, 1)::float AS discharged_wh
        FROM {EnergySlot._meta.db_table}
        WHERE starts_at >= %(start)s AND starts_at < %(end)s GROUP BY starts_at
    ), house AS (
        SELECT starts_at, covered_s, imported_wh::numeric::float, exported_wh::numeric::float
        FROM {HouseSlot._meta.db_table} WHERE starts_at >= %(start)s AND starts_at < %(end)s
    ), quarter AS (
        SELECT starts_at, coalesce(charged_wh, 0) AS charged_wh,
               coalesce(discharged_wh, 0) AS discharged_wh,
               CASE WHEN is_metered THEN imported_wh END AS imported_wh,
               CASE WHEN is_metered THEN exported_wh ELSE 0 END AS exported_wh
        FROM batteries FULL JOIN house USING (starts_at), LATERAL (
            SELECT coalesce(house.covered_s, 0) * 2 >= coalesce(batteries.covered_s, 0)
        ) AS heard(is_metered)
    )
"""  # noqa: S608  the tables' own names
EACH = f"{QUARTERS} SELECT * FROM quarter ORDER BY starts_at"  # noqa: S608  as above
# The baseline of `account.Quarter`, once more: a season has 35,000 quarters and 1,100 periods.
BY_PRICE = f"""{QUARTERS}
    SELECT min(starts_at) AS first, sum(charged_wh), sum(discharged_wh),
           coalesce(sum(imported_wh), 0), sum(exported_wh), sum(coalesce(imported_wh, charged_wh)),
           sum(CASE
               WHEN imported_wh IS NULL THEN discharged_wh
               ELSE greatest(0, imported_wh + least(0, discharged_wh - charged_wh))
                    + greatest(0, discharged_wh - charged_wh - exported_wh)
           END),
           count(*), count(*) FILTER (WHERE imported_wh IS NULL)
    FROM quarter, LATERAL (SELECT starts_at AT TIME ZONE 'Europe/Paris') AS clock(local)
    GROUP BY local::date, local::time < '06:00', local::time >= '22:00' ORDER BY first
"""  # noqa: S608  as above


def account_lines(first: date, last: date) -> list[Line]:
    """A line for each quarter of the Tempo days from `first` to `last`, in the order of time."""
    return _priced(quarters_between(*_edges(first, last)), first, last)


def account_periods(first: date, last: date) -> list[Line]:
    """The same added up where the price is the same: three lines a day."""
    return _priced(periods_between(*_edges(first, last)), first, last)


def quarters_between(start: datetime, end: datetime) -> list[Quarter]:
    """What batteries and house moved in each quarter of [start, end) that anything is known of."""
    return [Quarter(*row) for row in _rows(EACH, start, end)]


def periods_between(start: datetime, end: datetime) -> list[Period]:
    """Those quarters added up by date and between 06:00 and 22:00."""
    return [Period(*row) for row in _rows(BY_PRICE, start, end)]


def _edges(first: date, last: date) -> tuple[datetime, datetime]:
    return at_local(first, DAY_STARTS), at_local(last + ONE_DAY, DAY_STARTS)


def _priced(rows: Iterable[Energies], first: date, last: date) -> list[Line]:
    return list(priced(rows, known_colours(first, last), price_grids()))


def _rows(query: str, start: datetime, end: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"start": start, "end": end})
        return list(cursor.fetchall())
