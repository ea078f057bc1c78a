"""Orders on the home page: who sees what, what is answered, what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batteries.models import Battery
from scheduling.models import Order, OrderState
from tests import rows
from tests.site.test_pages_home import FRAGMENT, HOME, page

HTMX = {"HX-Request": "true"}
ALL = reverse("site:order-place-all")


def place(client: Client, battery: Battery, **values: object) -> str:
    url = reverse("site:order-place", args=[battery.pk])
    response = client.post(url, values, headers=HTMX)
    assert response.status_code == 200
    return response.content.decode()


def test_an_order_is_answered_at_once_with_its_row(operator: Client) -> None:
    text = place(operator, rows.battery(at=timezone.now()), mode="charge", power=600, minutes=30)
    order = Order.objects.get()
    assert (order.mode_type, order.power_w, order.state) == ("charge", 600, OrderState.QUEUED)
    assert order.until is not None
    assert order.until - order.asked_at == timedelta(minutes=30)
    assert order.asked_by == User.objects.get(username="operator")
    assert "In progress: charges at 600\u00a0W until" in text
    assert "(asked by operator at" in text
    assert "waits to be sent" in text
    assert "<html" not in text


def test_viewers_see_orders_and_no_buttons(viewer: Client, operator: Client) -> None:
    battery = rows.battery(at=timezone.now())
    place(operator, battery, mode="hold")
    text = page(viewer)
    assert "In progress: stands still until" in text
    assert "order-button" not in text
    assert "order-button" in page(operator)


def test_a_refusal_is_a_sentence_and_no_row(operator: Client) -> None:
    battery = rows.battery(at=timezone.now(), charge_limit_w=800)
    text = place(operator, battery, mode="charge", power=900, minutes=30)
    assert "Garage may charge at 800\u00a0W at most." in text
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"mode": "dance"},
        {"mode": "charge", "power": "many"},
        {"mode": "hold", "minutes": "1e9"},
    ],
)
def test_nonsense_is_a_sentence_and_no_row(operator: Client, values: dict[str, str]) -> None:
    text = place(operator, rows.battery(at=timezone.now()), **values)
    assert "This order cannot be read" in text
    assert not Order.objects.exists()


def test_without_script_an_order_leads_back_home_with_its_refusal(operator: Client) -> None:
    battery = rows.battery(at=timezone.now(), soc=100)
    url = reverse("site:order-place", args=[battery.pk])
    response = operator.post(url, {"mode": "charge", "power": 600, "minutes": 5}, follow=True)
    assert response.redirect_chain == [(HOME, 302)]
    assert "Garage is full" in response.content.decode()


def test_all_batteries_at_once_name_those_that_cannot(operator: Client) -> None:
    now = timezone.now()
    rows.battery("Garage", at=now)
    rows.battery("Cave", at=now, soc=100)
    text = operator.post(
        ALL, {"mode": "charge", "power": 500, "minutes": 5}, headers=HTMX
    ).content.decode()
    assert "Cave is full" in text
    assert Order.objects.get().battery.name == "Garage"


def test_one_battery_needs_no_buttons_for_all(operator: Client) -> None:
    rows.battery(at=timezone.now())
    assert 'id="all-orders"' not in page(operator)
    rows.battery("Cave", at=timezone.now())
    assert 'id="all-orders"' in page(operator)


def test_cancelling_leads_back_to_auto(operator: Client) -> None:
    battery = rows.battery(at=timezone.now())
    assert "Back to automatic" in place(operator, battery, mode="hold")
    operator.post(reverse("site:order-cancel", args=[battery.pk]), headers=HTMX)
    assert not Order.objects.open().exists(), "nothing was sent: there is nothing to undo"
    assert Order.objects.get(mode_type="hold").state == OrderState.CANCELLED


def test_the_card_changes_with_its_order(operator: Client) -> None:
    battery = rows.battery(at=timezone.now())
    place(operator, battery, mode="charge", power=600, minutes=30)
    digest = operator.get(HOME).context["home"].digest
    assert operator.get(FRAGMENT, {"seen": digest}).status_code == 204
    Order.objects.update(state=OrderState.ACKNOWLEDGED)
    changed = operator.get(FRAGMENT, {"seen": digest})
    assert "– accepted" in changed.content.decode()


def test_a_failed_order_says_so_for_ten_minutes(operator: Client) -> None:
    battery, now = rows.battery(at=timezone.now()), timezone.now()
    place(operator, battery, mode="charge", power=600, minutes=30)
    failed = {"state": OrderState.REFUSED, "answer": '{"set_result": false}', "closed_at": now}
    Order.objects.update(**failed)
    text = page(operator)
    assert 'class="order is-trouble"' in text
    assert "refused" in text
    assert "set_result" in text
    Order.objects.update(closed_at=now - timedelta(minutes=11))
    assert "No order: it follows its own mode." in page(operator)


def test_a_battery_that_takes_no_power_offers_automatic_modes_only(operator: Client) -> None:
    rows.battery(at=timezone.now(), control_method="modes_only")
    text = page(operator)
    assert 'value="auto"' in text
    assert 'value="hold"' not in text
    assert "Charge…" not in text


def test_a_retired_battery_takes_no_order(operator: Client) -> None:
    battery = rows.battery(is_active=False)
    url = reverse("site:order-place", args=[battery.pk])
    assert operator.post(url, {"mode": "auto"}).status_code == 404


def test_orders_need_the_form_of_this_site(operator: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    url = reverse("site:order-place", args=[rows.battery().pk])
    assert strict.post(url, {"mode": "auto"}).status_code == 403
    assert not Order.objects.exists()


def test_the_admin_shows_attempts_and_changes_nothing(administrator: Client) -> None:
    place(administrator, rows.battery(at=timezone.now()), mode="charge", power=600, minutes=30)
    order = Order.objects.get()
    order.attempts.create(mode_type="charge", sent_at=timezone.now(), request='{"id":7}')
    text = administrator.get(
        reverse("admin:scheduling_order_change", args=[order.pk])
    ).content.decode()
    assert "{&quot;id&quot;:7}" in text
    assert 'name="_save"' not in text
    listing = administrator.get(reverse("admin:scheduling_order_changelist")).content.decode()
    assert "charges at 600\u00a0W until" in listing
