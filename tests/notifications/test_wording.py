"""What notices say: short, complete, in both languages, whatever the params hold."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.utils.translation import override

from notifications.events import KINDS, Event
from notifications.models import Notification
from notifications.phrases import OVER, TEXTS
from notifications.wording import Words, says_when_over, words
from tests.notifications.conftest import EVE, LONG, NOON, PARAMS

LANGUAGES = ("fr", "en")


def said(event: Event, *, is_over: bool = False, language: str = "en", **changes: Any) -> Words:
    params = PARAMS[event] | changes
    notice = Notification(event=event, params=params, created_at=NOON, last_at=NOON)
    with override(language):
        return words(notice, is_over=is_over)


def test_each_event_has_its_kind_and_words() -> None:
    assert set(KINDS) == set(TEXTS) == set(Event) == set(PARAMS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", Event)
def test_a_message_fits_and_lacks_nothing(
    event: Event, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    for is_over in (False, True):
        message = said(event, is_over=is_over, language=language)
        assert 0 < len(message.title) <= 80
        assert 0 < len(message.text) <= 300
        assert not message.text.endswith("…")  # nothing was cut off
        assert "%(" not in message.title + message.text
    assert caplog.records == []


@pytest.mark.parametrize("event", Event)
def test_french_is_not_english(event: Event) -> None:
    assert said(event, language="fr").text != said(event, language="en").text


@pytest.mark.parametrize("event", OVER)
def test_the_end_says_something_else(event: Event) -> None:
    assert says_when_over(event)
    assert said(event, is_over=True) != said(event)


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("junk", [None, "", [], {}, "junk", -1, [None], [{"name": None}]])
def test_a_message_never_fails_for_a_param(event: Event, junk: Any) -> None:
    assert said(event, **dict.fromkeys(PARAMS[event], junk)).title


def test_what_is_missing_is_a_dash_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        message = said(Event.SOC_LOW, soc=None)
    assert message.title.endswith("is at —")
    assert "lacks ['soc']" in caplog.text


def test_the_red_eve_says_what_is_done_and_the_hand_rescue() -> None:
    message = said(Event.RED_TOMORROW, stands_still=["Garage"])
    assert message.title == "Red day: Thursday 26 November"
    assert "charge from 22:00" in message.text
    assert "97\u00a0% by 06:00" in message.text
    assert "from 06:00: Garage. Choose Auto in the Marstek app" in message.text


def test_the_red_eve_without_automation_says_what_to_do_by_hand() -> None:
    assert "between 22:00 and 06:00" in said(Event.RED_TOMORROW, is_automatic=False).text


def test_a_red_day_that_is_not_certain_says_so() -> None:
    assert said(Event.RED_TOMORROW, is_sure=False).title == "Possibly red: Thursday 26 November"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "changes",
    [{"not_ready": [LONG] * 3}, {"not_ready": []}, {"stands_still": []}, {"serves": False}],
)
def test_the_red_eve_fits_with_its_rehearsal(language: str, changes: dict[str, Any]) -> None:
    message = said(Event.RED_TOMORROW, language=language, **changes)
    assert len(message.text) <= 300
    assert not message.text.endswith("…")


def test_the_red_eve_names_who_failed_the_rehearsal() -> None:
    text = said(Event.RED_TOMORROW, not_ready=["Cave"]).text
    assert "Not ready in the rehearsal: Cave." in text
    well = said(Event.RED_TOMORROW, not_ready=[], stands_still=[]).text
    assert "The rehearsal went well. Nothing to do." in well


@pytest.mark.parametrize("phase", ["eve", "day"])
@pytest.mark.parametrize(
    "why", ["no_answer", "not_proved", "too_slow", "automation_off", "hands_off", "override", "x"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_danger_names_cause_and_hand_action(why: str, phase: str, language: str) -> None:
    message = said(Event.RED_IN_DANGER, why=why, phase=phase, language=language)
    assert re.search(r"Marstek|home page|page d’accueil", message.text)
    assert len(message.text) <= 300


def test_a_result_has_its_figures() -> None:
    message = said(Event.RED_RESULT, language="fr")
    assert message.title == "Jour rouge terminé\u00a0: 13,2\u00a0kWh des batteries"
    assert "6,41\u00a0€" in message.text


def test_names_that_find_no_room_are_counted() -> None:
    message = said(Event.RED_TOMORROW, stands_still=[LONG] * 5)
    assert "and 3 more" in message.text


def test_dates_read_back_from_json_are_said_the_same() -> None:
    assert said(Event.PRICES_OLD, day=EVE.isoformat()) == said(Event.PRICES_OLD)
