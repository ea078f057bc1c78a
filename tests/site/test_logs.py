"""The log: a server that is away is one line, our own mistakes keep their traceback."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from celery.beat import SchedulingError
from django.db import OperationalError
from kombu.exceptions import OperationalError as QueueAway

from marstek_site.logs import OneLine


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(OneLine())
    logger = logging.getLogger("tests.one_line")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


def complain(logger: logging.Logger, error: Exception, message: str = "Task failed") -> None:
    try:
        raise error
    except type(error):
        logger.exception(message)


def test_a_database_that_is_away_is_one_line(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    complain(logger, OperationalError("connection refused 100 %s\nIs it running?"))
    assert stream.getvalue() == "PostgreSQL is away: connection refused 100 %s\n"


def test_the_same_complaint_is_not_repeated_within_a_minute(
    log: tuple[logging.Logger, io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    logger, stream = log
    for _ in range(5):
        complain(logger, OperationalError("no"))
    complain(logger, QueueAway("no"))
    assert stream.getvalue() == "PostgreSQL is away: no\nRedis is away: no\n"


def test_what_a_library_wraps_is_still_seen(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    error = SchedulingError("Couldn't apply scheduled task")
    error.__cause__ = QueueAway("Error 2 connecting")
    complain(logger, error)
    assert stream.getvalue() == "Redis is away: Error 2 connecting\n"


def test_celerys_own_words_lose_their_second_line(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = log
    logger.error("consumer: Cannot connect to redis+socket:///x: Error 2.\nTrying again...")
    assert stream.getvalue().count("\n") == 1


def test_our_own_mistakes_keep_their_traceback(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    complain(logger, ValueError("a bug"))
    assert "Traceback" in stream.getvalue()
    assert "ValueError: a bug" in stream.getvalue()
