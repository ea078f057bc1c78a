"""What a check-up finds about settings, servers, this machine, the background work and people.

What needs no database comes first: it is said while the database is away, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from notifications.checkup import Catalogue, Finding, each

from . import broker, database, environment, machine, people, work

PARTS = (environment, machine, broker, database, work, people)
CATALOGUE = Catalogue(
    {code: title for part in PARTS for code, title in part.CATALOGUE.titles.items()}
)


def findings(now: datetime) -> Iterator[Finding]:
    """Everything of this room."""
    return each([check for part in PARTS for check in part.CHECKS], now)
