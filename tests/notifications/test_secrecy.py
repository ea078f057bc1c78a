"""Secrets: unreadable in the database and in whatever prints them, readable with any known key."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from io import StringIO

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from marstek_site.logs import Discreet
from notifications.addressees import Channel, TelegramBot
from notifications.secrecy import Secret, SecretUnreadable, decrypt, encrypt
from tests.notifications.bot_api import TOKEN
from tests.notifications.conftest import NOON


def keys(*texts: str) -> Callable[[], list[str]]:
    return lambda: list(texts)


def test_what_is_kept_does_not_show_the_text() -> None:
    kept = encrypt(TOKEN)
    assert TOKEN not in kept
    assert kept != encrypt(TOKEN)
    assert decrypt(kept).reveal() == TOKEN


def test_nothing_prints_a_secret() -> None:
    secret = Secret(TOKEN)
    assert TOKEN not in f"{secret} {secret!r} {[secret]}"
    assert bool(secret)
    assert not Secret("")


def test_a_new_key_encrypts_and_the_old_one_still_decrypts(settings: Settings) -> None:
    settings.FIELD_KEYS = keys("old")
    kept = encrypt(TOKEN)
    settings.FIELD_KEYS = keys("new", "old")
    assert decrypt(kept).reveal() == TOKEN
    settings.FIELD_KEYS = keys("new")
    with pytest.raises(SecretUnreadable):
        decrypt(kept).reveal()


@pytest.mark.django_db
def test_the_column_holds_no_plain_text(bot: TelegramBot) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM notifications_telegrambot")
        (kept,) = cursor.fetchone()
    assert TOKEN not in kept
    assert TelegramBot.objects.get().token.reveal() == TOKEN


@pytest.mark.django_db
def test_a_dump_of_the_tables_holds_no_secret(bot: TelegramBot) -> None:
    assert TOKEN not in serializers.serialize("json", TelegramBot.objects.all())
    assert TOKEN not in repr(vars(TelegramBot.objects.get()))


@pytest.mark.django_db
def test_a_secret_survives_saving_and_cannot_be_searched(bot: TelegramBot) -> None:
    kept = TelegramBot.objects.get()
    kept.changed_at = NOON
    kept.save()
    assert TelegramBot.objects.get().token == Secret(TOKEN)
    with pytest.raises(Exception, match="exact"):
        TelegramBot.objects.filter(token=TOKEN).first()


def test_a_key_is_made_at_the_first_need_and_kept_private(settings: Settings) -> None:
    assert decrypt(encrypt("x")).reveal() == "x"
    path = settings.VAR_DIR / "field_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings.FIELD_KEYS() == [path.read_text().strip()]


def test_a_log_line_with_a_token_loses_it() -> None:
    error = RuntimeError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    info = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "url %s", (TOKEN,), info)
    line = Discreet("%(message)s").format(record)
    assert TOKEN not in line
    assert "•••" in line


@pytest.mark.django_db
def test_rotating_leaves_nothing_to_the_old_key(settings: Settings, chat: Channel) -> None:
    old = settings.FIELD_KEYS()
    settings.FIELD_KEYS = keys("new", *old)
    Channel.objects.create(
        person=chat.person, kind="apprise", name="Other", address="json://x", created_at=NOON
    )
    out = StringIO()
    call_command("rotate_secrets", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"rotated": 2, "lost": 0}
    settings.FIELD_KEYS = keys("new")
    assert TelegramBot.objects.get().token.reveal() == TOKEN
    assert Channel.objects.get(name="Other").address.reveal() == "json://x"


@pytest.mark.django_db
def test_rotating_with_a_lost_key_keeps_what_was_there(settings: Settings, chat: Channel) -> None:
    old = settings.FIELD_KEYS
    settings.FIELD_KEYS = keys("new")
    out = StringIO()
    call_command("rotate_secrets", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"rotated": 0, "lost": 1}
    settings.FIELD_KEYS = old
    assert TelegramBot.objects.get().token.reveal() == TOKEN
