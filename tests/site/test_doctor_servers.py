"""The check-up of database, broker, background work and people, against the real servers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from axes.models import AccessAttempt
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from pytest_django import Settings

from marstek_site.checkup import broker, database, people, work
from marstek_site.launcher.child import Child
from marstek_site.roles import Role
from notifications.addressees import TelegramBot
from notifications.checkup import State
from notifications.presence import sign
from scheduling.periodic import sync_schedule
from tests.rows import person
from tests.site.checkup_home import found, only

pytestmark = pytest.mark.django_db


def test_the_version_and_place_of_the_database() -> None:
    finding = only(database._version)
    assert finding.is_well
    assert finding.finding.startswith("PostgreSQL ")
    assert finding.finding.endswith(f"/{connection.settings_dict['NAME']}")


def test_an_old_database_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST", 99)
    assert only(database._version).advice == "Use PostgreSQL 99 or newer."


def test_the_place_shows_neither_user_nor_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"HOST": "db.lan", "PORT": 5433, "NAME": "m", "USER": "anna", "PASSWORD": "hidden"}
    monkeypatch.setitem(settings.DATABASES, "default", given | {"OPTIONS": {}})
    assert database.where() == "db.lan:5433/m"


def test_a_migration_that_is_missing_is_broken() -> None:
    assert only(database._migrations).is_well
    MigrationRecorder.Migration.objects.filter(app="site", name="0002_api_token").delete()
    finding = only(database._migrations)
    assert finding.state is State.BROKEN
    assert finding.finding == "Missing changes, 1 in all: site.0002_api_token."


def test_size_connections_and_clock_of_the_real_database() -> None:
    assert "MB" in only(database._size).finding
    assert " are in use." in only(database._connections).finding
    assert only(database._clock).is_well
    assert only(database._timescale).is_well


def test_a_server_with_few_connections_left_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_PERCENT", 1)
    assert only(database._connections).state is State.WARNING


def test_clocks_that_differ_are_broken(time_machine: Any) -> None:
    time_machine.move_to(timezone.now() + timedelta(minutes=3))
    finding = only(database._clock)
    assert finding.state is State.BROKEN
    assert "differs by 180 s" in finding.finding


def test_much_writing_wears_a_card_out(monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + timedelta(hours=3)
    finding = only(database._writes, later)
    assert finding.finding.startswith("About ")
    monkeypatch.setattr(database, "MUCH_A_DAY", 1)
    assert only(database._writes, later).state is State.WARNING
    assert not found(database._writes)  # a minute tells nothing of a day


@pytest.fixture
def client(servers: dict[str, Child]) -> Iterator[redis.Redis]:
    link = redis.Redis.from_url(django_settings.REDIS_URL)
    yield link
    link.close()


def broker_says() -> dict[str, State]:
    return {one.code: one.state for one in found(broker._broker)}


def test_the_broker_as_we_start_it_is_well(client: redis.Redis) -> None:
    said = broker_says()
    assert set(said.values()) == {State.WELL}
    assert len(said) == 4


@pytest.mark.usefixtures("client")
def test_workers_that_do_not_run_are_broken() -> None:
    said = {one.subject: one.state for one in found(broker._workers)}
    assert said == {"devices": State.BROKEN, "default": State.BROKEN}


def test_where_the_broker_is_away_nothing_is_said_of_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    assert found(broker._workers) == []


def test_a_broker_that_forgets_is_a_warning(client: redis.Redis) -> None:
    client.config_set("appendonly", "no")
    try:
        assert broker_says()["broker.kept"] is State.WARNING
    finally:
        client.config_set("appendonly", "yes")


def test_a_broker_that_throws_tasks_away_is_a_warning(client: redis.Redis) -> None:
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert broker_says()["broker.memory"] is State.WARNING
    finally:
        client.config_set("maxmemory-policy", "noeviction")


def test_work_that_nobody_takes_is_a_warning(client: redis.Redis, settings: Settings) -> None:
    settings.DEVICES_QUEUE = "devices-of-this-test"
    client.rpush(settings.DEVICES_QUEUE, *range(broker.MANY_WAITING))
    try:
        assert broker_says()["broker.queues"] is State.WARNING
    finally:
        client.delete(settings.DEVICES_QUEUE)


def test_a_broker_that_is_away_is_said_once(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:hidden@127.0.0.1:1/0"
    finding = only(broker._broker)
    assert finding.state is State.BROKEN
    assert finding.finding.startswith("It does not answer: Error 111 connecting to 127.0.0.1:1.")
    assert "hidden" not in str(finding)


def tending() -> PeriodicTask:
    sync_schedule()
    return PeriodicTask.objects.get(task=work.TENDING)


def beat_says(after: timedelta = timedelta(0)) -> dict[str, State]:
    return {one.code: one.state for one in found(work._beat, timezone.now() + after)}


def test_no_periodic_work_at_all_is_broken() -> None:
    PeriodicTask.objects.all().delete()
    finding = only(work._beat)
    assert (finding.code, finding.state) == ("work.listed", State.BROKEN)
    assert finding.look == "manage.py sync_schedule"


def test_fresh_periodic_work_is_well() -> None:
    tending()
    assert set(beat_says().values()) == {State.WELL}


def test_tending_that_is_switched_off_is_broken() -> None:
    row = tending()
    row.enabled = False
    row.save()
    said = found(work._beat)
    assert [(one.code, one.state, one.subject) for one in said] == [
        ("work.enabled", State.BROKEN, "tend the batteries")
    ]
    assert "no battery is asked" in said[0].finding


def test_other_work_that_is_switched_off_is_a_warning() -> None:
    tending()
    PeriodicTask.objects.filter(task="batteries.expire_history").update(enabled=False)
    assert beat_says()["work.enabled"] is State.WARNING


def test_a_clock_that_stands_still_is_broken() -> None:
    tending()
    assert beat_says(after=timedelta(minutes=11))["work.ticking"] is State.BROKEN
    PeriodicTask.objects.filter(task=work.TENDING).update(
        last_run_at=timezone.now() + timedelta(minutes=9)
    )
    assert beat_says(after=timedelta(minutes=11))["work.ticking"] is State.WELL


def test_a_bot_that_is_away_is_broken() -> None:
    now = timezone.now()
    assert found(work._bot) == []
    TelegramBot.objects.create(token="x", username="maison_bot", changed_at=now)
    assert only(work._bot).state is State.BROKEN
    sign("bot", now)
    assert only(work._bot).is_well
    assert only(work._bot, now + timedelta(minutes=4)).state is State.BROKEN


def test_without_an_administrator_the_site_is_nobodys() -> None:
    person(Role.OPERATOR)
    finding = only(people._administrator)
    assert (finding.state, finding.look) == (State.BROKEN, "manage.py login_link")
    person(Role.ADMINISTRATOR)
    assert only(people._administrator).is_well


def test_who_is_locked_out_is_named_by_address_alone() -> None:
    assert only(people._locked).is_well
    AccessAttempt.objects.create(
        username="anna", ip_address="192.168.1.9", failures_since_start=5, user_agent="x"
    )
    finding = only(people._locked)
    assert finding.state is State.WARNING
    assert finding.look == "manage.py axes_reset_ip 192.168.1.9"
    assert "anna" not in str(finding)
    assert only(people._locked, timezone.now() + timedelta(minutes=16)).is_well


def test_a_folder_of_another_disk_is_looked_at_too(tmp_path: Path, settings: Settings) -> None:
    """/proc is never the disk of the test's folder."""
    settings.VAR_DIR = Path("/proc")
    codes = [one.code for one in found(database._size)]
    assert codes == ["database.size", "disk.free"]
