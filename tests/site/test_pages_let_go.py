"""A night without any colour in which charging does not pay: explain, plan and card say why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from batteries.models import Battery
from scheduling.models import Order
from scheduling.reconciling import reconcile
from tests import rows
from tests.scheduling.planned_house import at
from tests.scheduling.schedules import automatic, schedule
from tests.site.test_pages_home import page

TUESDAY = date(2026, 11, 3)  # few red days in early November
TEN = at("22:00", TUESDAY)
SAID = "charging for it does not pay, a charge in vain costs "
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def garage() -> Iterator[Battery]:
    automatic()
    with time_machine.travel(TEN, tick=False):
        yield rows.battery("Garage", at=TEN, soc=50)


def printed(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("is_held", [False, True])
def test_every_place_says_both_costs(viewer: Client, is_held: bool) -> None:
    if is_held:
        schedule("Nuit", "hold", "22:00", "06:00")
    reconcile(TEN)
    for text in (printed("explain", "Garage"), printed("plan"), page(viewer)):
        assert SAID in text.replace("\n", " ")
        assert "a missed red day 1.84\u00a0€ (weighed" in text.replace("\n", " ")
    assert Order.objects.get().mode_type == ("hold" if is_held else "auto")


def test_the_evening_before_announces_it(viewer: Client) -> None:
    with time_machine.travel(at("21:30", TUESDAY), tick=False):
        assert "Next, at 22:00: following the house (Auto): nothing else is set" in page(viewer)
        assert SAID in page(viewer)
