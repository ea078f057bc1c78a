"""Without a mouse, without JavaScript, in other colours, through a one-time link."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from marstek_site.login_links import create_login_link
from marstek_site.roles import Role
from tests import rows
from tests.browser.conftest import Visitor


def test_login_by_keyboard_alone(visit: Visitor) -> None:
    rows.person(Role.VIEWER, "vera")
    opened = visit()
    page = opened.go("/login/")
    for key in ("vera", "Tab", rows.PASSWORD, "Enter"):
        page.keyboard.press(key) if key in ("Tab", "Enter") else page.keyboard.type(key)
    page.wait_for_url(opened.url + "/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]  # it is shown
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_menu_opens_and_closes_by_keyboard(visit: Visitor) -> None:
    page = visit(Role.VIEWER).go()
    page.locator("#user-menu summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".menu-box")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu-box")).to_be_hidden()
    expect(page.locator("#user-menu summary")).to_be_focused()


def test_a_click_elsewhere_closes_the_menu(visit: Visitor) -> None:
    page = visit(Role.VIEWER).go()
    page.locator("#user-menu summary").click()
    page.locator("#status").click()
    expect(page.locator(".menu-box")).to_be_hidden()


def test_focus_is_seen(visit: Visitor) -> None:
    page = visit(Role.VIEWER).go()
    for _step in range(4):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid"


def test_without_javascript_the_page_can_be_read(visit: Visitor) -> None:
    rows.household(timezone.now())
    page = visit(Role.VIEWER, scripts=False).go()
    expect(page.locator(".card").first).to_be_visible()
    expect(page.get_by_text("Without JavaScript this page stands still")).to_be_visible()
    expect(page.locator("#theme")).to_be_hidden()
    assert page.locator("time.age").first.text_content()


def test_without_javascript_one_can_log_in_and_out(visit: Visitor) -> None:
    rows.person(Role.VIEWER, "vera")
    page = visit(scripts=False).go("/login/")
    page.fill("[name=username]", "vera")
    page.fill("[name=password]", rows.PASSWORD)
    page.locator("main button").click()
    page.locator("#user-menu summary").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/")


def test_the_chosen_colours_stay(visit: Visitor) -> None:
    opened = visit(Role.VIEWER, scheme="light")
    page = opened.go()
    button = page.locator("#theme")
    expect(button).to_have_accessible_name("Colours: as the device")
    button.click()
    button.click()
    expect(button).to_have_accessible_name("Colours: dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_language_is_switched_in_place(visit: Visitor) -> None:
    page = visit(Role.VIEWER, language="en").go()
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    assert page.url.endswith("/")


def test_the_first_link_makes_the_administrator(visit: Visitor) -> None:
    path = reverse("site:welcome", args=[create_login_link(None, timezone.now())])
    page = visit(width=360, language="fr").go(path)
    page.fill("[name=username]", "anna")
    page.fill("[name=password1]", "grenier-42-sec")
    page.fill("[name=password2]", "grenier-42-sec")
    page.locator("main button").click()
    expect(page.get_by_text("Bienvenue, anna.")).to_be_visible()
    expect(page.get_by_role("button", name="Saisir une batterie")).to_be_visible()
