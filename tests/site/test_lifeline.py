"""The heartbeat URL: called while all is well, silent where anything is not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from batteries.models import Battery, BatteryStatusLog
from batteries.owner import OwnerLock
from marstek_site.roles import Role
from marstek_site.vital_signs import WEB
from notifications.addressees import Channel, TelegramBot
from notifications.bot import NAME as BOT
from notifications.lifeline import CONDITIONS, call_heartbeat, why_silent
from notifications.models import Delivery
from notifications.presence import sign
from notifications.signs import ProcessSign
from notifications.trial import send_test
from tests.rows import battery, person
from tests.site.dead_mans_switch import Switch, running_switch

pytestmark = pytest.mark.django_db


@pytest.fixture
def switch(settings: Settings) -> Iterator[Switch]:
    with running_switch() as server:
        settings.HEARTBEAT_URL = server.url
        yield server


@pytest.fixture
def well(db: None) -> Iterator[OwnerLock]:
    """A house where everything runs: a fresh row, and signs of its processes."""
    now = timezone.now()
    row = BatteryStatusLog(battery=battery(at=now), timestamp=now - timedelta(seconds=60), soc=50)
    row.save(force_insert=True)
    TelegramBot.objects.create(token="x", username="maison_bot", changed_at=now)
    for name in (WEB, BOT):
        sign(name, now - timedelta(hours=1))
        sign(name, now)
    owner = OwnerLock()
    assert owner.try_acquire()
    yield owner
    owner.release()


def test_all_is_well(switch: Switch, well: OwnerLock) -> None:
    assert call_heartbeat(timezone.now())
    assert switch.calls == 1


def test_without_the_owner_of_the_batteries_it_is_silent(switch: Switch, well: OwnerLock) -> None:
    well.release()
    assert why_silent(timezone.now()) == ["the devices worker is away"]
    assert not call_heartbeat(timezone.now())
    assert switch.calls == 0


@pytest.mark.parametrize("name", [WEB, BOT])
def test_a_process_that_does_not_sign_silences_it(
    switch: Switch, well: OwnerLock, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    ProcessSign.objects.filter(name=name).update(seen_at=timezone.now() - timedelta(minutes=4))
    assert not call_heartbeat(timezone.now())
    assert switch.calls == 0
    assert "away" in caplog.text


def stuck() -> None:
    """A message that waits since an hour."""
    now = timezone.now()
    channel = Channel.objects.create(
        person=person(Role.VIEWER), kind="apprise", name="Mail", created_at=now
    )
    send_test(channel, now - timedelta(hours=1))


def old_rows() -> None:
    BatteryStatusLog.objects.update(timestamp=timezone.now() - timedelta(minutes=10))


def retired() -> None:
    Battery.objects.update(is_active=False)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (stuck, "1 messages wait to be sent"),
        (old_rows, "no battery has answered lately"),
        (retired, "no battery has answered lately"),
    ],
)
def test_trouble_silences_it(
    switch: Switch, well: OwnerLock, trouble: Callable[[], None], words: str
) -> None:
    trouble()
    assert why_silent(timezone.now()) == [words]
    assert not call_heartbeat(timezone.now())
    assert switch.calls == 0


def test_a_reading_counts_for_three_minutes(switch: Switch, well: OwnerLock) -> None:
    read_at = BatteryStatusLog.objects.values_list("timestamp", flat=True).get()
    assert why_silent(read_at + timedelta(seconds=179)) == []
    assert why_silent(read_at + timedelta(seconds=181))[0] == "no battery has answered lately"


def test_a_message_may_wait_for_half_an_hour(switch: Switch, well: OwnerLock) -> None:
    stuck()
    due_at = Delivery.objects.get().due_at
    BatteryStatusLog.objects.all().delete()
    words = "1 messages wait to be sent"
    assert words not in why_silent(due_at + timedelta(minutes=29))
    assert words in why_silent(due_at + timedelta(minutes=31))


def test_a_database_that_is_away_silences_it(
    switch: Switch, well: OwnerLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_now: object) -> str:
        raise OperationalError

    monkeypatch.setitem(CONDITIONS, "polls", ask)
    with pytest.raises(OperationalError):
        call_heartbeat(timezone.now())
    assert switch.calls == 0


def test_a_channel_that_is_known_to_be_at_fault_does_not(well: OwnerLock) -> None:
    stuck()
    Channel.objects.update(fault="address_refused")
    assert Delivery.objects.exists()
    assert why_silent(timezone.now()) == []


def test_without_a_bot_none_is_missed(well: OwnerLock) -> None:
    ProcessSign.objects.filter(name=BOT).delete()
    TelegramBot.objects.all().delete()
    assert why_silent(timezone.now()) == []


def test_a_service_in_trouble_is_one_line_without_its_address(
    switch: Switch,
    well: OwnerLock,
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
) -> None:
    switch.status = 500
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        assert not call_heartbeat(timezone.now())
        settings.HEARTBEAT_URL = "http://127.0.0.1:9/secret-key"
        assert not call_heartbeat(timezone.now())
    assert "answers 500" in caplog.text
    assert "does not answer: ConnectionError" in caplog.text
    assert "secret-key" not in caplog.text


def test_without_an_address_nothing_is_asked(settings: Settings) -> None:
    settings.HEARTBEAT_URL = ""
    assert not call_heartbeat(timezone.now())
