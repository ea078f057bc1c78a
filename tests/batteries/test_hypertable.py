"""`make_hypertable` where there is no TimescaleDB, as here; and, on a stand-in for its functions,
what is asked of it. The extension itself was never tried."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from batteries import history, hypertable
from batteries.models import Battery, BatteryStatusLog

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 29, 3, 40, tzinfo=UTC)
TABLE = BatteryStatusLog._meta.db_table
STAND_IN = """
    CREATE SCHEMA timescaledb_information;
    CREATE TABLE timescaledb_information.hypertables (hypertable_schema name, hypertable_name name);
    CREATE FUNCTION by_range(name, interval) RETURNS text LANGUAGE sql
    AS $$ SELECT $1 || ' ' || $2 $$;
    CREATE FUNCTION create_hypertable(
        relation regclass, dimension text, create_default_indexes boolean, if_not_exists boolean,
        migrate_data boolean
    ) RETURNS void LANGUAGE sql AS $$
        INSERT INTO timescaledb_information.hypertables
        SELECT 'public', relation::text
        WHERE dimension = 'timestamp 30 days' AND if_not_exists AND migrate_data
    $$;
    CREATE FUNCTION drop_chunks(relation regclass, older_than timestamptz) RETURNS SETOF text
    LANGUAGE plpgsql AS $$ BEGIN
        EXECUTE format('DELETE FROM %s WHERE timestamp < %L', relation, older_than);
        RETURN NEXT 'a chunk';
    END $$;
"""


@pytest.fixture
def stand_in() -> None:
    """The functions and the view that we use, in this test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(STAND_IN)


def make(*options: str) -> str:
    out = StringIO()
    call_command("make_hypertable", *options, stdout=out)
    return out.getvalue()


def test_without_the_extension_it_says_so_in_one_line() -> None:
    with pytest.raises(CommandError) as failed:
        make()
    assert str(failed.value) == (
        "TimescaleDB is not available in this PostgreSQL: the status log stays an ordinary table, "
        "and nothing is lost by that"
    )
    assert not hypertable.is_hypertable(TABLE)


def test_a_server_that_was_started_without_it_is_seen() -> None:
    assert not hypertable.is_loaded()


def test_its_help_says_what_it_does_and_what_was_not_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        call_command("make_hypertable", "--help")
    words = " ".join(capsys.readouterr().out.split())
    assert "in chunks of 30 days" in words
    assert "Never tried on a TimescaleDB" in words


def test_the_log_is_made_one_once(stand_in: None) -> None:
    hypertable.make_hypertable(TABLE, "timestamp")
    assert hypertable.is_hypertable(TABLE)
    assert json.loads(make("--json")) == {"table": TABLE, "done": "kept"}
    assert make() == f"{TABLE} is a hypertable already.\n"


def test_the_history_of_a_hypertable_ends_by_chunks(stand_in: None, settings: object) -> None:
    settings.HISTORY_DAYS = 30  # type: ignore[attr-defined]
    battery = Battery.objects.create(name="Cave", ip_address="127.0.0.11")
    for days in (1, 31, 32):
        moment = NOW - timedelta(days=days)
        BatteryStatusLog.objects.create(battery=battery, timestamp=moment, soc=50)
    hypertable.make_hypertable(TABLE, "timestamp")
    assert history.delete_expired(NOW) == 1, "one chunk"
    assert BatteryStatusLog.objects.count() == 1
