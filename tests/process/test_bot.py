"""Telegram in a running site: token, Start, test message, kill -9, all against a local Bot API."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.notifications.bot_api import TOKEN, BotApi, running_bot_api
from tests.process.proc import wait_for
from tests.process.site import Site

PASSWORD = "grenier-42-sec"


@pytest.fixture
def bot_api() -> Iterator[BotApi]:
    with running_bot_api() as api:
        yield api


class Browser:
    """Forms of the site, as a person sends them."""

    def __init__(self, site: Site) -> None:
        self.url, self.session = site.url, requests.Session()

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.url}{path}", timeout=10)

    def post(self, path: str, page: str = "", **fields: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page or path).text)
        assert found
        fields["csrfmiddlewaretoken"] = found[1]
        answer = self.session.post(f"{self.url}{path}", data=fields, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.text


def test_from_token_to_conversation(start_site: Callable[..., Site], bot_api: BotApi) -> None:
    site = start_site(TELEGRAM_API_URL=bot_api.url, LANGUAGE="en")
    link = urlsplit(site.wait_ready()["login_link"]).path
    browser = Browser(site)
    browser.post(link, username="anna", password1=PASSWORD, password2=PASSWORD)
    browser.post("/notices/settings/telegram/bot", token=TOKEN)
    page = browser.post("/notices/settings/telegram", page="/notices/settings/")
    found = re.search(r"\?start=([\w-]+)", page)
    assert found

    bot_api.write(f"/start {found[1]}")
    waiting = "/notices/settings/telegram/waiting"
    wait_for(lambda: browser.get(waiting).status_code == 286, within_s=15, what="chat bound")
    wait_for(lambda: len(bot_api.texts()) == 2, within_s=15, what="welcome and test message")
    assert sorted(text.partition(" ")[0] for text in bot_api.texts()) == ["Hello", "Test"]

    before = site.pid("bot")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: site.pids().get("bot") not in {before, None}, within_s=20, what="bot again")
    bot_api.write("/aide")
    wait_for(lambda: len(bot_api.texts()) == 3, within_s=15, what="an answer of the new bot")
    assert bot_api.texts()[2].startswith("What I understand:")
    assert bot_api.most_pollers <= 2  # the killed one's connection ends by itself

    sent = site.manage("send_test_notification")
    assert sent.stdout == "anna, Telegram: sent\n", sent.stderr
    site.signal(signal.SIGTERM)
    assert site.wait_end(within_s=15) == 0
    assert TOKEN.partition(":")[2] not in "\n".join(site.log)
