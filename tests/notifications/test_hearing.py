"""Who hears of what, and when: switches, limits, quiet hours on every kind of night."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from marstek_site.roles import Role
from notifications.addressees import Channel, Choice, Limit, Preference
from notifications.events import CHOSEN, KINDS, Event
from notifications.hearing import due_moment
from notifications.models import Delivery, Notification
from notifications.notices import notify, report_level
from tests.notifications.conftest import NOON, PARAMS
from tests.rows import person

QUIET_NIGHT = Preference(language="fr", quiet_from=time(22), quiet_until=time(7))
QUIET_NOON = Preference(language="fr", quiet_from=time(12), quiet_until=time(14))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("preference", "now", "due"),
    [
        (QUIET_NIGHT, "2026-11-25T21:59:00+01:00", "2026-11-25T21:59:00+01:00"),
        (QUIET_NIGHT, "2026-11-25T22:00:00+01:00", "2026-11-26T07:00:00+01:00"),
        (QUIET_NIGHT, "2026-11-26T00:30:00+01:00", "2026-11-26T07:00:00+01:00"),
        (QUIET_NIGHT, "2026-11-26T07:00:00+01:00", "2026-11-26T07:00:00+01:00"),
        (QUIET_NOON, "2026-11-26T13:59:00+01:00", "2026-11-26T14:00:00+01:00"),
        (QUIET_NOON, "2026-11-26T11:59:00+01:00", "2026-11-26T11:59:00+01:00"),
        # both nights on which the clocks change
        (QUIET_NIGHT, "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        (QUIET_NIGHT, "2026-10-25T02:30:00+02:00", "2026-10-25T07:00:00+01:00"),
        (QUIET_NIGHT, "2026-10-25T02:30:00+01:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_quiet_hours(preference: Preference, now: str, due: str) -> None:
    kind = KINDS[Event.BATTERY_OFFLINE]
    assert due_moment(preference, kind, moment(now)) == moment(due)


def test_danger_wakes_people() -> None:
    night = moment("2026-11-26T03:00:00+01:00")
    assert due_moment(QUIET_NIGHT, KINDS[Event.RED_IN_DANGER], night) == night


def test_only_danger_and_tests_wake_people() -> None:
    wakes = {event for event, kind in KINDS.items() if kind.wakes}
    assert wakes == {Event.RED_IN_DANGER, Event.TEST}


pytestmark = pytest.mark.django_db


def told() -> set[str]:
    names = Delivery.objects.values_list("channel__name", flat=True)
    return set(names)


@pytest.mark.parametrize("event", CHOSEN)
def test_each_event_goes_to_those_who_chose_nothing_unless_it_is_off(
    chat: Channel, event: Event
) -> None:
    notify(event, "x", params={**PARAMS[event], "temperature": 50}, now=NOON)
    assert told() == ({"Telegram"} if KINDS[event].is_on else set())


def test_a_switch_counts_for_one_channel(chat: Channel) -> None:
    other = Channel.objects.create(
        person=chat.person, kind="telegram", name="Other", chat_id=43, created_at=NOON
    )
    Choice.objects.create(channel=chat, event=Event.BATTERY_RESET, is_on=False)
    Choice.objects.create(channel=other, event=Event.SOC_LOW, is_on=True)
    notify(Event.BATTERY_RESET, "battery:3", params={"name": "Garage"}, now=NOON)
    assert told() == {"Other"}
    notify(Event.SOC_LOW, "battery:3", params={"name": "Garage", "soc": 10}, now=NOON)
    assert Delivery.objects.filter(channel=other).count() == 2


def level(soc: Any, event: Event = Event.SOC_LOW) -> Notification | None:
    return report_level(event, "battery:3", soc, params={"name": "Garage"}, now=NOON)


def test_without_interest_a_level_raises_nothing(chat: Channel) -> None:
    assert level(3) is None
    assert not Notification.objects.exists()


def test_a_level_raises_at_the_limit_and_recovers_beyond_the_slack(chat: Channel) -> None:
    Choice.objects.create(channel=chat, event=Event.SOC_LOW, is_on=True)
    Limit.objects.create(person=chat.person, event=Event.SOC_LOW, value=20)
    assert level(21) is None
    raised = level(20)
    assert raised is not None
    level(25)
    assert Notification.objects.filter(closed_at=None).count() == 1
    level(26)
    assert Notification.objects.filter(closed_at=None).count() == 0


def test_each_person_hears_at_their_own_limit(chat: Channel) -> None:
    bea = person(Role.VIEWER, "bea")
    late = Channel.objects.create(
        person=bea, kind="telegram", name="Late", chat_id=43, created_at=NOON
    )
    for channel, limit in ((chat, 30), (late, 10)):
        Choice.objects.create(channel=channel, event=Event.SOC_LOW, is_on=True)
        Limit.objects.create(person=channel.person, event=Event.SOC_LOW, value=limit)
    level(25)
    assert told() == {"Telegram"}
    level(10)
    assert told() == {"Telegram", "Late"}
    assert Notification.objects.count() == 1


def test_heat_is_told_to_everybody(chat: Channel) -> None:
    assert level(44.9, Event.TEMPERATURE_HIGH) is None
    assert level(45.0, Event.TEMPERATURE_HIGH) is not None
    assert told() == {"Telegram"}


def test_the_slack_of_a_rising_value_is_below_it(chat: Channel) -> None:
    level(46, Event.TEMPERATURE_HIGH)
    level(42, Event.TEMPERATURE_HIGH)
    assert Notification.objects.filter(closed_at=None).exists()
    level(41.9, Event.TEMPERATURE_HIGH)
    assert not Notification.objects.filter(closed_at=None).exists()


def test_the_clock_of_the_database_is_utc() -> None:
    due = due_moment(QUIET_NIGHT, KINDS[Event.METER_LOST], moment("2026-11-25T22:00:00+01:00"))
    assert due.utcoffset() == timedelta(0)
    assert due.astimezone(UTC).hour == 6
