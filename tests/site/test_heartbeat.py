"""Signs of life: who leaves them, and when not."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from celery.signals import heartbeat_sent
from pytest_django import Settings

from marstek_site import celery
from marstek_site.ticking import Scheduler
from notifications.heartbeat import beat_heart, stop_heart
from scheduling.tasks import tend_batteries


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.HEARTBEAT_DIR = tmp_path
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_sign_is_left_and_taken_back(folder: Path) -> None:
    beat_heart("owner")
    assert names(folder) == ["owner"]
    stop_heart("owner")
    stop_heart("owner")
    assert names(folder) == []


def test_nothing_is_written_unless_asked_for(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings.HEARTBEAT_DIR = None
    beat_heart("owner")
    stop_heart("owner")
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_stops_no_work(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HEARTBEAT_DIR = tmp_path / "gone"
    with caplog.at_level(logging.WARNING):
        beat_heart("beat")
    assert "no sign of life in HEARTBEAT_DIR" in caplog.text


def test_a_worker_that_sends_its_heartbeat_leaves_a_sign(folder: Path) -> None:
    heartbeat_sent.send(sender=None)
    assert names(folder) == ["worker"]


@pytest.mark.django_db(transaction=True)
def test_a_tick_of_the_clock_leaves_a_sign(folder: Path) -> None:
    scheduler = Scheduler(app=celery.app, lazy=True)
    assert scheduler.tick() <= scheduler.max_interval
    assert names(folder) == ["beat"]


@pytest.mark.django_db
def test_who_does_not_own_the_sockets_has_tended_nothing(folder: Path) -> None:
    tend_batteries.apply(throw=True)
    assert names(folder) == []
