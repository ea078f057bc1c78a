"""`send_test_notification`: what arrived, or one line that says what did not."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from notifications.addressees import Channel
from tests.notifications.bot_api import BotApi, Fault
from tests.notifications.conftest import NOON

pytestmark = pytest.mark.django_db


def send(*words: str) -> str:
    out = StringIO()
    call_command("send_test_notification", *words, stdout=out)
    return out.getvalue()


def test_one_message_through_each_channel(bot_api: BotApi, chat: Channel) -> None:
    Channel.objects.create(
        person=chat.person, kind="telegram", name="Other", chat_id=43, created_at=NOON
    )
    assert send() == "anna, Telegram: sent\nanna, Other: sent\n"
    assert bot_api.texts(42) == bot_api.texts(43) != []


def test_json(bot_api: BotApi, chat: Channel) -> None:
    (result,) = json.loads(send("--json"))
    assert result == {"person": "anna", "channel": "Telegram", "state": "sent", "answer": ""}


def test_what_did_not_arrive_is_one_line(bot_api: BotApi, chat: Channel) -> None:
    bot_api.fail(Fault(403))
    with pytest.raises(CommandError, match=r"^anna, Telegram: waiting \(chat_gone\)$"):
        send()


@pytest.mark.parametrize("words", [(), ("--person", "nobody")])
def test_without_a_channel_it_says_where_to_make_one(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="How I hear of it"):
        send(*words)
