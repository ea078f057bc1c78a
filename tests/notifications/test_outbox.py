"""The outbox against a server that behaves as Telegram does: nothing lost, nothing twice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils.translation import override

from notifications import outbox
from notifications.addressees import Channel, TelegramBot
from notifications.delivering import deliver_due
from notifications.events import Event
from notifications.models import Delivery, DeliveryState, Notification
from notifications.notices import acknowledge, notify, recover
from notifications.remedies import live_troubles, troubles
from notifications.telegram import TelegramApi
from tests.notifications.bot_api import TOKEN, BotApi, Fault
from tests.notifications.conftest import NOON, PARAMS

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
GARAGE = "battery:3"


def tell(event: Event = Event.BATTERY_RESET, at: datetime = NOON, subject: str = GARAGE) -> None:
    notify(event, subject, params={**PARAMS[event], "name": "Garage"}, now=at)


def run(minutes: float = 0) -> int:
    return deliver_due(lambda: NOON + minutes * MINUTE)


def row() -> Delivery:
    return Delivery.objects.get()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default was bound when the class was made: another READ_S would change nothing."""
    monkeypatch.setattr(TelegramApi.__init__, "__kwdefaults__", {"read_s": 0.3})


def test_a_notice_arrives_once_however_often_the_task_runs(bot_api: BotApi, chat: Channel) -> None:
    tell()
    assert [run(), run(), run(10)] == [1, 0, 0]
    (text,) = bot_api.texts()
    assert text.startswith("Garage lost its settings\nGarage is back to its factory values.")
    assert (row().state, row().sent_at, row().attempts) == ("sent", NOON, 1)


def test_what_is_rolled_back_is_not_sent(bot_api: BotApi, chat: Channel) -> None:
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    assert run() == 0
    assert bot_api.asked == []


def test_what_repeats_is_not_sent_again(bot_api: BotApi, chat: Channel) -> None:
    for minute in range(3):
        tell(Event.BATTERY_OFFLINE, NOON + minute * MINUTE)
        run(minute)
    assert len(bot_api.texts()) == 1


def test_who_was_told_is_told_that_it_is_over(bot_api: BotApi, chat: Channel) -> None:
    tell(Event.BATTERY_OFFLINE)
    run()
    recover(Event.BATTERY_OFFLINE, GARAGE, now=NOON + MINUTE)
    assert run(1) == 1
    assert bot_api.texts()[1].startswith("Garage answers again\n")


def test_who_was_not_told_hears_nothing_of_the_end(bot_api: BotApi, chat: Channel) -> None:
    tell(Event.BATTERY_OFFLINE)
    recover(Event.BATTERY_OFFLINE, GARAGE, now=NOON + MINUTE)
    assert run(1) == 0
    assert bot_api.texts() == []
    assert row().state == DeliveryState.DROPPED


def test_an_end_while_the_first_message_is_under_way_waits_for_it(
    bot_api: BotApi, chat: Channel
) -> None:
    tell(Event.BATTERY_OFFLINE)
    (first,) = outbox.due_deliveries(NOON)
    assert outbox.claim(first, NOON)
    recover(Event.BATTERY_OFFLINE, GARAGE, now=NOON)
    assert run() == 0
    outbox.sent(first, NOON)
    assert run(1) == 1
    assert bot_api.texts()[0].startswith("Garage answers again")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_broken_server_is_tried_again_each_time_later(
    bot_api: BotApi, chat: Channel, status: int
) -> None:
    tell()
    bot_api.fail(Fault(status), Fault(status))
    assert [run(minutes) for minutes in (0, 0.9, 1, 2.9, 3)] == [0, 0, 0, 0, 1]
    assert len(bot_api.texts()) == 1


def test_a_server_that_is_away_is_tried_for_hours_then_given_up(chat: Channel) -> None:
    tell()
    TelegramBot.objects.update(token=TOKEN)
    telegram_away = "http://127.0.0.1:9"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.TELEGRAM_API_URL", telegram_away)
        for minutes in range(0, 12 * 60, 5):
            run(minutes)
        assert 20 < row().attempts < 40
        assert row().state == DeliveryState.WAITING
        run(12 * 60)
    assert row().state == DeliveryState.LATE


def test_429_waits_as_long_as_telegram_asks_with_all_chats(bot_api: BotApi, chat: Channel) -> None:
    tell()
    bot_api.fail(Fault(429, retry_after=300))
    run()
    tell(at=NOON + MINUTE, subject="battery:4")
    assert [run(1), run(4.9)] == [0, 0]
    assert bot_api.asked == ["sendMessage"]
    assert run(5) == 2


def test_a_refused_token_stops_everything_and_keeps_the_settings(
    bot_api: BotApi, chat: Channel
) -> None:
    bot_api.token = "987654321:another"
    tell()
    assert [run(), run(10)] == [0, 0]
    bot = TelegramBot.objects.get()
    assert (bot.fault, bot.token.reveal()) == ("token_refused", TOKEN)
    assert bot_api.asked == ["sendMessage"]
    TelegramBot.objects.update(token=bot_api.token, fault="")
    assert run(10) == 1


@pytest.mark.parametrize(
    "fault", [Fault(403, "Forbidden: bot was blocked"), Fault(400, "Bad Request: chat not found")]
)
def test_a_chat_that_is_gone_stops_this_channel_alone(
    bot_api: BotApi, chat: Channel, fault: Fault
) -> None:
    other = Channel.objects.create(
        person=chat.person, kind="telegram", name="Other", chat_id=43, created_at=NOON
    )
    bot_api.fail(fault)
    tell()
    run()
    run(1)
    chat.refresh_from_db()
    assert (chat.fault, chat.chat_id, chat.is_on) == ("chat_gone", 42, True)
    assert len(bot_api.texts(43)) == 1
    assert Channel.objects.get(pk=other.pk).fault == ""


def test_a_message_that_is_refused_does_not_hold_up_the_next(
    bot_api: BotApi, chat: Channel
) -> None:
    bot_api.fail(Fault(400, "Bad Request: something else"))
    tell()
    tell(subject="battery:4")
    run()
    states = Delivery.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["refused", "sent"]


def test_a_slow_server_gets_one_message(bot_api: BotApi, chat: Channel) -> None:
    bot_api.fail(Fault(delay_s=0.1))
    tell()
    assert run() == 1
    assert len(bot_api.texts()) == 1


@pytest.mark.usefixtures("impatient")
def test_a_server_that_hangs_loses_nothing(bot_api: BotApi, chat: Channel) -> None:
    bot_api.fail(Fault(hangs=True))
    tell()
    assert [run(), run(1)] == [0, 1]
    assert len(bot_api.texts()) == 1
    assert "Repeated" in bot_api.texts()[0]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault", [Fault(hangs=True, is_delivered=True), Fault(cuts=True, is_delivered=True)]
)
def test_what_may_have_arrived_says_so_when_it_comes_again(
    bot_api: BotApi, chat: Channel, fault: Fault
) -> None:
    """The one way to get a message twice: Telegram took it and did not say so."""
    bot_api.fail(fault)
    tell()
    run()
    run(1)
    first, second = bot_api.texts()
    assert second == f"{first}\n(Repeated: it may have reached you before.)"


def test_a_worker_killed_while_it_sent_is_followed_by_one_that_says_so(
    bot_api: BotApi, chat: Channel
) -> None:
    tell()
    (claimed,) = outbox.due_deliveries(NOON)
    assert outbox.claim(claimed, NOON)  # and nothing more is heard of this worker
    assert [run(1), run(1.9)] == [0, 0]
    assert run(2) == 1
    assert "Repeated" in bot_api.texts()[0]


def test_a_worker_that_comes_back_too_late_overwrites_nothing(
    bot_api: BotApi, chat: Channel
) -> None:
    tell()
    (slow,) = outbox.due_deliveries(NOON)
    assert outbox.claim(slow, NOON)
    assert run(2) == 1
    outbox.put_off(slow, NOON + 3 * MINUTE, "too late")
    assert row().state == DeliveryState.SENT


def test_a_clock_that_went_back_does_not_hold_a_message(bot_api: BotApi, chat: Channel) -> None:
    tell()
    (claimed,) = outbox.due_deliveries(NOON)
    assert outbox.claim(claimed, NOON + 60 * MINUTE)
    assert run(1) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_message_once(bot_api: BotApi, chat: Channel) -> None:
    for number in range(8):
        tell(subject=f"battery:{number}")
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait(timeout=10)
            run()
        finally:
            connection.close()

    _in_threads(work, 4)
    assert len(bot_api.texts()) == 8
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def _in_threads(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)


def test_what_its_person_has_read_is_not_sent(bot_api: BotApi, chat: Channel) -> None:
    tell()
    acknowledge(Notification.objects.get().pk, by=chat.person, now=NOON)
    assert run() == 0
    assert row().state == DeliveryState.DROPPED


def test_somebody_without_a_role_hears_nothing(bot_api: BotApi, chat: Channel) -> None:
    chat.person.groups.clear()
    tell()
    assert not Delivery.objects.exists()


def test_somebody_shut_out_hears_nothing(bot_api: BotApi, chat: Channel) -> None:
    chat.person.is_active = False
    chat.person.save()
    tell()
    assert not Delivery.objects.exists()


@pytest.fixture
def every_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(500),
        Fault(401),
        Fault(403),
        Fault(429, retry_after=1),
        Fault(hangs=True),
        Fault(cuts=True),
    ],
)
def test_the_token_is_in_no_log_and_no_row(
    bot_api: BotApi, chat: Channel, every_log: pytest.LogCaptureFixture, fault: Fault
) -> None:
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # as the settings have it
    bot_api.fail(fault)
    tell()
    run()
    assert "over channel" in every_log.text
    assert TOKEN not in every_log.text
    assert TOKEN.partition(":")[2] not in every_log.text + repr(row().__dict__)


def test_what_keeps_messages_from_people_is_found(bot_api: BotApi, chat: Channel) -> None:
    assert list(troubles(NOON)) == []
    tell()
    assert [found.code for found in troubles(NOON + 31 * MINUTE)] == ["outbox.stuck"]
    Channel.objects.update(fault="chat_gone")
    with override("en"):
        (found,) = troubles(NOON + 31 * MINUTE)
    assert (found.code, found.subject) == ("channel.stopped", "anna: Telegram")
    assert found.text == "the chat was closed, or the bot is blocked there"
    assert found.advice.startswith("Open the chat with the bot")


def test_a_bot_that_stands_still_is_one_finding(bot_api: BotApi, chat: Channel) -> None:
    bot_api.fail(Fault(401))
    tell()
    run()
    assert [found.code for found in troubles(NOON + 60 * MINUTE)] == ["telegram.stopped"]


@pytest.mark.parametrize(
    ("fault", "codes"),
    [(Fault(), []), (Fault(401), ["telegram.refused"]), (Fault(502), ["telegram.away"])],
)
def test_telegram_itself_is_asked(
    bot_api: BotApi, bot: TelegramBot, fault: Fault, codes: list[str]
) -> None:
    bot_api.fail(fault, method="getMe")
    assert [found.code for found in live_troubles()] == codes
    assert TelegramBot.objects.get().fault == ""  # a look changes nothing


def test_without_a_bot_there_is_nothing_to_ask(bot_api: BotApi) -> None:
    assert list(live_troubles()) == []
    assert bot_api.asked == []
