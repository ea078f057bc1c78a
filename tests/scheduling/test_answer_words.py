"""A stored answer on a French page."""

from __future__ import annotations

import pytest
from django.utils import translation

from batteries.marstek import errors
from scheduling.answer_words import answer_words
from scheduling.attempts import ENDED_UNHEARD

PLACE, METHOD = ("127.0.0.11", 30001), "ES.SetMode"
DEVICE = "127.0.0.11:30001"
FAILURES = [
    errors.DeviceUnreachable(*PLACE, METHOD, 1),
    errors.DeviceUnreachable(*PLACE, METHOD, 3),
    errors.HearsOnlyBroadcasts(*PLACE, METHOD, 3),
    errors.NotSent(*PLACE, METHOD, 1, "Network is unreachable"),
    errors.DeviceRefused(DEVICE, METHOD, -32602, "Invalid params", 402),
    errors.MethodMissing(DEVICE, METHOD, -32601, "Method not found"),
    errors.AnswerMalformed(DEVICE, METHOD, "no field that it has"),
    errors.WrongDevice(*PLACE, "bc2a33000001", "bc2a33000002"),
    errors.PortUnavailable(*PLACE, "in use"),
    errors.GatewayClosed(),
    errors.DeadlinePassed(DEVICE, METHOD, 20.0),
    ENDED_UNHEARD,
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_why_nothing_came_of_an_order_is_said_in_french(failure: object) -> None:
    with translation.override("en"):
        assert answer_words(str(failure)) == str(failure)
    with translation.override("fr"):
        french = answer_words(str(failure))
    assert french != str(failure)
    assert "%(" not in french
    assert DEVICE in french or DEVICE not in str(failure)


def test_what_the_battery_said_stays_word_for_word() -> None:
    with translation.override("fr"):
        assert answer_words('{"id": 7, "set_result": false}') == '{"id": 7, "set_result": false}'
