"""From alerts to notices: what stands is told once, what is over is told as over.

Level-triggered, from the list of `alerts`; a run in which nothing changed costs eight queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from notifications.events import Event
from notifications.models import Notification
from notifications.notices import lapse, notify, recover, standing

from .alerts import Alert, alerts_due
from .billing import price_grids
from .days import PARIS, tempo_day
from .selectors import settlements

EVENTS = {
    "colour_unknown": Event.COLOUR_UNKNOWN,
    "colour_disputed": Event.COLOUR_DISPUTED,
    "colour_breaks_rule": Event.COLOUR_AGAINST_RULES,
    "colour_changed": Event.COLOUR_CHANGED,
    "prices_old": Event.PRICES_OLD,
}
OF_A_DAY = (Event.COLOUR_UNKNOWN, Event.COLOUR_DISPUTED)
NEW_FOR = timedelta(days=14)


def tell_alerts(now: datetime) -> None:
    """Notify what stands at `now` and was not said, recover what is over."""
    said = standing(*EVENTS.values(), Event.PRICES_CHANGED)
    alerts = {(EVENTS[one.event], one.subject): one for one in alerts_due(now) if _is_told(one)}
    for (event, subject), alert in alerts.items():
        if (event.value, subject) not in said:
            notify(event, subject, params=alert.params, now=now)
    for subject, day in _new_prices(now):
        if (Event.PRICES_CHANGED.value, subject) not in said:
            notify(Event.PRICES_CHANGED, subject, params={"day": day}, now=now)
    for (event_word, subject), notice in said.items():
        event = Event(event_word)
        if event in OF_A_DAY and (event, subject) not in alerts:
            _end_of_day_notice(notice, now)
        elif event == Event.PRICES_OLD and (event, subject) not in alerts:
            recover(event, subject, now=now)


def _is_told(alert: Alert) -> bool:
    return alert.event in EVENTS


def _new_prices(now: datetime) -> Iterator[tuple[str, date]]:
    """Prices that came into force not long ago, each with the name of its notice."""
    today = now.astimezone(PARIS).date()
    for grid in price_grids():
        if today - NEW_FOR < grid.starts_on <= today:
            yield f"prices:{grid.starts_on}", grid.starts_on


def _end_of_day_notice(notice: Notification, now: datetime) -> None:
    """A colour became known, or its day went by without: then there is nothing to tell."""
    event, day = Event(notice.event), date.fromisoformat(str(notice.params["day"]))
    settled = settlements(day, day, now)[day]
    if event == Event.COLOUR_UNKNOWN and not settled.colour.is_binding and not settled.is_disputed:
        if tempo_day(now) > day:
            lapse(event, notice.subject, now=now)
        return
    params: dict[str, Any] = {"colour": settled.colour.colour}
    if tempo_day(now) > day or settled.colour.colour is None:
        lapse(event, notice.subject, now=now)
    else:
        recover(event, notice.subject, params=params, now=now)
