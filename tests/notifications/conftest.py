"""Notices with params as their callers give them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from marstek_site.roles import Role
from notifications.addressees import Channel, Preference, TelegramBot
from notifications.events import Event
from tests.notifications.bot_api import BotApi, running_bot_api
from tests.rows import person

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)  # 12:00 in Paris
EVE = date(2026, 11, 26)
LONG = "Une batterie au nom si long qu'il ne tient pas sur une ligne"

PARAMS: dict[Event, dict[str, Any]] = {
    Event.RED_TOMORROW: {
        "day": EVE,
        "target": 97,
        "from_at": NOON + timedelta(hours=10),
        "by": NOON + timedelta(hours=18),
        "stands_still": [LONG, LONG, LONG],
    },
    Event.RED_IN_DANGER: {
        "name": LONG,
        "why": "too_slow",
        "phase": "eve",
        "soc": 61,
        "target": 97,
        "until": NOON,
    },
    Event.RED_RESULT: {"day": EVE, "served_wh": 13240, "needed_wh": 14020, "saved_eur": "6.4132"},
    Event.COLOUR_UNKNOWN: {"day": EVE, "colour": "white"},
    Event.COLOUR_DISPUTED: {
        "day": EVE,
        "colour": "red",
        "says": [{"source": name, "colour": "red"} for name in ("RTE", "EDF", "api-couleur-tempo")],
    },
    Event.COLOUR_CHANGED: {"day": EVE, "before": "white", "colour": "white"},
    Event.COLOUR_AGAINST_RULES: {"day": EVE, "colour": "white"},
    Event.PRICES_CHANGED: {"day": EVE},
    Event.PRICES_OLD: {"day": EVE},
    Event.ORDER_NOT_PROVED: {"name": LONG, "wanted": "ai", "since": NOON},
    Event.CHANGED_BY_OTHER: {"name": LONG, "mode": "Manual", "until": NOON},
    Event.BATTERY_OFFLINE: {"name": LONG, "since": NOON, "at": NOON},
    Event.BATTERY_RESET: {"name": LONG},
    Event.BATTERIES_PUSHING: {"names": [LONG, LONG], "power_w": 2500},
    Event.SOC_LOW: {"name": LONG, "soc": 14},
    Event.SOC_FULL: {"name": LONG, "soc": 100},
    Event.TEMPERATURE_HIGH: {"name": LONG, "temperature": 46.5},
    Event.METER_LOST: {"name": LONG, "since": NOON},
    Event.FIRMWARE_FAULTY: {"name": LONG, "firmware": "147.6"},
    Event.PLANNED_TEST: {"name": LONG, "at": NOON},
    Event.UNCLEAN_RESTART: {
        "since": NOON - timedelta(hours=2),
        "at": NOON,
        "batteries": [{"name": LONG, "mode": "Auto", "soc": 62}, {"name": "Cave"}] * 3,
    },
    Event.CLOCK_WRONG: {},
    Event.DISK_FILLING: {"free_percent": 4},
    Event.TEST: {},
}


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def bot_api(settings: Settings) -> Iterator[BotApi]:
    """Telegram, as far as we know it."""
    with running_bot_api() as api:
        settings.TELEGRAM_API_URL = api.url
        yield api


@pytest.fixture
def bot(bot_api: BotApi, db: None) -> TelegramBot:
    """The household's bot, with a token that Telegram knows."""
    TelegramBot.objects.create(token=bot_api.token, username=bot_api.username, changed_at=NOON)
    return TelegramBot.objects.get()


@pytest.fixture
def anna(db: None) -> User:
    return person(Role.OPERATOR, "anna")


@pytest.fixture
def chat(bot: TelegramBot, anna: User) -> Channel:
    """Anna's chat with the bot, in English."""
    Preference.objects.create(person=anna, language="en")
    return Channel.objects.create(
        person=anna, kind="telegram", name="Telegram", chat_id=42, created_at=NOON
    )
