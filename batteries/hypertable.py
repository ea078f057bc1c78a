"""A table on TimescaleDB, where PostgreSQL has it: one table, kept in chunks of 30 days.

Never tried on a TimescaleDB: the statements follow its documentation (2.13 and newer).
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

EXTENSION = "timescaledb"
CHUNK = "30 days"
MAKE = """
    SELECT create_hypertable(
        %s::regclass, by_range(%s, %s::interval),
        create_default_indexes => false, if_not_exists => true, migrate_data => true
    )
"""


def is_available() -> bool:
    """Whether this PostgreSQL has the extension's files."""
    return _one("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = %s)", EXTENSION)


def is_loaded() -> bool:
    """False where the server was started without it; who may not see that gets True."""
    return not _one(
        "SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'shared_preload_libraries' "
        "AND position(%s in setting) = 0)",
        EXTENSION,
    )


def is_hypertable(table: str) -> bool:
    """Whether this table is one already; a PostgreSQL without the extension has none."""
    if not _one("SELECT to_regclass('timescaledb_information.hypertables') IS NOT NULL"):
        return False
    return _one(
        "SELECT EXISTS (SELECT FROM timescaledb_information.hypertables "
        "WHERE hypertable_name = %s AND hypertable_schema = ANY(current_schemas(false)))",
        table,
    )


def add_extension() -> None:
    """Have the extension in this database. Raises `DatabaseError` where that is not allowed."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")


def make_hypertable(table: str, column: str) -> None:
    """Move the table's rows into chunks by this column; its key must hold the column. Writes wait
    meanwhile. Once is enough, twice is harmless."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAKE, [table, column, CHUNK])


def drop_old_chunks(table: str, moment: datetime) -> int:
    """Drop the chunks whose every row is older than `moment`; how many. Rows must not be deleted
    by their place (ctid) here: each chunk has the same places."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT drop_chunks(%s::regclass, older_than => %s)", [table, moment])
        return len(cursor.fetchall())


def _one(query: str, *parameters: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return bool(cursor.fetchone()[0])
