"""The household's settings and the switch of automation, which says first what follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling.intentions import household
from scheduling.models import Order, OrderAttempt, Origin, Outcome
from scheduling.orders import place_order
from scheduling.schedules import change_household, save_schedule
from scheduling.targets import Target, TargetMode
from tests import rows
from tests.scheduling.schedule_rows import schedule
from tests.site.test_pages_home import page as home_page
from tests.site.test_pages_schedules import page, text_of

AUTOMATION = reverse("scheduling:automation")
HOUSEHOLD = reverse("scheduling:household-edit")
SETTINGS = {"serves_red_days": "on", "contract_kva": "12", "unmetered_charge_w": "2000"}


def test_automation_is_off_until_somebody_switches_it_on(operator: Client) -> None:
    rows.battery(at=timezone.now())
    assert "Automation is off: nothing is ordered by itself." in page(operator)
    assert "Automation is off: nothing is ordered by itself." in home_page(operator)
    operator.post(AUTOMATION, {"on": "1"})
    assert household().is_automatic
    assert "Automation is on" in page(operator)
    assert "Automation is off" not in home_page(operator)
    assert LogEntry.objects.get().change_message == "Automation is on."


def test_before_it_is_switched_on_it_says_what_will_be_ordered(operator: Client) -> None:
    change_household(serves_red_days=False)
    rows.battery("Garage", at=timezone.now())
    save_schedule(schedule("Toujours", window="00:00-00:00"), ())
    text = text_of(operator.get(AUTOMATION))
    assert "now" in text
    assert "On hold: schedule “Toujours”" in text
    assert "otherwise" not in text
    assert not Order.objects.exists()


def test_before_it_is_switched_off_it_says_what_becomes_of_each_battery(operator: Client) -> None:
    now = timezone.now()
    held, by_hand = rows.battery("Garage", at=now), rows.battery("Cave", at=now)
    rows.battery("Atelier", at=now)
    change_household(is_automatic=True)
    order = Order.objects.create(
        battery=held,
        origin=Origin.PLAN,
        mode_type="hold",
        power_w=0,
        asked_at=now,
        until=now + timedelta(hours=1),
    )
    OrderAttempt.objects.create(
        order=order, sent_at=now, mode_type="hold", lease_s=600, outcome=Outcome.ACCEPTED
    )
    target = Target(TargetMode.CHARGE, 600, minutes=60)
    place_order(by_hand, target, by=None, origin=Origin.PAGE, now=now - timedelta(seconds=1))
    text = text_of(operator.get(AUTOMATION))
    assert "Garage goes back to Auto: we hold it now." in text
    assert "Cave goes on with what was ordered by hand, until" in text
    assert "Atelier stays as it is." in text
    operator.post(AUTOMATION, {"on": "0"})
    assert not household().is_automatic


def test_settings_are_kept_and_told_who_changed_what(operator: Client) -> None:
    text = text_of(operator.post(HOUSEHOLD, SETTINGS | {"target_soc": "90"}, follow=True))
    assert "The settings are saved and live." in text
    assert "charged for up to 90 %, then served" in text
    assert "all together charge at 2,000 W at most" in text
    kept = household()
    assert (kept.contract_kva, kept.target_soc, kept.serves_red_days) == (12, 90, True)
    assert not kept.is_automatic, "the form has no say in it"
    assert "Contract power: 12" in LogEntry.objects.get().change_message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target_soc": "101"}, "less than or equal to 100"),
        ({"target_soc": "10"}, "greater than or equal to 20"),
        ({"target_soc": "90", "contract_kva": "10"}, "not one of the available choices"),
        ({"target_soc": "90", "unmetered_charge_w": "10"}, "greater than or equal to 250"),
    ],
)
def test_a_setting_out_of_range_is_refused(
    operator: Client, changes: dict[str, str], words: str
) -> None:
    assert words in text_of(operator.post(HOUSEHOLD, SETTINGS | changes))
    assert household().contract_kva == 9
