"""The bot in conversation: who may do what, once, whatever comes twice, late or in disorder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from marstek_site.roles import Role, grant_role
from notifications.addressees import Channel, TelegramBot
from notifications.binding import new_start_code
from notifications.bot import Bot
from notifications.buttons import UNDER, buttons_under
from notifications.commands import COMMANDS, Answer, Asked, CommandRefused, Offer, on_command
from notifications.conversation import BotButton, BotUpdate, UnknownChat
from notifications.delivering import deliver_due
from notifications.events import Event
from notifications.lock import AdvisoryLock
from notifications.models import Notification
from notifications.notices import notify
from notifications.talk import take_update, understand
from tests.notifications.bot_api import BotApi, Fault
from tests.notifications.conftest import NOON

pytestmark = pytest.mark.django_db
ORDER = "batteries.order_battery"


@pytest.fixture
def done() -> Iterator[list[str]]:
    """What /charge did, a command as `scheduling` registers it."""
    known, under = dict(COMMANDS), dict(UNDER)
    orders: list[str] = []

    def charge(asked: Asked) -> Answer:
        UnknownChat.objects.create(chat_id=len(orders) - 1000, last_at=asked.now)
        if asked.arguments == "refused":
            raise CommandRefused("Garage is full.")
        if asked.arguments == "broken":
            raise RuntimeError("a secret detail")
        orders.append(f"{asked.person} {asked.arguments}")
        return Answer(f"Charges to {asked.arguments} <&>")

    def ask(asked: Asked) -> Answer:
        offers = [[Offer("Yes", "charge", "97"), Offer("80 %", "charge", "80")]]
        return Answer("Charge?", offers, asked.now + timedelta(hours=8))

    on_command("charge", ORDER, charge, help_text="charge now", aliases=("charger",))
    on_command("ask", "notifications.view_notification", ask)
    yield orders
    COMMANDS.clear()
    COMMANDS.update(known)
    UNDER.clear()
    UNDER.update(under)


class House:
    """The loop's turns, one at a time, at the moment `now`."""

    def __init__(self, api: BotApi) -> None:
        self.api, self.now = api, NOON
        lock = AdvisoryLock("telegram bot of a test")
        self.bot = Bot(lambda: self.now, threading.Event(), lock)

    def says(self, text: str, chat_id: int = 42, **options: Any) -> list[str]:
        before = len(self.api.texts(chat_id))
        self.api.write(text, chat_id, **options)
        self.bot.turn()
        return self.api.texts(chat_id)[before:]


@pytest.fixture
def house(bot_api: BotApi, chat: Channel, done: list[str]) -> House:
    return House(bot_api)


def test_a_command_is_done_in_the_persons_name(house: House, done: list[str]) -> None:
    assert house.says("/charge 80") == ["Charges to 80 <&>"]
    assert done == ["anna 80"]


@pytest.mark.parametrize("text", ["/charger 80", "/CHARGE  80", "/charge@maison_bot 80"])
def test_other_spellings(house: House, done: list[str], text: str) -> None:
    house.says(text)
    assert done == ["anna 80"]


@pytest.mark.parametrize("text", ["hello", "/unheard", "", "/", "🔋" * 5000, "a\nb"])
def test_what_is_not_understood_is_answered(house: House, done: list[str], text: str) -> None:
    assert house.says(text) == ["I did not understand that. Write /aide for what I know."]
    assert done == []


def test_a_refusal_is_its_sentence_and_writes_nothing(house: House) -> None:
    assert house.says("/charge refused") == ["Garage is full."]
    assert not UnknownChat.objects.exists()


def test_a_broken_command_says_so_once_and_the_bot_goes_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    (words,) = house.says("/charge broken")
    assert words.startswith(("Something broke", "Quelque chose"))
    assert "a secret detail" not in words
    assert "an update failed" in caplog.text
    assert not UnknownChat.objects.exists()
    assert len(house.says("/aide")) == 1


def test_a_viewer_may_not_order(house: House, done: list[str], anna: User) -> None:
    grant_role(anna, Role.VIEWER)
    (words,) = house.says("/charge 80")
    assert words.startswith("You may not do this")
    assert done == []
    assert "/charge" not in house.says("/aide")[0]


def test_help_names_what_this_person_may_do(house: House) -> None:
    (words,) = house.says("/help")
    assert "/aide – what I understand" in words
    assert "/charge – charge now" in words


def test_somebody_shut_out_is_a_stranger(house: House, done: list[str], anna: User) -> None:
    anna.is_active = False
    anna.save()
    (words,) = house.says("/charge 80")
    assert words.startswith("Bonjour. Je ne parle")
    assert done == []


def test_the_bot_speaks_the_persons_language(house: House, chat: Channel) -> None:
    chat.person.notice_preference.language = "fr"
    chat.person.notice_preference.save()
    assert house.says("hello") == ["Je n’ai pas compris. Écrivez /aide pour ce que je sais faire."]


# --- strangers ---


def test_a_stranger_gets_one_line_a_day(house: House, caplog: pytest.LogCaptureFixture) -> None:
    assert len(house.says("/etat", 99)) == 1
    assert [house.says("please", 99) for _ in range(3)] == [[], [], []]
    assert UnknownChat.objects.get(chat_id=99).times == 4
    assert len([r for r in caplog.records if "chat 99" in r.getMessage()]) == 1
    house.now += timedelta(days=1)
    assert len(house.says("again", 99)) == 1


def test_a_crowd_of_strangers_gets_twenty_lines_an_hour(house: House) -> None:
    for number in range(30):
        house.api.write("hello", 1000 + number)
    house.bot.turn()
    assert len(house.api.arrived) == 20


def test_start_with_a_code_binds_a_strangers_chat(house: House, anna: User) -> None:
    code = new_start_code(anna, NOON)
    assert house.says(f"/start {code}", 77)[0].startswith("Hello anna.")
    assert Channel.objects.get(chat_id=77).person == anna
    assert deliver_due(lambda: NOON) == 1
    assert house.api.texts(77)[-1].startswith("Test message")


def test_a_used_code_is_said_in_a_bound_chat_and_nothing_elsewhere(
    house: House, anna: User
) -> None:
    code = new_start_code(anna, NOON)
    house.says(f"/start {code}")
    assert house.says(f"/start {code}")[0].startswith("This link was used or is too old")
    assert house.says(f"/start {code}", 78)[0].startswith("Bonjour. Je ne parle")
    assert not Channel.objects.filter(chat_id=78).exists()


# --- buttons ---


def test_a_button_is_good_for_one_press(house: House, done: list[str]) -> None:
    house.says("/ask")
    (_yes, _token), (label, token) = house.api.last_keyboard()
    house.api.press(token)
    house.api.press(token)
    house.api.press(_token)
    house.bot.turn()
    assert (label, done) == ("80 %", ["anna 80"])
    assert house.api.texts()[-1] == "Charges to 80 <&>"
    notes = [text for _press, text in house.api.answered_presses]
    assert notes[1:] == ["This was answered already."] * 2


def test_a_button_of_last_week_does_nothing(house: House, done: list[str]) -> None:
    house.says("/ask")
    token = house.api.last_keyboard()[0][1]
    house.now += timedelta(hours=8)
    house.api.press(token)
    house.bot.turn()
    assert done == []
    assert house.api.answered_presses[-1][1] == "This button is too old: nothing was done."
    house.now += timedelta(days=8)
    house.bot.turn()
    assert not BotButton.objects.exists()


def test_a_button_works_only_in_its_chat(house: House, done: list[str], anna: User) -> None:
    Channel.objects.create(person=anna, kind="telegram", name="Other", chat_id=43, created_at=NOON)
    house.says("/ask")
    house.api.press(house.api.last_keyboard()[0][1], 43)
    house.bot.turn()
    assert done == []


def test_the_database_holds_no_token_of_a_button(house: House) -> None:
    house.says("/ask")
    tokens = {token for _label, token in house.api.last_keyboard()}
    assert not tokens & set(BotButton.objects.values_list("token_hash", flat=True))


def test_a_role_that_was_taken_counts_for_a_button(
    house: House, done: list[str], anna: User
) -> None:
    house.says("/ask")
    grant_role(anna, Role.VIEWER)
    house.api.press(house.api.last_keyboard()[0][1])
    house.bot.turn()
    assert done == []
    assert house.api.texts()[-1].startswith("You may not do this")


def offer_charge(notice: Notification, person: User) -> Any:
    return [[Offer("Charge", "charge", "97")]], NOON + timedelta(hours=4)


def test_buttons_stand_under_a_notice(house: House, done: list[str]) -> None:
    buttons_under(Event.RED_TOMORROW, offer_charge)
    notify(Event.RED_TOMORROW, "day:2026-11-26", params={"day": "2026-11-26"}, now=NOON)
    deliver_due(lambda: NOON)
    ((label, token),) = house.api.last_keyboard()
    house.api.press(token)
    house.bot.turn()
    assert (label, done) == ("Charge", ["anna 97"])


def test_a_viewers_notice_has_no_button_that_orders(house: House, anna: User) -> None:
    grant_role(anna, Role.VIEWER)
    buttons_under(Event.RED_TOMORROW, offer_charge)
    notify(Event.RED_TOMORROW, "day:2026-11-26", params={"day": "2026-11-26"}, now=NOON)
    deliver_due(lambda: NOON)
    assert "reply_markup" not in house.api.bodies[-1]


# --- twice, late, in disorder ---


def test_an_update_that_comes_twice_acts_once(house: House, done: list[str]) -> None:
    house.says("/charge 80", update_id=7)
    TelegramBot.objects.update(next_update_id=0)  # killed before it was written down
    house.bot.turn()
    assert done == ["anna 80"]
    assert len(house.api.texts()) == 1


def test_updates_in_disorder_are_done_in_order(house: House, done: list[str]) -> None:
    house.api.write("/charge 2", update_id=12)
    house.api.write("/charge 1", update_id=11)
    house.bot.turn()
    assert done == ["anna 1", "anna 2"]
    assert TelegramBot.objects.get().next_update_id == 13


def test_an_update_that_comes_late_is_done_all_the_same(house: House, done: list[str]) -> None:
    house.says("/charge 2", update_id=12)
    late = {"update_id": 11, "message": _message("/charge 1")}
    assert take_update(late, NOON) is not None
    assert take_update(late, NOON) is None
    assert done == ["anna 2", "anna 1"]


def _message(text: str) -> dict[str, Any]:
    return {"chat": {"id": 42, "type": "private"}, "text": text}


@pytest.mark.django_db(transaction=True)
def test_two_processes_with_the_same_update_act_once(chat: Channel, done: list[str]) -> None:
    start, replies = threading.Barrier(4), []

    def work() -> None:
        try:
            start.wait(timeout=10)
            update = {"update_id": 5, "message": _message("/charge 80")}
            replies.append(take_update(update, NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert done == ["anna 80"]
    assert len([reply for reply in replies if reply]) == 1


def test_old_updates_are_forgotten(house: House) -> None:
    house.says("hello")
    house.now += timedelta(days=8)
    house.bot.turn()
    assert not BotUpdate.objects.exists()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["update_id", "message", "callback_query", "chat", "id", "type", "text"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["update_id", "message", "callback_query"]), JUNK))
def test_no_update_breaks_the_reading(update: dict[str, Any]) -> None:
    heard = understand(update)
    assert heard is None or isinstance(heard.chat_id, int)


def test_groups_are_no_place_for_orders(house: House, done: list[str]) -> None:
    update = {
        "update_id": 5,
        "message": _message("/charge 80") | {"chat": {"id": 42, "type": "group"}},
    }
    assert take_update(update, NOON) is None
    assert done == []


# --- Telegram in trouble ---


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        (Fault(401), "token_refused"),
        (Fault(409), "bot_elsewhere"),
        (Fault(500), ""),
        (Fault(429), ""),
    ],
)
def test_trouble_is_written_down_and_over_by_itself(
    house: House, fault: Fault, stored: str
) -> None:
    house.api.fail(fault, method="getUpdates")
    assert house.bot.turn() > 0
    assert TelegramBot.objects.get().fault == stored
    house.now += timedelta(hours=1)
    house.says("hello")
    assert TelegramBot.objects.get().fault == ""


def test_a_token_that_was_refused_is_left_alone_for_an_hour(house: House) -> None:
    house.api.fail(Fault(401), method="getUpdates")
    for _ in range(3):
        house.bot.turn()
    assert house.api.asked == ["getUpdates"]


def test_messages_still_go_while_another_program_asks(house: House) -> None:
    TelegramBot.objects.update(fault="bot_elsewhere")
    notify(Event.BATTERY_RESET, "battery:1", params={"name": "Garage"}, now=NOON)
    assert deliver_due(lambda: NOON) == 1


def test_an_answer_that_telegram_puts_off_comes_later(house: House) -> None:
    house.bot._stopped.set()  # so that nothing really waits
    house.api.fail(Fault(429, retry_after=5))
    assert len(house.says("hello")) == 1


def test_a_long_answer_that_is_put_off_half_way_comes_whole_and_once(house: House) -> None:
    lines = "\n".join(f"line {number}" for number in range(1000))
    on_command("long", "notifications.view_notification", lambda _asked: Answer(lines))
    house.bot._stopped.set()
    house.api.fail(Fault(), Fault(429, retry_after=5), Fault(), Fault())
    parts = house.says("/long")
    assert len(parts) == 3
    assert "\n".join(parts) == lines


def test_without_a_token_nobody_is_asked(house: House) -> None:
    TelegramBot.objects.all().delete()
    assert house.bot.turn() == 3.0
    assert house.api.asked == []


@pytest.mark.django_db(transaction=True)
def test_two_bots_at_once_one_asks_and_the_other_takes_over(
    bot_api: BotApi, chat: Channel, done: list[str]
) -> None:
    stops = [threading.Event(), threading.Event()]
    threads = [threading.Thread(target=_run, args=(stop,)) for stop in stops]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("notifications.bot.LOOK_EVERY_S", 0.05)
        patch.setattr("notifications.bot.LONG_POLL_S", 0)
        for thread in threads:
            thread.start()
        for number in range(20):
            bot_api.write(f"/charge {number}")
        _await(lambda: len(done) == 20)
        stops[0].set()
        threads[0].join(timeout=10)
        bot_api.write("/charge 20")
        _await(lambda: len(done) == 21)
        stops[1].set()
        threads[1].join(timeout=10)
    assert done == [f"anna {number}" for number in range(21)]
    assert bot_api.most_pollers == 1


def _run(stop: threading.Event) -> None:
    try:
        Bot(lambda: NOON, stop, AdvisoryLock("telegram bot of a test")).run()
    finally:
        connection.close()


def _await(holds: Any) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.02)
    raise AssertionError("it did not come to pass")
