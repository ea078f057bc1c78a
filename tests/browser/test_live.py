"""The home page lives: it asks, but never too much, and nothing is lost over a refresh.

The browser's clock is Playwright's, so five seconds pass at once.
"""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, Request, Route, expect

from batteries.models import Battery
from marstek_site.roles import Role
from tests import rows
from tests.browser.conftest import Visit, Visitor

FRAGMENT = "**/fragments/fleet*"
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
IS_IDLE = "() => !document.querySelector('.htmx-request')"


class Asked:
    """Counts what the page asks for."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.on("request", self._see)

    def _see(self, request: Request) -> None:
        self.count += "/fragments/fleet" in request.url


@pytest.fixture
def home(visit: Visitor) -> Visit:
    """A viewer's home page with one battery, its clock in our hands."""
    rows.charging(timezone.now())
    opened = visit(Role.VIEWER)
    opened.page.clock.install()
    opened.go()
    return opened


def pass_time(page: Page, seconds: int) -> None:
    """Let the page's timers run, one question at a time as in real life."""
    for _second in range(seconds):
        page.clock.run_for(1000)
        page.wait_for_function(IS_IDLE)


def test_a_change_appears_without_reload(home: Visit) -> None:
    home.page.evaluate("window.isTheSamePage = true")
    Battery.objects.update(soc=63, bat_power=-420, ongrid_power=420)
    with home.page.expect_response(FRAGMENT) as response:
        home.page.clock.run_for(5000)
    assert response.value.status == 200
    expect(home.page.locator(".card .soc")).to_have_text("63\u00a0%")
    expect(home.page.locator(".card .power")).to_contain_text("Feeds the house with 420\u00a0W")
    assert home.page.evaluate("window.isTheSamePage")


def test_nothing_new_is_204_and_touches_nothing(home: Visit) -> None:
    home.page.evaluate("document.querySelector('.card').mark = 'kept'")
    with home.page.expect_response(FRAGMENT) as response:
        home.page.clock.run_for(5000)
    assert response.value.status == 204
    assert home.page.evaluate("document.querySelector('.card').mark") == "kept"


def test_a_refresh_keeps_focus_open_details_and_place(home: Visit) -> None:
    page = home.page
    page.evaluate(
        """() => {
          window.shift = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
          }).observe({ type: "layout-shift" });
        }"""
    )
    summary = page.locator(".card details.more summary").filter(has_text="Details")
    summary.focus()
    page.keyboard.press("Enter")
    page.evaluate("window.shift = 0")
    Battery.objects.update(soc=71, bat_power=600)
    with page.expect_response(FRAGMENT):
        page.clock.run_for(5000)
    expect(page.locator(".card .soc")).to_have_text("71\u00a0%")
    assert page.evaluate("document.activeElement.parentElement.open")
    assert page.evaluate("document.activeElement.closest('article').id").startswith("battery-")
    assert page.evaluate("window.shift") < 0.001, "rounding of subpixels aside"


def test_a_new_battery_appears_and_a_retired_one_goes(home: Visit) -> None:
    Battery.objects.update(is_active=False)
    rows.battery("Cave", at=timezone.now())
    with home.page.expect_response(FRAGMENT):
        home.page.clock.run_for(5000)
    expect(home.page.locator(".card h2")).to_have_text(["Cave"])


def test_it_asks_every_five_seconds(home: Visit) -> None:
    asked = Asked(home.page)
    pass_time(home.page, 30)
    assert asked.count == 6


def test_a_hidden_tab_stops_asking_and_asks_at_once_when_shown(home: Visit) -> None:
    asked = Asked(home.page)
    home.page.evaluate(HIDE, True)
    pass_time(home.page, 60)
    assert asked.count == 0
    with home.page.expect_response(FRAGMENT):
        home.page.evaluate(HIDE, False)
    assert asked.count == 1


def test_a_tab_that_flickers_does_not_ask_twice_at_once(home: Visit) -> None:
    held: list[Route] = []
    home.page.route(FRAGMENT, lambda route: held.append(route))  # noqa: PLW0108  Playwright marks it
    for _flicker in range(10):
        home.page.evaluate(HIDE, True)
        home.page.evaluate(HIDE, False)
    home.page.wait_for_timeout(0)
    assert len(held) == 1
    held[0].continue_()


def test_an_expired_session_leads_to_the_login_and_back(home: Visit) -> None:
    Session.objects.all().delete()
    home.page.clock.run_for(5000)
    home.page.wait_for_url("**/login/?next=%2F")


def test_without_connection_it_says_so_and_asks_ever_more_slowly(home: Visit) -> None:
    home.watched.expected = ("ERR_FAILED", "htmx:sendError", "htmx:afterRequest")
    asked = Asked(home.page)
    home.page.route(FRAGMENT, lambda route: route.abort())
    pass_time(home.page, 5)
    note = home.page.locator("#connection")
    expect(note).to_contain_text("No connection since")
    pass_time(home.page, 295)
    assert 5 <= asked.count <= 10
    home.page.unroute(FRAGMENT)
    pass_time(home.page, 61)
    expect(note).to_be_hidden()


def test_a_failing_server_counts_as_no_connection(home: Visit) -> None:
    home.watched.expected = ("500",)
    home.page.route(FRAGMENT, lambda route: route.fulfill(status=500, body="broken"))
    pass_time(home.page, 5)
    expect(home.page.locator("#connection")).to_be_visible()
    expect(home.page.locator(".card .soc")).to_have_text("62\u00a0%")


def test_ages_go_on_between_answers_and_readings_turn_grey(home: Visit) -> None:
    home.page.route(FRAGMENT, lambda route: route.fulfill(status=204))
    age = home.page.locator(".card .charge time.age")
    pass_time(home.page, 50)
    expect(age).to_have_text("1 min ago")
    expect(home.page.locator(".card .charge")).not_to_have_class("charge is-stale")
    pass_time(home.page, 100)
    expect(age).to_have_text("2 min ago")
    expect(home.page.locator(".card .charge")).to_have_class("charge is-stale")


def test_ages_follow_the_server_where_this_device_has_another_time(visit: Visitor) -> None:
    rows.charging(timezone.now())
    opened = visit(Role.VIEWER)
    opened.page.clock.install(time="2020-01-01T00:00:00Z")
    opened.go()
    pass_time(opened.page, 2)
    expect(opened.page.locator(".card .charge time.age")).to_contain_text(" s ago")
