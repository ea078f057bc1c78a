"""A winter week on virtual time: callers report as they would, one person listens on a phone.

Monday and Sunday are ordinary. One battery is silent twice, one loses its settings, one order is
not proved, one source lies, and the machine is off for two hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from notifications.addressees import Channel, Preference
from notifications.delivering import deliver_due
from notifications.events import Event
from notifications.hearing import PARIS
from notifications.models import Delivery
from notifications.notices import notify, recover, report_level
from tests.notifications.bot_api import BotApi

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
RED = "2026-11-26"  # Thursday
Step = tuple[datetime, Callable[[datetime], Any]]


def at(day: int, clock: str) -> datetime:
    """A moment of the week from Monday the 23rd."""
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), PARIS)


def wrong(event: Event, subject: str, **params: Any) -> Callable[[datetime], Any]:
    return lambda now: notify(event, subject, params=params, now=now)


def over(event: Event, subject: str, **params: Any) -> Callable[[datetime], Any]:
    return lambda now: recover(event, subject, params=params, now=now)


def lasting(
    event: Event, subject: str, first: datetime, last: datetime, **params: Any
) -> Iterator[Step]:
    """Reported every 5 minutes from `first` on, over at `last`."""
    now = first
    while now < last:
        yield now, wrong(event, subject, **params)
        now += 5 * MINUTE
    yield last, over(event, subject, **params)


def script() -> list[Step]:
    steps: list[Step] = []
    for day in range(23, 30):  # each hour a battery says what it has: nobody asked to hear of it
        for hour in range(24):
            soc = 12 if hour < 8 else 60
            steps.append((at(day, f"{hour:02}:30"), _reading(soc)))
    garage = {"name": "Garage", "since": at(24, "10:00")}
    steps += lasting(Event.BATTERY_OFFLINE, "battery:1", at(24, "10:03"), at(24, "10:40"), **garage)
    night = {"name": "Garage", "since": at(25, "02:00")}
    steps += lasting(Event.BATTERY_OFFLINE, "battery:1", at(25, "02:03"), at(25, "03:00"), **night)
    says = [{"source": "RTE", "colour": "red"}, {"source": "X", "colour": "blue"}]
    disputed = {"day": RED, "says": says, "colour": "red"}
    steps += lasting(
        Event.COLOUR_DISPUTED, f"day:{RED}", at(25, "06:30"), at(25, "11:20"), **disputed
    )
    eve = {"day": RED, "target": 97, "from_at": at(25, "22:00"), "by": at(26, "06:00")}
    for minutes in range(0, 600, 30):
        steps.append(
            (at(25, "11:20") + minutes * MINUTE, wrong(Event.RED_TOMORROW, f"day:{RED}", **eve))
        )
    cave = {"name": "Cave", "wanted": "auto", "since": at(26, "05:58")}
    steps += lasting(Event.ORDER_NOT_PROVED, "battery:2", at(26, "05:59"), at(26, "06:06"), **cave)
    danger = {"name": "Cave", "why": "not_proved", "phase": "day"}
    steps += lasting(Event.RED_IN_DANGER, "battery:2", at(26, "06:01"), at(26, "06:06"), **danger)
    result = {"day": RED, "served_wh": 13240, "needed_wh": 14020, "saved_eur": "6.41"}
    steps.append((at(26, "22:00"), wrong(Event.RED_RESULT, f"day:{RED}", **result)))
    steps.append((at(27, "15:00"), wrong(Event.BATTERY_RESET, "battery:3", name="Atelier")))
    steps.append((at(27, "15:01"), wrong(Event.BATTERY_RESET, "battery:3", name="Atelier")))
    states = [{"name": "Garage", "mode": "Auto", "soc": 62}]
    off = {"since": at(28, "12:00"), "at": at(28, "14:00"), "batteries": states}
    steps.append((at(28, "14:00"), wrong(Event.UNCLEAN_RESTART, "machine", **off)))
    return sorted(steps, key=lambda step: step[0])


def _reading(soc: int) -> Callable[[datetime], Any]:
    params = {"name": "Garage"}
    return lambda now: report_level(Event.SOC_LOW, "battery:1", soc, params=params, now=now)


DUE = [
    ("Tue 10:03", "Garage is silent"),
    ("Tue 10:40", "Garage answers again"),
    ("Wed 07:00", "Sources disagree: Thursday 26 November"),
    ("Wed 11:20", "Colour settled: Thursday 26 November"),
    ("Wed 11:20", "Red day: Thursday 26 November"),
    ("Thu 06:01", "Red day in danger: Cave"),
    ("Thu 06:06", "Red day safe again: Cave"),
    ("Fri 07:00", "Red day over: 13.2\u00a0kWh from the batteries"),
    ("Fri 15:00", "Atelier lost its settings"),
    ("Sat 14:00", "Back after a sudden stop"),
]


def test_each_message_that_is_due_and_no_other(bot_api: BotApi, chat: Channel) -> None:
    Preference.objects.update(quiet_from=time(22), quiet_until=time(7))
    sent = list(live_through(script(), bot_api))
    assert [(moment, text.partition("\n")[0]) for moment, text in sent] == DUE
    assert max(Counter(moment[:3] for moment, _text in sent).values()) <= 4
    assert all(len(text.partition("\n")[2]) <= 300 for _moment, text in sent)


def live_through(steps: list[Step], bot_api: BotApi) -> Iterator[tuple[str, str]]:
    """What arrives, and when: the outbox runs each time that something is due."""
    for now, act in [*steps, (at(30, "00:00"), lambda _now: None)]:
        yield from _run_until(now, bot_api)
        act(now)
        yield from _run(now, bot_api)


def _run_until(now: datetime, bot_api: BotApi) -> Iterator[tuple[str, str]]:
    waiting = Delivery.objects.filter(state="waiting", due_at__lte=now).order_by("due_at")
    for due_at in list(waiting.values_list("due_at", flat=True)):
        yield from _run(due_at, bot_api)


def _run(now: datetime, bot_api: BotApi) -> Iterator[tuple[str, str]]:
    before = len(bot_api.texts())
    deliver_due(lambda: now)
    for text in bot_api.texts()[before:]:
        yield f"{now.astimezone(PARIS):%a %H:%M}", text
