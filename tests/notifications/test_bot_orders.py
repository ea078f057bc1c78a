"""A household in conversation with its bot: states, reasons, orders, the night before a red day."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from batteries.models import Battery, ModeType
from marstek_site.roles import Role, grant_role
from notifications.addressees import Channel
from notifications.bot import Bot
from notifications.delivering import deliver_due
from notifications.events import Event
from notifications.lock import AdvisoryLock
from notifications.notices import notify
from scheduling.intentions import Household, Override
from scheduling.models import Order
from scheduling.reconciling import reconcile
from tests.notifications.bot_api import BotApi
from tests.notifications.conftest import EVE, NOON, PARAMS
from tests.rows import battery
from tests.scheduling.red_days import blue_days, red_day

pytestmark = pytest.mark.django_db
TEN_PM, SIX_AM = NOON + timedelta(hours=10), NOON + timedelta(hours=18)  # 22:00 and 06:00 in Paris
NBSP = "\u00a0"


class Phone:
    """Anna's phone: she writes, presses, reads."""

    def __init__(self, api: BotApi) -> None:
        self.api, self.now = api, NOON
        self.bot = Bot(lambda: self.now, threading.Event(), AdvisoryLock("bot of a test"))

    def says(self, text: str) -> str:
        self.api.write(text)
        return self._answer()

    def press(self, label: str) -> str:
        """The last keyboard's button; a second press is answered over the chat only."""
        rows = [body["reply_markup"] for body in self.api.bodies if "reply_markup" in body][-1]
        buttons = [button for row in rows["inline_keyboard"] for button in row]
        self.api.press(next(one["callback_data"] for one in buttons if one["text"] == label))
        return self._answer()

    def _answer(self) -> str:
        texts, notes = len(self.api.texts()), len(self.api.answered_presses)
        self.bot.turn()
        new = self.api.texts()[texts:]
        return "\n".join(new) or self.api.answered_presses[notes:][-1][1]


@pytest.fixture
def garage(db: None) -> Battery:
    return battery("Garage", at=NOON, mode=ModeType.AUTO)


@pytest.fixture
def phone(bot_api: BotApi, chat: Channel, garage: Battery) -> Phone:
    Household.objects.create(pk=1, is_automatic=True)
    red_day(EVE)
    return Phone(bot_api)


def decided(now: datetime) -> Override:
    reconcile(now)
    return Override.objects.get(ended_at=None)


def test_state(phone: Phone) -> None:
    assert phone.says("/etat").splitlines()[:2] == [
        f"Garage: 62{NBSP}%, charges at 590{NBSP}W",
        "Mode as read: Auto",
    ]
    phone.now = NOON + timedelta(seconds=100)
    assert phone.says("/etat").splitlines()[0].endswith(f"590{NBSP}W (2{NBSP}minutes ago)")


def test_a_silent_battery_says_so(phone: Phone, garage: Battery) -> None:
    phone.now = NOON + timedelta(hours=1)
    assert phone.says("/state").startswith("Garage: it does not answer.")


def test_why(phone: Phone) -> None:
    assert phone.says("/pourquoi gar").startswith("Garage: Following the house (Auto): ")


@pytest.mark.parametrize("text", ["/pourquoi Grenier", "/charge 80 Grenier", "/pause 2h Grenier"])
def test_an_unknown_battery_is_one_sentence(phone: Phone, text: str) -> None:
    assert phone.says(text) == "Which battery is “Grenier”? There are: Garage."
    assert not Override.objects.exists()


def test_a_beginning_that_two_share_is_refused(phone: Phone) -> None:
    battery("Garage 2", at=NOON)
    assert phone.says("/auto gara").startswith("Which battery is “gara”?")
    assert phone.says("/pourquoi Garage").count("Garage") == 1


def test_plan(phone: Phone) -> None:
    words = phone.says("/plan")
    assert words.startswith("Garage\n22:00 – Charging at ")
    assert "Thursday 06:00 – Following the house (Auto): tomorrow is red" in words


def test_plan_without_automation_says_so(phone: Phone) -> None:
    Household.objects.update(is_automatic=False)
    assert phone.says("/plan").startswith("Automation is off. It would be:")


def test_red(phone: Phone) -> None:
    assert phone.says("/rouge").splitlines() == [
        "Today, Wednesday 25 November: blue (final, from RTE (site))",
        "Tomorrow, Thursday 26 November: red (final, from RTE (site))",
        f"Garage: 95{NBSP}% expected at 06:00",
        "Red days left: 21 of 22.",
    ]


def test_charge_is_an_order_in_the_persons_name(phone: Phone, anna: User) -> None:
    words = phone.says("/charge 80")
    assert words.startswith("Garage: Charging at 2")
    assert "asked by anna" in words
    order = Order.objects.get(closed_at=None)
    assert (order.asked_by, order.origin, order.mode_type) == (anna, "bot", "charge")
    assert Override.objects.get().target_soc == 80


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/charge", "Up to which charge? Write for example: /charge 80"),
        ("/charge plein", "Up to which charge? Write for example: /charge 80"),
        ("/charge 180", "A state of charge lies between 1 % and 100 %."),
        ("/charge 50", f"Garage has 62{NBSP}% already."),
        ("/pause 9j", "A pause lasts 7 days at most."),
        ("/nuit peut-être", "Write /nuit oui, /nuit non or /nuit 80."),
        ("/nuit 80 jeudi", "Write /nuit oui, /nuit non or /nuit 80."),
    ],
)
def test_refusals(phone: Phone, text: str, answer: str) -> None:
    assert phone.says(text) == answer
    assert not Override.objects.exists()


def test_those_that_can_do_it(phone: Phone) -> None:
    battery("Cave", at=NOON, soc=91)
    words = phone.says("/charge 80")
    assert words.startswith(f"Cave has 91{NBSP}% already.")
    assert Override.objects.get().battery.name == "Garage"


@pytest.mark.parametrize(("text", "minutes"), [("2h", 120), ("1h30 Garage", 90), ("45 min", 45)])
def test_pause(phone: Phone, text: str, minutes: int) -> None:
    assert phone.says(f"/pause {text}").startswith("Garage: Left alone: hands off")
    override = Override.objects.get(kind="hands_off", origin="bot")
    assert override.until == NOON + timedelta(minutes=minutes)


def test_auto_ends_it(phone: Phone, anna: User) -> None:
    phone.says("/charge 80")
    assert phone.says("/auto").startswith("Garage: Following the house (Auto)")
    assert Override.objects.get().end_reason == "cancelled"
    assert Order.objects.get(closed_at=None).asked_by == anna


def test_a_pause_over_a_red_night_is_asked_about_first(phone: Phone) -> None:
    words = phone.says("/pause 20h")
    assert "would not be charged for it. That costs about 1.96\u00a0€: 3.8\u00a0kWh bought" in words
    assert words.endswith("Nothing was ordered yet.")
    assert not Override.objects.exists()
    phone.press("Only until 22:00")
    assert Override.objects.get().until == TEN_PM
    assert phone.press("All the same") == "This was answered already."


def test_all_the_same(phone: Phone) -> None:
    phone.says("/pause 20h Garage")
    phone.press("All the same")
    assert Override.objects.get().until == NOON + timedelta(hours=20)


@pytest.mark.parametrize("text", ["/charge 80", "/pause 2h", "/auto", "/nuit non"])
def test_a_viewer_sees_and_does_not_order(phone: Phone, anna: User, text: str) -> None:
    grant_role(anna, Role.VIEWER)
    assert phone.says(text).startswith("You may not do this")
    assert phone.says("/etat").startswith("Garage: 62")
    assert not Override.objects.exists()


# --- the buttons of a red eve ---


def told(phone: Phone) -> Phone:
    notify(Event.RED_TOMORROW, f"day:{EVE}", params=PARAMS[Event.RED_TOMORROW], now=NOON)
    assert deliver_due(lambda: NOON) == 1
    return phone


def test_no_follows_the_house_that_night_only(phone: Phone, anna: User) -> None:
    words = told(phone).press("No")
    assert words.startswith("Nothing is charged tonight")
    assert "That costs about 1.96\u00a0€: 3.8\u00a0kWh bought at 72.95\u00a0c€/kWh" in words
    override = decided(NOON)
    assert (override.starts_at, override.until) == (TEN_PM, SIX_AM)
    reconcile(TEN_PM)
    order = Order.objects.get(closed_at=None)
    assert (order.mode_type, order.asked_by, order.origin) == ("auto", anna, "bot")


def test_eighty_percent_is_tonights_target(phone: Phone, anna: User) -> None:
    words = told(phone).press("80 %")
    assert words == f"The batteries charge up to 80{NBSP}%, from 22:00 on."
    assert decided(TEN_PM).target_soc == 80
    order = Order.objects.get(closed_at=None)
    assert (order.mode_type, order.asked_by, order.origin) == ("charge", anna, "bot")


def test_yes_leaves_it_to_the_plan(phone: Phone) -> None:
    assert told(phone).press("Charge tonight: yes").endswith("from 22:00 on.")
    assert not Override.objects.exists()


def test_yes_orders_it_without_automation(phone: Phone) -> None:
    Household.objects.update(is_automatic=False)
    told(phone).press("Charge tonight: yes")
    assert decided(NOON).target_soc == 95


def test_yes_takes_a_no_back(phone: Phone) -> None:
    phone.says("/nuit non")
    phone.says("/nuit oui")
    assert Override.objects.get().end_reason == "cancelled"


def test_a_button_counts_once(phone: Phone) -> None:
    told(phone).press("80 %")
    assert phone.press("No") == "This was answered already."
    assert phone.press("80 %") == "This was answered already."
    assert Override.objects.count() == 1


def test_next_week_it_does_nothing(phone: Phone) -> None:
    told(phone).now = NOON + timedelta(days=7)
    assert phone.press("No") == "This button is too old: nothing was done."
    assert not Override.objects.exists()


def test_in_the_night_it_begins_at_once(phone: Phone) -> None:
    told(phone).now = TEN_PM + timedelta(hours=1)
    phone.press("80 %")
    assert decided(phone.now).starts_at == phone.now


def test_a_night_before_no_red_day_is_refused(bot_api: BotApi, chat: Channel) -> None:
    battery("Garage", at=NOON)
    blue_days(EVE - timedelta(days=1))
    assert Phone(bot_api).says("/nuit 80") == "The coming day is not red: nothing was done."


def test_what_begins_later_can_be_ended_before(phone: Phone) -> None:
    phone.says("/nuit non")
    phone.says("/auto")
    assert Override.objects.get().end_reason == "cancelled"
    assert "tomorrow is red" in phone.says("/plan")


# --- a conversation in French ---


def test_a_conversation_in_french(phone: Phone, anna: User) -> None:
    anna.notice_preference.language = "fr"
    anna.notice_preference.save()
    battery("Cave", at=NOON, soc=91)
    said = {
        text: phone.says(text).replace(NBSP, " ")
        for text in ("/etat gar", "/rouge", "/charge 80", "/pause 2h Cave", "/auto", "/nuit 80")
    }
    assert said["/etat gar"].splitlines() == [
        "Garage : 62 %, se charge à 590 W",
        "Mode lu : Auto",
    ]
    assert said["/rouge"].splitlines()[0].startswith("Aujourd’hui, mercredi 25 novembre : bleu")
    assert said["/rouge"].splitlines()[-1] == "Jours rouges restants : 21 sur 22."
    assert said["/charge 80"].startswith("Cave est déjà à 91 %.\nGarage : En charge à 2")
    assert said["/pause 2h Cave"].startswith("Cave : ")
    assert "anna" in said["/pause 2h Cave"]
    assert said["/auto"].count("Suit la maison (Auto)") == 2
    assert said["/nuit 80"] == "Les batteries se chargent jusqu’à 80 %, à partir de 22:00."
