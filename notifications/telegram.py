"""Telegram's Bot API over HTTP: what we ask, and what its answers mean.

The token is part of every address, so no error of `requests` gets out of here: they name it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any

import requests
from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from urllib3.exceptions import NewConnectionError

from .addressees import Fault
from .figures import clean
from .secrecy import Secret, SecretUnreadable
from .troubles import BotFaulty, Busy, ChannelFaulty, MessageRefused, NotSent, Unclear

CONNECT_S, READ_S = 5.0, 20.0
LONGEST_MESSAGE = 4000  # Telegram takes 4,096 UTF-16 units
LONGEST_WAIT_S = 3600
Keyboard = Sequence[Sequence[tuple[str, str]]]  # rows of (text, what a press sends back)


class TelegramApi:
    """One bot. Raises `NotDelivered` and its kinds, and nothing else."""

    def __init__(
        self, token: Secret, session: requests.Session | None = None, *, read_s: float = READ_S
    ) -> None:
        self._token, self._read_s = token, read_s
        self._session = session or requests.Session()

    def me(self) -> dict[str, Any]:
        """Who the bot is."""
        found = self._ask("getMe", {})
        return found if isinstance(found, dict) else {}

    def send(self, chat_id: int, text: str, *, title: str = "", keyboard: Keyboard = ()) -> None:
        """A message, in several where it is too long; buttons stand under the last one."""
        for body in messages(chat_id, text, title=title, keyboard=keyboard):
            self.send_one(body)

    def send_one(self, body: dict[str, Any]) -> None:
        """One of `messages`."""
        self._ask("sendMessage", body)

    def updates(self, offset: int, wait_s: int) -> list[dict[str, Any]]:
        """What people wrote and pressed since; waits for something to come."""
        kinds = ["message", "callback_query"]
        body = {"offset": offset, "timeout": wait_s, "allowed_updates": kinds}
        found = self._ask("getUpdates", body, wait_s=wait_s)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def answer_press(self, press_id: str, text: str) -> None:
        """A line over the chat after a button was pressed."""
        self._ask("answerCallbackQuery", {"callback_query_id": press_id, "text": text[:200]})

    @sensitive_variables("url")
    def _ask(self, method: str, body: dict[str, Any], *, wait_s: float = 0.0) -> Any:
        try:
            url = f"{settings.TELEGRAM_API_URL}/bot{self._token.reveal()}/{method}"
        except SecretUnreadable:
            raise BotFaulty(Fault.SECRET_LOST) from None
        try:
            timeout = (min(CONNECT_S, self._read_s), wait_s + self._read_s)
            answer = self._session.post(url, json=body, timeout=timeout, allow_redirects=False)
        except (requests.ConnectTimeout, requests.exceptions.ProxyError):
            raise NotSent("no connection") from None
        except requests.ConnectionError as error:
            raise (NotSent("no connection") if _never_left(error) else Unclear("cut off")) from None
        except requests.RequestException:
            raise Unclear("no answer") from None
        return _result(answer)


def messages(
    chat_id: int, text: str, *, title: str = "", keyboard: Keyboard = ()
) -> Iterator[dict[str, Any]]:
    """A text as messages that Telegram takes, one after the other."""
    parts = list(split(text))
    for number, part in enumerate(parts):
        body: dict[str, Any] = {"chat_id": chat_id, "parse_mode": "HTML"}
        body["text"] = markup(title if number == 0 else "", part)
        if keyboard and number == len(parts) - 1:
            body["reply_markup"] = {"inline_keyboard": _rows(keyboard)}
        yield body


def _never_left(error: requests.ConnectionError) -> bool:
    """Whether no connection was made at all: refused, no such host, no network, no trust."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.SSLError) or isinstance(reason, NewConnectionError)


def _result(answer: requests.Response) -> Any:
    try:
        said = answer.json()
    except requests.JSONDecodeError:
        said = {}
    if not isinstance(said, dict):
        said = {}
    if answer.status_code == 200 and said.get("ok") is True:
        return said.get("result")
    raise _trouble(answer.status_code, said)


def _trouble(status: int, said: dict[str, Any]) -> Exception:
    """What an answer other than ok means."""
    description = str(said.get("description", "")).lower()
    if status == 429:
        return Busy(_retry_after_s(said))
    if status in (401, 404):
        return BotFaulty(Fault.TOKEN_REFUSED)
    if status == 409:
        return BotFaulty(Fault.BOT_ELSEWHERE)
    if status == 403 or (status == 400 and "chat not found" in description):
        return ChannelFaulty(Fault.CHAT_GONE)
    if 400 <= status < 500:
        return MessageRefused(f"answered {status}")
    return NotSent(f"answered {status}")


def _retry_after_s(said: dict[str, Any]) -> int:
    parameters = said.get("parameters")
    wait_s = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return min(max(wait_s, 1), LONGEST_WAIT_S) if isinstance(wait_s, int) else 30


def _rows(keyboard: Keyboard) -> list[list[dict[str, str]]]:
    return [[{"text": text, "callback_data": back} for text, back in row] for row in keyboard]


def markup(title: str, text: str) -> str:
    """Title and text as Telegram's HTML: the one place where anything is escaped."""
    body = html.escape(clean(text), quote=False)
    return f"<b>{html.escape(clean(title), quote=False)}</b>\n{body}" if title else body


def split(text: str, limit: int = LONGEST_MESSAGE) -> Iterator[str]:
    """The text in parts that each fit into a message, cut at the ends of lines where there are."""
    rest = clean(text).strip() or "—"
    while units(rest) > limit:
        part = _head(rest, limit)
        cut = part.rfind("\n")
        part = part[:cut] if cut > len(part) // 2 else part
        yield part
        rest = rest[len(part) :].lstrip("\n")
    if rest:
        yield rest


def _head(text: str, limit: int) -> str:
    """As much as fits, and no half of a character."""
    return text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")


def units(text: str) -> int:
    """The length as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2
