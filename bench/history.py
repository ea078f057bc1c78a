"""A year of minute rows for three batteries, made by SQL: bytes a row, and the live fragments."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batteries.models import Battery, BatteryStatusLog, MethodHealth
from batteries.polling import METER, SLOW_EVERY, STATUS

LOG = BatteryStatusLog._meta.db_table
# One row in five has a mode, one in ten temperature and energy left, as polling writes them.
YEAR = f"""
    INSERT INTO {LOG} (timestamp, bat_temp, battery_id, soc, bat_power, pv_power, ongrid_power,
                       offgrid_power, grid_power, bat_capacity, mode)
    SELECT minute + battery.id * interval '5 seconds',
           CASE WHEN n %% 10 = 0 THEN 24.5 END, battery.id, n %% 89 + 12, n %% 1600 - 800, 0,
           800 - n %% 1600, 0, n %% 3000 - 1000, CASE WHEN n %% 10 = 0 THEN n %% 5120 END,
           CASE WHEN n %% 5 = 0 THEN 0 END
    FROM generate_series(%s, %s) AS n
    CROSS JOIN LATERAL (SELECT now() - n * interval '1 minute' AS minute) AS at
    CROSS JOIN batteries_battery AS battery
    ORDER BY n DESC, battery.id
"""


def make_batteries() -> None:
    """Three batteries that answered a moment ago."""
    now = timezone.now()
    for number in range(3):
        Battery.objects.create(
            name=f"Battery {number}",
            ip_address=f"127.0.0.{11 + number}",
            udp_port=30001 + number,
            ble_mac=f"{number:012x}",
            model="VenusE 3.0",
            firmware=150,
            soc=50,
            soc_at=now,
            status_at=now,
            last_seen_at=now,
            polled_at=now,
            bat_power=590,
            ongrid_power=-590,
        )


def fill(first_minute: int, last_minute: int) -> None:
    """Rows for each battery, from `first_minute` to `last_minute` minutes ago."""
    with connection.cursor() as cursor:
        cursor.execute(YEAR, [first_minute, last_minute])
        cursor.execute(f"VACUUM ANALYZE {LOG}")


def bytes_a_row() -> dict[str, float]:
    """Table, key and both together, each divided by the rows [B]."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), pg_table_size('{LOG}'), pg_indexes_size('{LOG}') FROM {LOG}"
        )
        rows, table, key = cursor.fetchone()
    return {
        "rows": rows,
        "table_bytes_a_row": round(table / rows, 1),
        "key_bytes_a_row": round(key / rows, 1),
        "bytes_a_row": round((table + key) / rows, 1),
    }


def count_answers() -> None:
    """A day of answer counts for six methods of each battery, none unanswered."""
    hour_at = timezone.now().replace(minute=0, second=0, microsecond=0)
    MethodHealth.objects.bulk_create(
        MethodHealth(
            battery=battery,
            method=method,
            hour_at=hour_at - timedelta(hours=hours),
            asked=60,
            answered=60,
            latency_ms_total=3000,
            latency_ms_max=90,
        )
        for battery in Battery.objects.all()
        for method in (STATUS, METER, *SLOW_EVERY)
        for hours in range(24)
    )


def fragments_ms() -> dict[str, dict[str, float]]:
    """Server times of the live parts of the home page and of one battery's page."""
    battery = Battery.objects.order_by("pk")[0]
    return {
        "home": fragment_ms(reverse("site:fleet-fragment")),
        "battery": fragment_ms(reverse("batteries:battery-fragment", args=[battery.pk])),
    }


def fragment_ms(url: str, repeats: int = 200) -> dict[str, float]:
    """Server time of a live fragment, rendered in full each time [ms]."""
    client = Client(headers={"hx-request": "true", "host": "127.0.0.1"})
    user, _ = User.objects.get_or_create(username="bench", is_superuser=True, is_staff=True)
    client.force_login(user)
    times = []
    for _ in range(repeats + 20):
        started = time.perf_counter()
        response = client.get(url)
        times.append((time.perf_counter() - started) * 1000)
        if response.status_code != 200:
            raise SystemExit(f"bench: the fragment answered {response.status_code}")
    warm = sorted(times[20:])
    return {
        "median_ms": round(statistics.median(warm), 2),
        "p95_ms": round(warm[int(len(warm) * 0.95)], 2),
    }


def run() -> dict[str, Any]:
    """Fragments with a day and with a year of history, and the size of a row."""
    make_batteries()
    count_answers()
    fill(0, 1440)
    day = fragments_ms()
    fill(1441, 525_600)
    year = fragments_ms()
    return {"row": bytes_a_row(), "fragments_with_a_day": day, "fragments_with_a_year": year}
