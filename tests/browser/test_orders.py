"""An order from its button to its state on the card, as a thumb gives it."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from marstek_site.roles import Role
from scheduling.intentions import Household
from scheduling.models import Order, OrderState
from tests import rows
from tests.browser.conftest import Visitor
from tests.browser.test_live import FRAGMENT
from tests.browser.test_look import audit


@pytest.fixture(autouse=True)
def no_red_days(live_server: LiveServer) -> None:
    """Nothing asks about red days first."""
    Household.objects.create(pk=1, serves_red_days=False)


def test_a_charge_from_its_button_to_accepted_and_back(visit: Visitor) -> None:
    rows.battery(at=timezone.now(), bat_power=0, ongrid_power=0)
    opened = visit(Role.OPERATOR, width=360)
    opened.page.clock.install()
    page = opened.go()
    page.get_by_text("Charge…", exact=True).click()
    audit(page)
    form = page.locator("details.order-form[open] form")
    form.locator("input[name=power]").fill("700")
    with page.expect_response(FRAGMENT):
        page.clock.run_for(5000)  # figures come in while somebody types
    expect(form.locator("input[name=power]")).to_have_value("700")
    form.get_by_role("button").click()
    order = page.locator(".order")
    expect(order).to_contain_text("In progress: charges at 700\u00a0W until")
    expect(order).to_contain_text("waits to be sent")
    expect(page.locator("details.order-form[open]")).to_have_count(0)
    Order.objects.update(state=OrderState.ACKNOWLEDGED)
    placed = Order.objects.get()
    placed.attempts.create(mode_type="charge", sent_at=timezone.now(), outcome="accepted")
    with page.expect_response(FRAGMENT):
        page.clock.run_for(5000)
    expect(order).to_contain_text("accepted")
    Order.objects.update(state=OrderState.PROVED, proved_at=timezone.now())
    with page.expect_response(FRAGMENT):
        page.clock.run_for(5000)
    expect(order).to_contain_text("proved at")
    page.get_by_role("button", name="Back to automatic").click()
    expect(order).to_contain_text("After an order: follows the house (Auto)")
    assert [o.state for o in Order.objects.order_by("id")] == ["cancelled", "queued"]
    audit(page)


def test_a_refusal_is_seen_and_moves_nothing(visit: Visitor) -> None:
    rows.battery(at=timezone.now(), soc=100)
    opened = visit(Role.OPERATOR, width=360, language="fr")
    page = opened.go()
    page.get_by_text("Charger…", exact=True).click()
    page.get_by_role("button", name="Charger maintenant").click()
    said = page.locator("#said")
    expect(said).to_contain_text("Garage est pleine")
    expect(said).to_be_in_viewport()
    audit(page)
    assert not Order.objects.exists()


def test_all_batteries_hold_with_one_button(visit: Visitor) -> None:
    rows.battery("Garage", at=timezone.now())
    rows.battery("Cave", at=timezone.now())
    page = visit(Role.OPERATOR).go()
    page.get_by_text("Order all batteries").click()
    audit(page)
    page.locator("#all-orders").get_by_role("button", name="Hold").click()
    expect(page.locator(".order").first).to_contain_text("stands still until")
    expect(page.locator(".order").last).to_contain_text("stands still until")
    assert Order.objects.open().count() == 2


def test_without_script_the_buttons_work(visit: Visitor) -> None:
    rows.battery(at=timezone.now())
    page = visit(Role.OPERATOR, scripts=False).go()
    page.get_by_role("button", name="Hold").click()
    expect(page.locator(".order")).to_contain_text("stands still until")
    page.get_by_role("button", name="Back to automatic").click()
    expect(page.locator(".order")).to_contain_text("– cancelled")
