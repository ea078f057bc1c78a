"""Whether the servers behind the site answer. Asked at most every two seconds, however many ask."""

from __future__ import annotations

from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Max
from django.utils import timezone

from batteries.models import Battery

from .memo import Memo

KEEP_S = 2.0
BROKER_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Health:
    """What the last look found. The age says nothing where no battery was ever polled."""

    database: bool
    broker: bool
    last_poll_age_s: float | None = None

    @property
    def is_well(self) -> bool:
        return self.database and self.broker

    def as_json(self) -> dict[str, object]:
        """The answer of `healthz`."""
        return {
            "status": "ok" if self.is_well else "unavailable",
            "database": self.database,
            "broker": self.broker,
            "last_poll_age_s": self.last_poll_age_s,
        }


def look() -> Health:
    """Ask database and broker now."""
    try:
        polled_at = Battery.objects.active().aggregate(at=Max("polled_at"))["at"]
    except (DatabaseError, InterfaceError):
        return Health(database=False, broker=_broker_answers())
    age_s = None if polled_at is None else round((timezone.now() - polled_at).total_seconds(), 1)
    return Health(database=True, broker=_broker_answers(), last_poll_age_s=age_s)


def _broker_answers() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=BROKER_TIMEOUT_S,
        socket_timeout=BROKER_TIMEOUT_S,
    )
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


MEMO = Memo(look, KEEP_S, Health(database=False, broker=False))


def current_health() -> Health:
    """The health of the servers, for as many askers as there are."""
    return MEMO.current()
