"""How people set up what they hear: matrix, quiet hours, channels, the bot's token."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from datetime import time

import pytest
from django.contrib.auth.models import User
from django.core.signals import got_request_exception
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from notifications.addressees import Channel, Choice, Limit, Preference, StartCode, TelegramBot
from notifications.binding import bind_chat
from notifications.delivering import deliver_due
from notifications.events import CHOSEN, KINDS, Event
from notifications.models import Delivery
from tests.notifications.bot_api import TOKEN, BotApi, Fault, running_bot_api

PAGE = reverse("notifications:hearing")
BOT_PAGE = reverse("notifications:telegram-bot")


@pytest.fixture
def bot_api(settings: Settings) -> Iterator[BotApi]:
    with running_bot_api() as api:
        settings.TELEGRAM_API_URL = api.url
        yield api


@pytest.fixture
def bot(administrator: Client, bot_api: BotApi) -> TelegramBot:
    administrator.post(BOT_PAGE, {"token": f"  {TOKEN}\n"})
    return TelegramBot.objects.get()


def me(name: str = "viewer") -> User:
    return User.objects.get(username=name)


def chat(name: str = "viewer", chat_id: int = 42) -> Channel:
    return Channel.objects.create(
        person=me(name), kind="telegram", name="Phone", chat_id=chat_id, created_at=timezone.now()
    )


def choices(*channels: Channel, **changes: object) -> dict[str, object]:
    """What the form sends when nothing is changed."""
    sent: dict[str, object] = {"language": "fr", "quiet_from": "", "quiet_until": ""}
    for event in CHOSEN:
        threshold = KINDS[event].threshold
        if threshold:
            sent[f"limit-{event}"] = threshold.usual
        if KINDS[event].is_on:
            sent |= {f"on-{channel.pk}-{event}": "on" for channel in channels}
    return sent | changes


def text_of(client: Client, url: str = PAGE) -> str:
    return client.get(url).content.decode()


def test_the_matrix_shows_each_event_and_channel(viewer: Client) -> None:
    channel = chat()
    text = text_of(viewer)
    for event in CHOSEN:
        assert f'name="on-{channel.pk}-{event}"' in text
    assert "Test message" not in text
    assert re.search(rf'name="on-{channel.pk}-battery_reset"[^>]*checked', text)
    assert not re.search(rf'name="on-{channel.pk}-soc_low"[^>]*checked', text)


def test_what_is_left_as_it_is_keeps_following_the_catalogue(viewer: Client) -> None:
    response = viewer.post(PAGE, choices(chat()))
    assert response.status_code == 302
    assert not Choice.objects.exists()
    assert not Limit.objects.exists()


def test_everything_of_the_form_is_kept(viewer: Client) -> None:
    channel = chat()
    sent = choices(channel, quiet_from="22:30", quiet_until="07:00")
    sent |= {f"on-{channel.pk}-soc_low": "on", "limit-soc_low": 25, "language": "en"}
    del sent[f"on-{channel.pk}-battery_reset"]
    viewer.post(PAGE, sent)
    switches = set(Choice.objects.values_list("event", "is_on"))
    assert switches == {("soc_low", True), ("battery_reset", False)}
    assert Limit.objects.get().value == 25
    preference = Preference.objects.get()
    assert (preference.quiet_from, preference.quiet_until) == (time(22, 30), time(7))
    assert preference.language == "en"
    text = text_of(viewer)
    assert re.search(rf'name="on-{channel.pk}-soc_low"[^>]*checked', text)
    assert 'value="22:30"' in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quiet_from": "22:00"}, "need both a beginning and an end"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "last no time"),
        ({"quiet_from": "late"}, "Enter a valid time"),
        ({"limit-temperature_high": 200}, "less than or equal to 60"),
        ({"limit-soc_low": ""}, "required"),
        ({"language": "xx"}, "valid choice"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(
    viewer: Client, changes: dict[str, object], words: str
) -> None:
    response = viewer.post(PAGE, choices(chat(), **changes))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Preference.objects.exists()


def test_nobody_touches_the_channels_of_others(viewer: Client, operator: Client) -> None:
    channel = chat("operator")
    for what in ("channel-test", "channel-remove"):
        url = reverse(f"notifications:{what}", args=[channel.pk])
        assert viewer.post(url).status_code == 404
    viewer.post(PAGE, choices(channel, **{f"on-{channel.pk}-soc_low": "on"}))
    assert not Choice.objects.exists()
    assert Channel.objects.filter(pk=channel.pk).exists()


def test_the_test_button_goes_the_whole_way(
    viewer: Client, bot_api: BotApi, bot: TelegramBot
) -> None:
    channel = chat()
    Channel.objects.update(fault="chat_gone")
    assert "the chat was closed" in text_of(viewer)
    viewer.post(reverse("notifications:channel-test", args=[channel.pk]))
    assert viewer.get(reverse("notifications:channels-fragment")).status_code == 200
    assert deliver_due(timezone.now) == 1
    assert bot_api.texts()[0].startswith("Message d’essai")
    fragment = viewer.get(reverse("notifications:channels-fragment"))
    assert fragment.status_code == 286  # nothing more will come: the page stops asking
    assert "Last message: sent." in fragment.content.decode()
    assert "Test message" not in text_of(viewer, reverse("notifications:notices"))


def test_what_could_not_be_sent_shows_on_the_page(
    viewer: Client, bot_api: BotApi, bot: TelegramBot
) -> None:
    channel = chat()
    bot_api.fail(Fault(500))
    viewer.post(reverse("notifications:channel-test", args=[channel.pk]))
    deliver_due(timezone.now)
    assert "Last message: waits. " in text_of(viewer)
    assert "It is tried again by itself." in text_of(viewer)


def test_a_token_is_asked_of_telegram_and_never_shown(
    administrator: Client, bot: TelegramBot
) -> None:
    assert (bot.username, bot.token.reveal()) == ("maison_bot", TOKEN)
    for url in (PAGE, BOT_PAGE):
        text = text_of(administrator, url)
        assert "@maison_bot" in text
        assert TOKEN.partition(":")[2] not in text


@pytest.mark.parametrize("token", ["hello", "123:short", TOKEN.replace("A", "B")])
def test_a_token_that_telegram_does_not_know_is_refused(
    administrator: Client, bot_api: BotApi, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        text = administrator.post(BOT_PAGE, {"token": token}).content.decode()
    assert "Telegram does not know this token" in text
    assert token not in text + caplog.text
    assert not TelegramBot.objects.exists()


def test_without_telegram_the_token_that_was_there_stays(
    administrator: Client, bot: TelegramBot, settings: Settings
) -> None:
    settings.TELEGRAM_API_URL = "http://127.0.0.1:9"
    text = administrator.post(BOT_PAGE, {"token": TOKEN[:-1] + "x"}).content.decode()
    assert "cannot be reached" in text
    assert TelegramBot.objects.get().token.reveal() == TOKEN


def test_a_mistake_while_the_token_is_kept_shows_it_in_no_report(
    administrator: Client, bot_api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[str] = []

    def broken(*_anything: object) -> None:
        raise RuntimeError("broken")

    def report(request: HttpRequest, **_signal: object) -> None:
        reports.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_html())

    monkeypatch.setattr("notifications.telegram._result", broken)
    administrator.raise_request_exception = False
    got_request_exception.connect(report)
    try:
        assert administrator.post(BOT_PAGE, {"token": TOKEN}).status_code == 500
    finally:
        got_request_exception.disconnect(report)
    (text,) = reports
    assert "save_token" in text
    assert TOKEN.partition(":")[2] not in text


def test_a_better_token_takes_the_fault_away(administrator: Client, bot: TelegramBot) -> None:
    TelegramBot.objects.update(fault="token_refused")
    administrator.post(BOT_PAGE, {"token": TOKEN})
    assert TelegramBot.objects.get().fault == ""
    administrator.post(reverse("notifications:telegram-forget"))
    assert not TelegramBot.objects.exists()
    said = administrator.get(reverse("site:audit")).content.decode()
    assert "changed Telegram bot “@maison_bot”: Token entered." in said
    assert "deleted Telegram bot “@maison_bot”" in said


def start_code(client: Client) -> str:
    text = client.post(reverse("notifications:telegram-connect")).content.decode()
    found = re.search(r"https://t\.me/maison_bot\?start=([\w-]+)", text)
    assert found
    return found[1]


def test_start_binds_the_chat_and_a_test_message_arrives(
    viewer: Client, bot_api: BotApi, bot: TelegramBot
) -> None:
    waiting = reverse("notifications:telegram-waiting")
    code = start_code(viewer)
    assert viewer.get(waiting).status_code == 200
    channel = bind_chat(code, 42, timezone.now())
    assert channel is not None
    assert (channel.person, channel.chat_id) == (me(), 42)
    found = viewer.get(waiting)
    assert found.status_code == 286
    assert "Connected." in found.content.decode()
    assert deliver_due(timezone.now) == 1
    assert len(bot_api.texts()) == 1


def test_a_code_works_once_and_not_for_ever(viewer: Client, bot: TelegramBot) -> None:
    code = start_code(viewer)
    newer = start_code(viewer)
    assert bind_chat(code, 42, timezone.now()) is None
    assert bind_chat("guessed", 42, timezone.now()) is None
    StartCode.objects.update(expires_at=timezone.now())
    assert bind_chat(newer, 42, timezone.now()) is None
    last = start_code(viewer)
    assert bind_chat(last, 42, timezone.now())
    assert bind_chat(last, 43, timezone.now()) is None


def test_a_chat_has_one_person(viewer: Client, operator: Client, bot: TelegramBot) -> None:
    bind_chat(start_code(viewer), 42, timezone.now())
    bind_chat(start_code(operator), 42, timezone.now())
    assert Channel.objects.get().person == me("operator")


def test_connecting_again_mends_the_same_channel(viewer: Client, bot: TelegramBot) -> None:
    first = bind_chat(start_code(viewer), 42, timezone.now())
    Channel.objects.update(fault="chat_gone")
    again = bind_chat(start_code(viewer), 42, timezone.now())
    assert first == again
    assert Channel.objects.get().fault == ""


def add(client: Client, **changes: str) -> str:
    sent = {"name": "Mail", "address": "json://anna:hush-hush@127.0.0.1:9/"} | changes
    url = reverse("notifications:channel-add")
    return client.post(url, sent, follow=True).content.decode()


def test_another_way_is_added_and_its_address_never_shown(operator: Client) -> None:
    text = add(operator)
    assert "A test message is on its way" in text
    assert "hush-hush" not in text + text_of(operator)
    assert Channel.objects.get().address.reveal() == "json://anna:hush-hush@127.0.0.1:9/"
    assert Delivery.objects.get().notification.event == Event.TEST


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"address": "nonsense://hush-hush"}, "not understood"),
        ({"address": "syslog://hush-hush"}, "not understood"),
        ({"name": ""}, "required"),
    ],
)
def test_what_cannot_be_a_channel_is_refused(
    operator: Client, changes: dict[str, str], words: str
) -> None:
    text = add(operator, **changes)
    assert words in text
    assert "hush-hush" not in text
    assert not Channel.objects.exists()


def test_two_channels_of_one_name_are_refused(operator: Client) -> None:
    add(operator)
    assert "You have a channel of this name already." in add(operator)
    assert Channel.objects.count() == 1


def test_the_admin_shows_no_address(administrator: Client, operator: Client) -> None:
    add(operator)
    channel = Channel.objects.get()
    change = reverse("admin:notifications_channel_change", args=[channel.pk])
    assert "hush-hush" not in text_of(administrator, change)
