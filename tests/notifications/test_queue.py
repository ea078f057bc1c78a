"""Starting work by a task's name: a broker in trouble costs a page a second, never an error."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from celery import current_app
from celery.app.task import Context

from notifications import queue

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)


@pytest.fixture
def mute_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A broker that takes connections and never says a word, as one that hangs does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        monkeypatch.setattr(current_app.conf, "broker_write_url", url)
        monkeypatch.setattr(queue, "BROKER_PATIENCE_S", 0.05)
        yield


@pytest.mark.usefixtures("mute_broker")
def test_a_broker_that_hangs_is_given_up_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    queue.publish("batteries.poll_batteries", ([1],))
    (record,) = caplog.records
    assert "batteries.poll_batteries was not started" in record.getMessage()
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize(
    ("expires", "expired"),
    [
        (None, False),
        (NOON, True),
        ("2026-01-14T12:00:01+00:00", False),
        ("2026-01-14T13:00:00+01:00", True),
    ],
)
def test_a_task_that_waited_too_long_has_expired(expires: object, expired: bool) -> None:
    assert queue.has_expired(Context(expires=expires), NOON) is expired
