"""Red days as people hear of them: tomorrow is red, what the rehearsal found, and danger.

Level-triggered: what is so is told once, what is over is told as over. Nothing here decides or
touches a battery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from batteries.models import Battery, ControlMethod
from notifications.events import Event
from notifications.models import Notification
from notifications.notices import lapse, notify, recover, standing
from notifications.presence import last_sign, sign
from tempo.days import tempo_day

from . import mirror
from .claims import counts_as_red
from .endangered import Case, Danger, danger_before, danger_during
from .models import Order
from .red_days import (
    READY_SLACK,
    Outlook,
    is_certain,
    outlooks,
    red_day_ahead,
    red_day_running,
    rehearsed_from,
)
from .rehearsal import FAILED, Found
from .rehearsing import rehearsals, rehearse
from .restarting import GAP
from .situation import Situation
from .surroundings import situation_at
from .windows import DAY, eve

Said = Mapping[tuple[str, str], Notification]
WATCHED = "red days watched"


@dataclass(frozen=True, slots=True)
class Watch:
    """One look at everything, and what was said before."""

    situation: Situation
    batteries: Sequence[Battery]
    said: Said
    now: datetime


def watch_red_days(now: datetime) -> None:
    """Rehearse where it is time, and tell what people must know at `now`."""
    batteries = list(Battery.objects.active().order_by("id"))
    look = Watch(
        situation_at(now, batteries),
        batteries,
        standing(Event.RED_TOMORROW, Event.RED_IN_DANGER),
        now,
    )
    ahead = red_day_ahead(look.situation, now)
    if ahead is not None:
        rehearse(look.situation, batteries, ahead, now)
    _tell_tomorrow(look)
    if not _was_away(now):
        _tell_dangers(look, list(_dangers(look, ahead)))
    sign(WATCHED, now)


def _was_away(now: datetime) -> bool:
    """Whether this is the first look after a stop of ours: what batteries said last is from before
    it, and their silence is ours. The next look, a minute later, judges."""
    watched_at = last_sign(WATCHED)
    return watched_at is not None and now - watched_at >= GAP


def _tell_tomorrow(look: Watch) -> None:
    """Once for each red day: when it is certain, at the latest at 18:00 of its eve."""
    day, now = tempo_day(look.now) + DAY, look.now
    is_due = is_certain(look.situation, day) or now >= rehearsed_from(day)
    if look.batteries and is_due and counts_as_red(look.situation, day):
        params = _of_tomorrow(look, day)
        notice = look.said.get((Event.RED_TOMORROW.value, _subject(day)))
        if notice is None or notice.params != params:
            notify(Event.RED_TOMORROW, _subject(day), params=params, now=now)
    for (event, subject), notice in look.said.items():
        if event == Event.RED_TOMORROW and _is_red_no_more(look, notice):
            recover(Event.RED_TOMORROW, subject, now=now)


def _is_red_no_more(look: Watch, notice: Notification) -> bool:
    day = date.fromisoformat(str(notice.params["day"]))
    return day > tempo_day(look.now) and not counts_as_red(look.situation, day)


def _of_tomorrow(look: Watch, day: date) -> dict[str, Any]:
    """What will be done, as JSON keeps it."""
    expected = outlooks(look.situation, day, look.now)
    params: dict[str, Any] = {
        "day": str(day),
        "is_sure": is_certain(look.situation, day),
        "from_at": _charges_from(expected, day).isoformat(),
        "by": eve(day).until.isoformat(),
        "target": min(_reached(one) for one in expected.values()),
        "is_automatic": look.situation.household.is_automatic,
        "serves": look.situation.household.serves_red_days,
        "stands_still": [one.name for one in look.batteries if not _serves_by_itself(one)],
    }
    if look.now >= rehearsed_from(day):
        found = rehearsals(day)
        if all(one.outcome != Found.TESTING for one in found):
            params["not_ready"] = [one.battery.name for one in found if one.outcome in FAILED]
    return params


def _charges_from(expected: Mapping[int, Outlook], day: date) -> datetime:
    begins = [one.charges_from for one in expected.values() if one.charges_from is not None]
    return min(begins, default=eve(day).since)


def _reached(outlook: Outlook) -> int:
    """What the plan promises; its target where the battery has not told its charge."""
    return outlook.target if outlook.soc is None else min(outlook.target, round(outlook.soc))


def _serves_by_itself(battery: Battery) -> bool:
    """Whether it serves the red day even if this machine dies in the night."""
    return battery.control_method == ControlMethod.MANUAL and mirror.follows_house(battery)


def _dangers(look: Watch, ahead: date | None) -> Iterator[Danger]:
    """What is in danger: tonight's charge from 18:00 on, and the service of the day that runs."""
    running = red_day_running(look.situation, look.now)
    if running is not None:
        for case in _cases(look, running):
            yield from _known(danger_during(case, look.situation, running))
    if ahead is not None and look.now >= rehearsed_from(ahead):
        expected = outlooks(look.situation, ahead, look.now)
        rehearsed = dict(rehearsals(ahead).values_list("battery_id", "outcome"))
        for case in _cases(look, ahead):
            pk = case.battery.pk
            outcome = rehearsed.get(pk, "")
            yield from _known(danger_before(case, look.situation, ahead, expected[pk], outcome))


def _known(danger: Danger | None) -> Iterator[Danger]:
    if danger is not None:
        yield danger


def _cases(look: Watch, day: date) -> Iterator[Case]:
    orders = _open_orders()
    states = {one.battery_id: one for one in look.situation.batteries}
    for battery in look.batteries:
        was_in_danger = (Event.RED_IN_DANGER.value, f"battery:{battery.pk}:{day}") in look.said
        yield Case(battery, states[battery.pk], orders.get(battery.pk), look.now, was_in_danger)


def _open_orders() -> dict[int, Order]:
    rows = Order.objects.open().select_related("battery", "decision")
    return {order.battery_id: order for order in rows}


def _tell_dangers(look: Watch, dangers: Sequence[Danger]) -> None:
    """Told once a battery and day; another cause renews what the page says."""
    standing_now = {one.subject for one in dangers}
    for danger in dangers:
        notice = look.said.get((Event.RED_IN_DANGER.value, danger.subject))
        if notice is None or notice.params != danger.params:
            notify(Event.RED_IN_DANGER, danger.subject, params=danger.params, now=look.now)
    for (event, subject), notice in look.said.items():
        if event == Event.RED_IN_DANGER and subject not in standing_now:
            _end_danger(look, notice)


def _end_danger(look: Watch, notice: Notification) -> None:
    """It is safe again; or the day came, and nothing can be mended any more: not told as safe."""
    day = date.fromisoformat(str(notice.params["day"]))
    is_past = tempo_day(look.now) > day or not counts_as_red(look.situation, day)
    if is_past or _came_too_late(look, notice, day):
        lapse(Event.RED_IN_DANGER, notice.subject, now=look.now)
    else:
        recover(Event.RED_IN_DANGER, notice.subject, now=look.now)


def _came_too_late(look: Watch, notice: Notification, day: date) -> bool:
    """Whether the night ended before the battery was ready."""
    if notice.params.get("phase") != "eve" or look.now < eve(day).until:
        return False
    battery_id = int(notice.subject.split(":")[1])
    states = {one.battery_id: one for one in look.situation.batteries}
    soc, target = states[battery_id].soc if battery_id in states else None, notice.params["target"]
    return soc is None or soc < target - READY_SLACK


def _subject(day: date) -> str:
    return f"day:{day}"
