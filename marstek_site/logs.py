"""One readable log: a server that is away is one line a minute, not a page of traceback each time.

What is wrong in our own code keeps its traceback.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as QueueAway
from redis.exceptions import ConnectionError as RedisAway

SAY_AGAIN_S = 60.0
AWAY = (
    ("PostgreSQL is away", (OperationalError, InterfaceError)),
    ("Redis is away", (QueueAway, RedisAway)),
)
NO_ANSWER = "Cannot connect to redis"  # Celery says this one without an exception
LIMIT = 240
BOT_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{25,}")


class OneLine(logging.Filter):
    """Shortens what is not ours to mend, and says the same thing once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, DisallowedHost):
            return self._say(record, f"Host refused: {error}")
        away = who_is_away(error, record)
        if away:
            return self._say(record, away)
        is_probe = record.name == "django.request" and getattr(record, "status_code", 0) == 503
        return not is_probe or self._is_news("503", record.created)

    def _say(self, record: logging.LogRecord, text: str) -> bool:
        record.msg, record.args = text[:LIMIT], None
        record.exc_info = record.exc_text = record.stack_info = None
        return self._is_news(text.partition(":")[0], record.created)

    def _is_news(self, what: str, at: float) -> bool:
        is_news = at - self._said_at.get(what, -SAY_AGAIN_S) >= SAY_AGAIN_S
        if is_news:
            self._said_at[what] = at
        return is_news


class Discreet(logging.Formatter):
    """Leaves a bot's token out of everything that is logged, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return BOT_TOKEN.sub("•••", super().format(record))


def who_is_away(error: BaseException | None, record: logging.LogRecord) -> str:
    """Which server this record complains of, and how; empty where it is none."""
    for cause in causes(error):
        for name, kinds in AWAY:
            if isinstance(cause, kinds):
                return f"{name}: {first_line(str(cause)) or type(cause).__name__}"
    message = record.getMessage()
    return f"Redis is away: {first_line(message)}" if NO_ANSWER in message else ""


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, the newest first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def first_line(text: str) -> str:
    """Without what follows."""
    return text.strip().partition("\n")[0]
