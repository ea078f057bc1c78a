"""The roll-up: from readings to quarters of an hour.

A power holds from its reading until the next one, at most as long as a reading counts as live; a
longer silence is a gap and stays one. The house's meter is heard through every battery: the
reading that came last holds, whoever brought it, and nothing is summed.

Each run makes the last day anew, and all since the last slot where that is longer ago: rows that
came late are in it then. A slot is never replaced by one that knows less of it, so what expired
or was read at a slower pace is not lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from .energy_slots import EnergySlot, HouseSlot, slot_start
from .models import Battery, BatteryStatusLog
from .profile import battery_profile
from .selectors import STALE_AFTER_INTERVALS, stale_after

LATE = timedelta(hours=24)
ROLLING = 0x524F4C4C  # an advisory lock of our own
LOG, BATTERIES = BatteryStatusLog._meta.db_table, Battery._meta.db_table
SLOTS, HOUSE = EnergySlot._meta.db_table, HouseSlot._meta.db_table
# `live`: how long a reading of each battery holds, before and since its present pace.
# `said`: each reading, and when it stops to hold. `part`: the same, cut at the quarters.
PARTS = """
    WITH live AS (
        SELECT * FROM unnest(
            %(ids)s::int[], %(usual)s::interval[], %(present)s::interval[],
            %(pace_since)s::timestamptz[]
        ) AS live(battery_id, usual, present, pace_since)
    ), said AS (
        SELECT log.battery_id, log.timestamp AS since, ongrid_power, pv_power, grid_power, soc,
               least(
                   lead(log.timestamp) OVER ({window} ORDER BY log.timestamp, log.battery_id),
                   log.timestamp
                   + CASE WHEN log.timestamp >= pace_since THEN present ELSE usual END,
                   %(now)s
               ) AS until
        FROM {log} AS log JOIN live USING (battery_id)
        WHERE log.timestamp >= %(from)s - %(longest)s AND log.timestamp < %(now)s
          AND {power} IS NOT NULL
    ), part AS (
        SELECT said.*, starts_at,
               extract(epoch FROM least(until, starts_at + interval '15 minutes')
                                  - greatest(since, starts_at))::float AS s
        FROM said, LATERAL generate_series(
            date_bin('15 minutes', since, '2000-01-01Z'),
            until - interval '1 microsecond', '15 minutes'
        ) AS starts_at
        WHERE starts_at >= %(from)s
    )
"""
BATTERY_PARTS = PARTS.format(log=LOG, power="ongrid_power", window="PARTITION BY log.battery_id")
HOUSE_PARTS = PARTS.format(log=LOG, power="grid_power", window="")
WH = "round((sum({}) / 3600)::numeric, 1)"
COVERED = "least(900, greatest(1, round(sum(s))))"
ROLL_BATTERIES = f"""{BATTERY_PARTS}, summed AS (
        SELECT battery_id, starts_at, {COVERED} AS covered_s,
               {WH.format("greatest(-ongrid_power, 0) * s")} AS charged_wh,
               {WH.format("greatest(ongrid_power, 0) * s")} AS discharged_wh,
               {WH.format("pv_power * (pv_power > 0)::int * s")} AS solar_wh,
               (array_agg(soc ORDER BY since DESC) FILTER (WHERE soc IS NOT NULL))[1] AS soc
        FROM part GROUP BY battery_id, starts_at
    )
    INSERT INTO {SLOTS} AS slot (
        battery_id, starts_at, covered_s, charged_wh, discharged_wh, solar_wh, soc,
        charged_counter_wh, discharged_counter_wh
    )
    SELECT summed.*, charged_energy, discharged_energy
    FROM summed LEFT JOIN {BATTERIES} AS battery
      ON battery.id = battery_id
      AND date_bin('15 minutes', status_at, '2000-01-01Z') = starts_at
    ORDER BY starts_at, battery_id
    ON CONFLICT (starts_at, battery_id) DO UPDATE SET
        covered_s = EXCLUDED.covered_s,
        charged_wh = EXCLUDED.charged_wh, discharged_wh = EXCLUDED.discharged_wh,
        solar_wh = EXCLUDED.solar_wh, soc = EXCLUDED.soc,
        charged_counter_wh = coalesce(EXCLUDED.charged_counter_wh, slot.charged_counter_wh),
        discharged_counter_wh
            = coalesce(EXCLUDED.discharged_counter_wh, slot.discharged_counter_wh)
    WHERE EXCLUDED.covered_s >= slot.covered_s AND (
        EXCLUDED.covered_s, EXCLUDED.charged_wh, EXCLUDED.discharged_wh, EXCLUDED.solar_wh,
        EXCLUDED.soc, coalesce(EXCLUDED.charged_counter_wh, slot.charged_counter_wh),
        coalesce(EXCLUDED.discharged_counter_wh, slot.discharged_counter_wh)
    ) IS DISTINCT FROM (
        slot.covered_s, slot.charged_wh, slot.discharged_wh, slot.solar_wh,
        slot.soc, slot.charged_counter_wh, slot.discharged_counter_wh
    )
"""  # noqa: S608  the tables' own names
ROLL_HOUSE = f"""{HOUSE_PARTS}
    INSERT INTO {HOUSE} AS slot (starts_at, covered_s, imported_wh, exported_wh)
    SELECT starts_at, {COVERED}, {WH.format("greatest(grid_power, 0) * s")},
           {WH.format("greatest(-grid_power, 0) * s")}
    FROM part GROUP BY starts_at ORDER BY starts_at
    ON CONFLICT (starts_at) DO UPDATE SET
        covered_s = EXCLUDED.covered_s,
        imported_wh = EXCLUDED.imported_wh, exported_wh = EXCLUDED.exported_wh
    WHERE EXCLUDED.covered_s >= slot.covered_s
      AND (EXCLUDED.covered_s, EXCLUDED.imported_wh, EXCLUDED.exported_wh)
          IS DISTINCT FROM (slot.covered_s, slot.imported_wh, slot.exported_wh)
"""  # noqa: S608  the tables' own names


@transaction.atomic
def roll_up(now: datetime, since: datetime | None = None) -> int:
    """Make the slots since then anew (where nothing is said: as the module says); how many are
    new or other than before.

    Twice changes nothing more, and while another one runs nothing is done.
    """
    if not _is_our_turn():
        return 0
    batteries = list(Battery.objects.all())
    if not batteries:
        return 0
    values = _values(batteries, slot_start(since or _usual_start(now)), now)
    with connection.cursor() as cursor:
        cursor.execute(ROLL_BATTERIES, values)
        rolled: int = cursor.rowcount
        cursor.execute(ROLL_HOUSE, values)
        return rolled + int(cursor.rowcount)


def _is_our_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ROLLING])
        return bool(cursor.fetchone()[0])


def _usual_start(now: datetime) -> datetime:
    """A day ago, or the last slot, or the first reading there is."""
    last: datetime | None = EnergySlot.objects.aggregate(last=Max("starts_at"))["last"]
    if last is not None:
        return min(last, now - LATE)
    first = BatteryStatusLog.objects.order_by("timestamp").first()
    return now if first is None else first.timestamp


def _values(batteries: Sequence[Battery], start: datetime, now: datetime) -> dict[str, Any]:
    present = [stale_after(battery) for battery in batteries]
    usual = [_usually_stale_after(battery) for battery in batteries]
    return {
        "ids": [battery.pk for battery in batteries],
        "usual": usual,
        "present": present,
        "pace_since": [battery.pace_since for battery in batteries],
        "longest": max(present + usual),
        "from": start,
        "now": now,
    }


def _usually_stale_after(battery: Battery) -> timedelta:
    """At the pace of its firmware, before what polling did to it."""
    return timedelta(seconds=STALE_AFTER_INTERVALS * battery_profile(battery).poll_interval_s)
