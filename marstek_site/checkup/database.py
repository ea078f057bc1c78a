"""PostgreSQL: version, tables, size, room, connections, and its idea of the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.checkup import Catalogue, Finding

from .machine import disk_finding, megabytes

OLDEST, BUSY_PERCENT, MUCH_A_DAY = 14, 80, 2_000_000_000  # Django 5.2 needs 14
SKEW = timedelta(seconds=2)
WORTH_A_RATE = timedelta(hours=1)
CATALOGUE = Catalogue(
    {
        "database.version": gettext_lazy("Database"),
        "database.migrations": gettext_lazy("Tables"),
        "database.size": gettext_lazy("Size of the database"),
        "database.writes": gettext_lazy("Writing to the disk"),
        "database.connections": gettext_lazy("Connections to the database"),
        "database.clock": gettext_lazy("Clock of the database"),
        "database.timescale": gettext_lazy("TimescaleDB"),
    }
)


def _row(sql: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return tuple(row or ())


def _version(_now: datetime) -> Iterator[Finding]:
    number, text = _row(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
    )
    words = f"PostgreSQL {text}, {where()}"
    if number // 10000 >= OLDEST:
        yield CATALOGUE.well("database.version", words)
    else:
        advice = _("Use PostgreSQL %(version)s or newer.") % {"version": OLDEST}
        yield CATALOGUE.broken("database.version", words, advice)


def where() -> str:
    """DATABASE_URL without its user and password."""
    given = settings.DATABASES["default"]
    host = given["HOST"] or given["OPTIONS"].get("host") or "localhost"
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"{host}{port}/{given['NAME']}"


def _migrations(_now: datetime) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        yield CATALOGUE.well("database.migrations")
        return
    names = ", ".join(f"{one.app_label}.{one.name}" for one, _backwards in plan[:3])
    text = _("Missing changes, %(count)d in all: %(names)s.") % {"count": len(plan), "names": names}
    advice = _("Restart the service, or type the command.")
    yield CATALOGUE.broken("database.migrations", text, advice, look="manage.py migrate")


def _size(_now: datetime) -> Iterator[Finding]:
    [size] = _row("SELECT pg_database_size(current_database())")
    yield CATALOGUE.well("database.size", megabytes(size))
    folder = _data_folder()
    if folder is not None and folder.stat().st_dev != settings.VAR_DIR.stat().st_dev:
        yield disk_finding(folder)


def _data_folder() -> Path | None:
    """Where it keeps its files, as far as it may be told and is on this machine."""
    row = _row("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
    is_here = (settings.DATABASES["default"]["HOST"] or "/").startswith("/")
    return Path(row[0]) if row and is_here and Path(row[0]).is_dir() else None


def _writes(now: datetime) -> Iterator[Finding]:
    """What wears an SD card out: everything that goes through the write-ahead log."""
    written, since = _row("SELECT wal_bytes, stats_reset FROM pg_stat_wal")
    if since is None or now - since < WORTH_A_RATE:
        return
    a_day = float(written) / ((now - since) / timedelta(days=1))
    text = _("About %(size)s a day.") % {"size": megabytes(a_day)}
    if a_day < MUCH_A_DAY:
        yield CATALOGUE.well("database.writes", text)
    else:
        advice = _("An SD card wears out by this: put the database on a disk at USB.")
        yield CATALOGUE.warning("database.writes", text, advice)


def _connections(_now: datetime) -> Iterator[Finding]:
    used, most = _row(
        "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity "
        "WHERE backend_type = 'client backend'"
    )
    text = _("%(used)d of %(most)d are in use.") % {"used": used, "most": most}
    if 100 * used < BUSY_PERCENT * most:
        yield CATALOGUE.well("database.connections", text)
    else:
        advice = _("Raise max_connections, or stop what else uses this server.")
        yield CATALOGUE.warning("database.connections", text, advice)


def _clock(_now: datetime) -> Iterator[Finding]:
    """Both clocks, and both ideas of the time in Paris."""
    before = timezone.now()
    at, paris = _row(
        "SELECT clock_timestamp(), "
        "to_char(TIMESTAMPTZ '2026-07-01 12:00+00' AT TIME ZONE 'Europe/Paris', 'HH24:MI')"
    )
    skew = max(before - at, at - timezone.now(), timedelta(0))
    if skew > SKEW:
        text = _("Its clock differs by %(seconds)d s from this machine's.")
        words = {"seconds": round(skew.total_seconds())}
        advice = _("Keep the clocks of both machines right (timedatectl set-ntp true).")
        yield CATALOGUE.broken("database.clock", text % words, advice)
    elif paris != "14:00":
        advice = _("Install the time zones: sudo apt-get install tzdata. Then restart the service.")
        text = _("The time zone Europe/Paris is missing or wrong here.")
        yield CATALOGUE.broken("database.clock", text, advice)
    else:
        yield CATALOGUE.well("database.clock")


def _timescale(_now: datetime) -> Iterator[Finding]:
    [version] = _row("SELECT max(extversion) FROM pg_extension WHERE extname = 'timescaledb'")
    text = _("Not in use: plain PostgreSQL serves a household for years.")
    yield CATALOGUE.well("database.timescale", version or text)


CHECKS = (_version, _migrations, _size, _writes, _connections, _clock, _timescale)
