"""The plan and the journal in a browser, and an order from its button to its proof."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from marstek_site.roles import Role
from scheduling.models import Order, OrderState
from scheduling.targets import TargetMode
from tests import rows
from tests.browser.conftest import Visitor
from tests.browser.test_live import FRAGMENT
from tests.browser.test_look import DEVICES, audit, device_name, keep
from tests.scheduling.journal_rows import decision, order, override
from tests.site.test_pages_plan import JOURNAL, PLAN, night

HOUR = timedelta(hours=1)


def history() -> None:
    """Two batteries with a night behind them and one before them."""
    now = timezone.now()
    garage = rows.battery("Garage", at=now)
    cave = rows.battery("Atelier du fond du jardin, à gauche", at=now, soc=18)
    schedule = night()
    schedule.__class__.objects.create(
        name="Matin",
        mode_type=TargetMode.CHARGE,
        power_setpoint=1200,
        target_soc=95,
        start_time="03:00",
        end_time="06:00",
        priority=5,
    )
    for battery in (garage, cave):
        decision(battery, now - 12 * HOUR)
        override(battery, now - 3 * HOUR)
        order(battery, now - 3 * HOUR)
    override(cave, now - HOUR, kind="hands_off", mode_type="", target_soc=None, power_w=None)
    order(
        cave,
        now - 2 * HOUR,
        state=OrderState.REFUSED,
        proved_at=None,
        answer='{"set_result": false}',
        effect=[],
    )


@pytest.mark.parametrize(("width", "scheme", "language"), DEVICES)
def test_plan_and_journal(visit: Visitor, width: int, scheme: str, language: str) -> None:
    history()
    opened = visit(Role.VIEWER, width=width, scheme=scheme, language=language)
    page = opened.go(PLAN)
    page.evaluate("document.fonts.ready")
    if language == "fr":
        keep(page, f"plan-{device_name(width, scheme)}")
    audit(page)
    opened.go(JOURNAL)
    page.locator("details summary").nth(1).click()
    for summary in page.locator(".journal-row details summary").all()[:2]:
        summary.click()
    page.evaluate("window.scrollTo(0, 0)")
    if language == "fr":
        keep(page, f"journal-{device_name(width, scheme)}")
    page.locator(".journal-filters summary").click()
    audit(page)


def test_an_order_from_its_button_to_its_raw_request(visit: Visitor) -> None:
    night()
    rows.battery(at=timezone.now(), bat_power=0, ongrid_power=0)
    opened = visit(Role.OPERATOR, width=360)
    opened.page.clock.install()
    page = opened.go()
    page.get_by_text("Charge up to…").click()
    audit(page)
    form = page.locator("details.order-form[open] form")
    form.locator("input[name=soc]").fill("85")
    form.locator("input[name=power]").fill("700")
    form.get_by_role("button").click()
    expect(page.locator(".order")).to_contain_text("waits to be sent")
    _as_the_desk_would(Order.objects.get())
    with page.expect_response(FRAGMENT):
        page.clock.run_for(5000)
    expect(page.locator(".order")).to_contain_text("proved at")
    page.get_by_text("Why?").click()
    expect(page.locator(".why")).to_contain_text("Charging at 700\u00a0W: asked by operator")
    audit(page)
    page.get_by_role("link", name="Its journal").click()
    page.get_by_text("1 attempt", exact=True).click()
    expect(page.locator(".raw").first).to_contain_text("ES.SetMode")
    expect(page.locator(".journal-row.is-order")).to_contain_text("After 6\u00a0s: Charges at 702")
    audit(page)


def _as_the_desk_would(order: Order) -> None:
    """Sent, accepted, seen, proved: what the devices process writes."""
    now = timezone.now()
    order.attempts.create(
        mode_type="charge",
        power_w=700,
        lease_s=600,
        sent_at=now,
        request='{"id":7,"method":"ES.SetMode","params":{"id":0}}',
        outcome="accepted",
        latency_ms=40,
        answer='{"id":7,"result":{"set_result":true}}',
    )
    order.state, order.proved_at, order.verdict_at = OrderState.PROVED, now, now
    order.effect = [{"after_s": 6.2, "power_w": 702, "soc": 62, "mode": None}]
    order.next_at = None
    order.save()


def test_without_script_the_plan_stands_and_overrides_work(visit: Visitor) -> None:
    night()
    rows.battery(at=timezone.now())
    opened = visit(Role.OPERATOR, scripts=False)
    page = opened.go()
    page.get_by_text("Hands off…").click()
    page.get_by_role("button", name="Hands off", exact=True).click()
    page.get_by_text("Why?").click()
    expect(page.locator(".why")).to_contain_text("hands off, nothing is written")
    page.get_by_role("link", name="Its plan").click()
    expect(page.locator(".plan-row").first).to_contain_text("Left alone")
    opened.go()
    page.get_by_role("button", name="Back to automatic").click()
    page.get_by_text("Why?").click()
    expect(page.locator(".why")).not_to_contain_text("hands off")


def test_filters_work_without_script(visit: Visitor) -> None:
    history()
    page = visit(Role.VIEWER, scripts=False).go(JOURNAL)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Verdict").select_option("refused")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".journal-row")).to_have_count(1)
    expect(page.locator(".journal-row")).to_contain_text("refused")
