"""What the check-up says of channels, of the bot and of Telegram itself."""

from __future__ import annotations

import pytest

from notifications.addressees import Channel, Fault, TelegramBot
from notifications.checkup import State, findings
from tests.notifications.bot_api import BotApi
from tests.notifications.bot_api import Fault as Answer
from tests.notifications.conftest import NOON

pytestmark = pytest.mark.django_db


def found() -> dict[str, State]:
    return {one.code: one.state for one in findings(NOON)}


def test_without_a_channel_nobody_hears() -> None:
    assert found() == {"channels.used": State.UNSURE}


def test_all_is_well(chat: Channel) -> None:
    assert found() == {"channels.used": State.WELL, "telegram.answers": State.WELL}


def test_a_channel_that_stands_still_names_its_person_and_what_to_do(chat: Channel) -> None:
    Channel.objects.update(fault=Fault.CHAT_GONE)
    (one,) = [one for one in findings(NOON) if one.code == "channel.stopped"]
    assert (one.state, one.subject) == (State.BROKEN, str(chat))
    assert one.advice


def test_a_refused_token_is_never_shown(bot_api: BotApi, chat: Channel) -> None:
    bot_api.token = "another"
    refused = [one for one in findings(NOON) if one.code == "telegram.refused"]
    assert [one.state for one in refused] == [State.BROKEN]
    token = TelegramBot.objects.get().token.reveal()
    assert token not in repr(refused)


def test_telegram_away_is_a_warning(bot_api: BotApi, chat: Channel) -> None:
    bot_api.fail(Answer(status=502), method="getMe")
    assert found()["telegram.away"] == State.WARNING
