"""The bot's process: asks Telegram what people wrote, does it, answers. Nothing listens.

Exactly one of ours asks: it holds an advisory lock. Without a token it waits for one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import psycopg
from django.db import Error as DatabaseError
from django.db import close_old_connections

from .addressees import Fault, TelegramBot
from .conversation import BotButton, BotUpdate
from .heartbeat import beat_heart
from .lock import AdvisoryLock
from .presence import EVERY_S, sign
from .reaching import current_bot
from .talk import Reply, take_update
from .telegram import TelegramApi, messages
from .troubles import BotFaulty, Busy, NotDelivered

log = logging.getLogger(__name__)
NAME = "bot"
LOOK_EVERY_S = 3.0
LONG_POLL_S = 25
LONGEST_REST_S = 60.0
TRY_TOKEN_AGAIN = timedelta(hours=1)
REMEMBERED_FOR = timedelta(days=7)
Clock = Callable[[], datetime]


class Bot:
    """The loop; `stopped` ends it after the turn that is under way."""

    def __init__(self, clock: Clock, stopped: threading.Event, lock: AdvisoryLock) -> None:
        self._clock, self._stopped, self._lock = clock, stopped, lock
        self._failures = 0
        self._pruned_at: datetime | None = None
        self._signed_at: datetime | None = None

    def run(self) -> None:
        """Until stopped. A database that is away is waited for."""
        while not self._stopped.is_set():
            try:
                close_old_connections()
                beat_heart("bot")
                rest_s = self._turn_as_owner() if self._owns() else LOOK_EVERY_S
            except (DatabaseError, psycopg.Error) as error:
                log.warning("the bot waits for PostgreSQL: %s", str(error).strip().split("\n")[0])
                rest_s = LOOK_EVERY_S
            self._stopped.wait(rest_s)
        self._lock.release()

    def _owns(self) -> bool:
        return self._lock.is_held() or self._lock.try_acquire()

    def _turn_as_owner(self) -> float:
        now = self._clock()
        if self._signed_at is None or (now - self._signed_at).total_seconds() >= EVERY_S:
            self._signed_at = now
            sign(NAME, now)
        return self.turn()

    def turn(self) -> float:
        """Ask once and do what came. How long to rest before the next one [s]."""
        now, bot = self._clock(), current_bot()
        if bot is None or _is_refused(bot, now):
            return LOOK_EVERY_S
        self._forget_old(now)
        api = TelegramApi(bot.token)
        try:
            updates = api.updates(bot.next_update_id, LONG_POLL_S)
        except NotDelivered as trouble:
            return self._rest(trouble, bot)
        self._failures = 0
        _clear_fault(bot)
        self._take(updates, bot, api)
        return 0.0

    def _take(self, updates: list[dict[str, object]], bot: TelegramBot, api: TelegramApi) -> None:
        ids = [number for u in updates if isinstance(number := u.get("update_id"), int)]
        for update in sorted(updates, key=_order):
            reply = take_update(update, self._clock())
            if reply is not None:
                self._send(api, reply)
        if ids:
            mine = TelegramBot.objects.filter(pk=bot.pk, username=bot.username)
            mine.update(next_update_id=max(ids) + 1)

    def _send(self, api: TelegramApi, reply: Reply) -> None:
        """An answer, each of its messages tried by itself. A press is answered too late after some
        minutes: the message still goes."""
        if reply.press_id:
            self._try(lambda: api.answer_press(reply.press_id, reply.text))
        if not reply.is_note:
            for body in messages(reply.chat_id, reply.text, keyboard=reply.keyboard):
                self._try(partial(api.send_one, body))

    def _try(self, send: Callable[[], None]) -> None:
        """Once, and once more where Telegram asks to wait."""
        try:
            try:
                send()
            except Busy as busy:
                self._stopped.wait(min(busy.retry_after_s, LONGEST_REST_S))
                send()
        except NotDelivered as trouble:
            log.warning("telegram: an answer was not taken: %s", trouble)

    def _rest(self, trouble: NotDelivered, bot: TelegramBot) -> float:
        self._failures += 1
        if isinstance(trouble, BotFaulty):
            found = TelegramBot.objects.filter(pk=bot.pk, changed_at=bot.changed_at)
            found.update(fault=trouble.fault, fault_at=self._clock())
        if self._failures == 1:
            log.warning("telegram: %s", trouble)
        if isinstance(trouble, Busy):
            return float(trouble.retry_after_s)
        return min(LOOK_EVERY_S * float(2 ** min(self._failures, 6)), LONGEST_REST_S)

    def _forget_old(self, now: datetime) -> None:
        if self._pruned_at is not None and now - self._pruned_at < timedelta(hours=1):
            return
        self._pruned_at = now
        BotUpdate.objects.filter(received_at__lt=now - REMEMBERED_FOR).delete()
        BotButton.objects.filter(expires_at__lt=now - REMEMBERED_FOR).delete()


def _is_refused(bot: TelegramBot, now: datetime) -> bool:
    """A token that Telegram does not know is tried again each hour: it errs, too."""
    if bot.fault not in (Fault.TOKEN_REFUSED, Fault.SECRET_LOST) or bot.fault_at is None:
        return False
    return bot.fault_at > now - TRY_TOKEN_AGAIN


def _clear_fault(bot: TelegramBot) -> None:
    if bot.fault:
        found = TelegramBot.objects.filter(pk=bot.pk, changed_at=bot.changed_at)
        found.update(fault="", fault_at=None)


def _order(update: dict[str, object]) -> int:
    number = update.get("update_id")
    return number if isinstance(number, int) else 0


def run_bot(clock: Clock, stopped: threading.Event) -> None:
    """The bot, once the lock is ours."""
    Bot(clock, stopped, AdvisoryLock("telegram bot")).run()
