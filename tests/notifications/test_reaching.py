"""What leaves us: Telegram's markup and length, Apprise against a real local server."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from notifications.addressees import Channel, TelegramBot
from notifications.delivering import deliver_due
from notifications.events import Event
from notifications.figures import clean
from notifications.models import Delivery
from notifications.notices import notify
from notifications.reaching import is_understood
from notifications.telegram import TelegramApi, _result, markup, split, units
from notifications.troubles import BotFaulty, Busy, ChannelFaulty, MessageRefused, NotSent
from tests.notifications.bot_api import BotApi, plain
from tests.notifications.conftest import NOON

NASTY = "<b>&amp; _*[]()~`>#+-=|{}.!\\ \"'</b> \ud83d x\x00y 🔋 </p> &lt;"


@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=200))
def test_every_text_survives_the_markup(title: str, text: str) -> None:
    shown = plain(markup(title, text))
    assert shown == (f"{clean(title)}\n{clean(text)}" if title else clean(text))


@given(st.text(st.sampled_from("ab \n🔋\ud83d"), min_size=1, max_size=400), st.integers(4, 40))
def test_parts_fit_and_together_are_the_whole(text: str, limit: int) -> None:
    parts = list(split(text, limit))
    assert all(0 < units(part) <= limit for part in parts)
    whole = clean(text).strip() or "—"
    assert "".join(parts).replace("\n", "") == whole.replace("\n", "")


@pytest.mark.django_db
def test_a_nasty_name_arrives_as_it_is(bot_api: BotApi, chat: Channel) -> None:
    notify(Event.BATTERY_RESET, "battery:3", params={"name": NASTY}, now=NOON)
    assert deliver_due(lambda: NOON) == 1
    assert bot_api.texts()[0].startswith("<b>&amp; _*[]()~`>#+-=|")


@pytest.mark.django_db
def test_a_message_that_is_too_long_comes_in_parts(bot_api: BotApi, bot: TelegramBot) -> None:
    lines = "\n".join(f"line {number} <&> 🔋" for number in range(600))
    TelegramApi(bot.token).send(42, lines, title="Plan", keyboard=[[("Yes", "t")]])
    assert len(bot_api.texts()) > 2
    assert "\n".join(bot_api.texts()) == f"Plan\n{lines}"
    assert ["reply_markup" in body for body in bot_api.bodies][:-1] == [False] * (
        len(bot_api.bodies) - 1
    )
    assert bot_api.last_keyboard() == [("Yes", "t")]


class Inbox(HTTPServer):
    """Takes what Apprise's json:// sends."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), InboxHandler)
        self.arrived: list[dict[str, Any]] = []


class InboxHandler(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        self.server.arrived.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        """Nothing."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=5)


@pytest.fixture
def elsewhere(inbox: Inbox, anna: User) -> Channel:
    return Channel.objects.create(
        person=anna,
        kind="apprise",
        name="Elsewhere",
        address=f"json://user:hush-hush@127.0.0.1:{inbox.server_address[1]}/",
        created_at=NOON,
    )


def tell(at_minutes: int = 0) -> int:
    notify(Event.BATTERY_RESET, "battery:3", params={"name": "Garage & <b>"}, now=NOON)
    return deliver_due(lambda: NOON + timedelta(minutes=at_minutes))


def test_apprise_carries_plain_text(inbox: Inbox, elsewhere: Channel) -> None:
    assert tell() == 1
    (message,) = inbox.arrived
    assert message["title"] == "Garage & <b> a perdu ses réglages"
    assert message["message"].startswith("Garage & <b> est revenue")


def test_apprise_is_tried_again_and_its_address_is_in_no_log(
    inbox: Inbox, elsewhere: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.status = 500
    with caplog.at_level(logging.DEBUG):
        assert tell() == 0
    assert "hush-hush" not in caplog.text
    inbox.status = 200
    assert tell(at_minutes=1) == 1


def test_without_the_library_one_line_says_so(
    elsewhere: Channel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    tell()
    elsewhere.refresh_from_db()
    assert elsewhere.fault == "library_missing"
    (record,) = caplog.records
    assert record.getMessage().endswith("library_missing")


def test_an_address_that_nobody_understands_stops_the_channel(elsewhere: Channel) -> None:
    elsewhere.address = "nonsense://x"
    elsewhere.save()
    tell()
    elsewhere.refresh_from_db()
    assert elsewhere.fault == "address_refused"
    assert Delivery.objects.get().state == "waiting"


@pytest.mark.parametrize("address", ["", "x", "nonsense://x", "syslog://", "dbus://"])
def test_addresses_that_are_refused(address: str) -> None:
    assert not is_understood(address)


@pytest.mark.parametrize("address", ["ntfy://topic", "mailto://u:p@example.org", "json://host"])
def test_addresses_that_are_understood(address: str) -> None:
    assert is_understood(address)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (200, b"<html>captive portal</html>", NotSent),
        (200, b"[]", NotSent),
        (200, b'{"ok": false}', NotSent),
        (302, b"", NotSent),
        (400, b"not json", MessageRefused),
        (401, b"<html>", BotFaulty),
        (403, b"null", ChannelFaulty),
        (429, b'{"parameters": {"retry_after": "soon"}}', Busy),
        (429, b'{"parameters": 3}', Busy),
        (502, b"\xff\xfe", NotSent),
    ],
)
def test_answers_that_are_none_have_a_meaning(
    status: int, words: bytes, kind: type[Exception]
) -> None:
    answer = requests.Response()
    answer.status_code, answer._content = status, words
    with pytest.raises(kind):
        _result(answer)
