"""What a red day brought, told once its peak hours are over."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from batteries.rolling import roll_up
from notifications.events import Event
from notifications.models import Notification
from notifications.notices import notify
from tempo.days import Colour, tempo_day
from tempo.models import TempoDay

from .energies import account_periods
from .red_account import RedDay, red_days
from .windows import daytime

ONE_DAY = timedelta(days=1)


def report_red_days(now: datetime) -> None:
    """Tell the result of today and yesterday where they were red; each once."""
    today = tempo_day(now)
    due = [day for day in (today - ONE_DAY, today) if daytime(day).until <= now]
    red = TempoDay.objects.filter(day__in=due, colour=Colour.RED)
    for day in red.order_by("day").values_list("day", flat=True):
        if not Notification.objects.about(Event.RED_RESULT, _subject(day)).exists():
            roll_up(now)
            _tell(day, now)


def _tell(day: date, now: datetime) -> None:
    for red in red_days(account_periods(day, day), now):
        notify(Event.RED_RESULT, _subject(day), params=_params(red), now=now)


def _subject(day: date) -> str:
    return f"day:{day.isoformat()}"


def _params(red: RedDay) -> dict[str, object]:
    """Without a meter nobody knows what the house used."""
    params: dict[str, object] = {
        "day": red.day,
        "served_wh": round(red.sums.discharged_wh),
        "saved_eur": f"{red.sums.saved_eur:.4f}",
    }
    if red.used_wh is not None:
        params["needed_wh"] = round(red.used_wh)
    return params
