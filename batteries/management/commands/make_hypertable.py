"""Make the status log a TimescaleDB hypertable: one table, kept in chunks of 30 days.

For long histories: old days are then dropped as whole chunks, so up to 30 days later than
HISTORY_DAYS says. Rows that are there are moved, and readings wait until that is done. Running it
again changes nothing, and there is no way back but a backup. Without the extension the log stays
an ordinary table, and everything works as before. Never tried on a TimescaleDB so far.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.db.utils import ProgrammingError

from batteries import hypertable
from batteries.models import BatteryStatusLog
from notifications.console import SpokenCommand

TABLE = BatteryStatusLog._meta.db_table


class Command(SpokenCommand):
    help = __doc__ or ""

    def run(self, **options: Any) -> dict[str, Any]:
        if hypertable.is_hypertable(TABLE):
            return {"table": TABLE, "done": "kept"}
        _refuse_where_it_cannot_be()
        try:
            hypertable.add_extension()
        except ProgrammingError as error:
            raise CommandError(
                "this database user may not add TimescaleDB: let an administrator of PostgreSQL "
                "type CREATE EXTENSION timescaledb; in this database"
            ) from error
        hypertable.make_hypertable(TABLE, "timestamp")
        return {"table": TABLE, "done": "made"}

    def say(self, document: dict[str, Any]) -> None:
        words = {"kept": "is a hypertable already", "made": "is a hypertable now"}
        self.stdout.write(f"{document['table']} {words[document['done']]}.")


def _refuse_where_it_cannot_be() -> None:
    if not hypertable.is_available():
        raise CommandError(
            "TimescaleDB is not available in this PostgreSQL: the status log stays an ordinary "
            "table, and nothing is lost by that"
        )
    if not hypertable.is_loaded():
        raise CommandError(
            "TimescaleDB is installed and not loaded: add timescaledb to shared_preload_libraries "
            "in postgresql.conf, and restart PostgreSQL"
        )
