"""Exactly one owner per local network, by a lock in the database."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from batteries import owner
from batteries.owner import OwnerLock, Ownership
from tests.process.proc import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def end_backend_of(lock: OwnerLock) -> None:
    """What a restart of PostgreSQL does to the lock's connection."""
    assert lock._connection is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [lock._connection.info.backend_pid])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "WATCH_S", 0.02)
    monkeypatch.setattr(owner, "RETRY_S", 0.02)


def owned(lock: OwnerLock, events: queue.Queue[str]) -> Ownership:
    return Ownership(
        lock,
        on_won=lambda: events.put("won"),
        on_lost=lambda: events.put("lost"),
        on_replaced=lambda: events.put("replaced"),
    )


def test_the_second_one_is_refused_until_the_first_lets_go() -> None:
    first, second = OwnerLock(), OwnerLock()
    assert first.try_acquire()
    assert not second.try_acquire()
    first.release()
    assert second.try_acquire()
    second.release()


def test_two_networks_have_two_owners() -> None:
    home, cabin = OwnerLock("devices"), OwnerLock("cabin")
    assert home.try_acquire()
    assert cabin.try_acquire()
    home.release()
    cabin.release()
    assert OwnerLock("devices").key != OwnerLock("cabin").key


def test_a_lost_connection_is_noticed() -> None:
    lock = OwnerLock()
    assert lock.try_acquire()
    assert lock.is_held()
    end_backend_of(lock)
    assert not lock.is_held()


def test_an_owner_that_lost_its_connection_closes_and_opens_again(quick: None) -> None:
    lock, events = OwnerLock(), queue.Queue[str]()
    ownership = owned(lock, events)
    ownership.wait_for_lock()
    ownership.start()
    assert events.get(timeout=5) == "won"
    end_backend_of(lock)
    assert [events.get(timeout=5), events.get(timeout=5)] == ["lost", "won"]
    ownership.stop()
    assert events.get(timeout=5) == "lost"


def test_an_owner_leaves_signs_of_life_while_it_holds_the_lock(
    quick: None, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HEARTBEAT_DIR = tmp_path
    lock, events = OwnerLock(), queue.Queue[str]()
    ownership = owned(lock, events)
    ownership.wait_for_lock()
    sign = tmp_path / "owner"
    assert not sign.exists()
    ownership.start()
    wait_for(sign.exists, within_s=5, what="a sign of life")
    monkeypatch.setattr(lock, "try_acquire", lambda: False)
    end_backend_of(lock)
    while events.get(timeout=5) != "replaced":
        pass
    assert not sign.exists()
    ownership.stop()


def test_an_owner_that_was_replaced_says_so_and_stays_closed(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, rival, events = OwnerLock(), OwnerLock(), queue.Queue[str]()
    ownership = owned(lock, events)
    ownership.wait_for_lock()
    ownership.start()
    assert events.get(timeout=5) == "won"
    original = OwnerLock.try_acquire
    monkeypatch.setattr(
        OwnerLock, "try_acquire", lambda self: (original(rival) and False) or original(self)
    )
    end_backend_of(lock)
    assert [events.get(timeout=5), events.get(timeout=5)] == ["lost", "replaced"]
    ownership.stop()
    rival.release()


def test_a_waiting_worker_says_why_once_and_takes_over(
    quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, events = OwnerLock(), OwnerLock(), queue.Queue[str]()
    assert first.try_acquire()
    waiting = threading.Thread(target=owned(second, events).wait_for_lock)
    waiting.start()
    waiting.join(timeout=0.2)
    assert waiting.is_alive()
    first.release()
    waiting.join(timeout=5)
    assert not waiting.is_alive()
    assert second.is_held()
    second.release()
    assert sum("another devices worker owns" in r.message for r in caplog.records) == 1


def test_a_database_that_is_away_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    ownership = owned(OwnerLock(), queue.Queue[str]())

    def refuse(**_options: object) -> None:
        raise psycopg.OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(psycopg, "connect", refuse)
    assert ownership._why_not() == (
        "waiting for PostgreSQL before touching any battery: connection refused"
    )
