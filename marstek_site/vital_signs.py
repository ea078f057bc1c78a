"""What must hold for the heartbeat URL to be called: rows come in, and each process is there."""

from __future__ import annotations

from datetime import datetime, timedelta

from batteries.models import Battery, BatteryStatusLog
from batteries.owner import is_owned
from batteries.selectors import pollable_batteries, stale_after
from notifications.bot import NAME as BOT
from notifications.lifeline import must_hold
from notifications.presence import is_present
from notifications.reaching import current_bot

WEB = "web"
FRESH = timedelta(minutes=3)


def register() -> None:
    """Let the heartbeat depend on them."""
    must_hold("polls", rows_come_in)
    must_hold("devices", devices_worker_lives)
    must_hold("web", web_lives)
    must_hold("bot", bot_lives)


def rows_come_in(now: datetime) -> str:
    """A reading of at least one battery is young; one that is asked rarely may be older."""
    if any(_has_fresh_row(battery, now) for battery in pollable_batteries()):
        return ""
    return "no battery has answered lately"


def _has_fresh_row(battery: Battery, now: datetime) -> bool:
    since = now - max(FRESH, stale_after(battery))
    return BatteryStatusLog.objects.filter(battery=battery, timestamp__gt=since).exists()


def devices_worker_lives(_now: datetime) -> str:
    return "" if is_owned() else "the devices worker is away"


def web_lives(now: datetime) -> str:
    return "" if is_present(WEB, now) else "the web server is away"


def bot_lives(now: datetime) -> str:
    """Where there is a bot at all."""
    return "the bot is away" if current_bot() is not None and not is_present(BOT, now) else ""
