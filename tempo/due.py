"""When a source is asked again. Pure: the gentlest rhythm that misses nothing.

From 06:10 on for the next day, every half hour, from 10:30 every quarter; what is known before
11:15 is confirmed after it, then there is silence until the next morning. While a day that may be
red is unknown the rhythm quickens towards the night, and back-off never outlasts it: a network that
comes back at 21:55 is noticed within five minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .consensus import BINDING_FROM, binding_from
from .days import PARIS, at_local, tempo_day

OPENS = time(6, 10)
OPENS_WITHIN = timedelta(minutes=15)
CONFIRMS_WITHIN = timedelta(minutes=10)
QUICKENS = time(10, 30)
CONFIRMED_ALREADY = timedelta(hours=1)  # the others' rhythm once the day is settled
FIRST_BACK_OFF = timedelta(minutes=5)
SLACK = timedelta(seconds=5)  # the tick comes every minute, not to the second
DISPUTED = timedelta(minutes=15)
BETWEEN_SEASONS = timedelta(minutes=5)
SEASON_AGAIN, PAST_SEASON_AGAIN = timedelta(hours=6), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Contact:
    """How it went with one source. `spread`: 0 to 1, drawn anew with each question.

    `heard_at`: when it last named a colour of the day that is wanted.
    """

    asked_at: datetime
    failures: int = 0
    spread: float = 0.5
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The day that is asked for, and what is known of it."""

    day: date
    is_settled: bool
    is_disputed: bool
    may_be_red: bool


def wanted_day(now: datetime) -> date:
    """The Tempo day that follows the one in force."""
    return tempo_day(now) + timedelta(days=1)


def is_due(contact: Contact | None, wanted: Wanted, now: datetime) -> bool:
    """Whether this source is to be asked now for the day that is wanted."""
    if contact is None:
        return True
    final = binding_from(wanted.day)
    heard = contact.heard_at
    if heard is not None and heard >= final and not wanted.is_disputed:
        return False
    opens = at_local(wanted.day - timedelta(days=1), OPENS) + contact.spread * OPENS_WITHIN
    if heard is not None and heard < final:
        opens = final + contact.spread * CONFIRMS_WITHIN
    return now >= opens and now + SLACK >= contact.asked_at + pause(contact, wanted, now)


def pause(contact: Contact, wanted: Wanted, now: datetime) -> timedelta:
    """How long after the last question the next one comes."""
    if wanted.is_settled:
        usual = longest = CONFIRMED_ALREADY
    else:
        usual, longest = _rhythm(wanted, now)
    if wanted.is_disputed:  # everybody has spoken: asking faster changes no mind
        usual = longest = max(usual, DISPUTED)
    backed_off = FIRST_BACK_OFF * int(2 ** min(contact.failures, 8)) if contact.failures else usual
    jitter = 1 + (contact.spread - 0.5) / 3
    return jitter * min(max(usual, backed_off), longest)


def season_pause(failures: int, *, is_current: bool) -> timedelta:
    """How long after the last question a season that is not complete is asked for again."""
    if failures:
        return min(timedelta(hours=1) * int(2 ** min(failures, 6)), timedelta(days=1))
    return SEASON_AGAIN if is_current else PAST_SEASON_AGAIN


def _rhythm(wanted: Wanted, now: datetime) -> tuple[timedelta, timedelta]:
    """The usual pause and the longest after failures."""
    hour, half = timedelta(hours=1), timedelta(minutes=30)
    clock = now.astimezone(PARIS).time()
    is_final = now >= binding_from(wanted.day)
    if not wanted.may_be_red or (not is_final and clock < QUICKENS):
        return half, hour
    if not is_final or BINDING_FROM <= clock < time(18):
        return hour / 4, hour
    if clock >= time(20) or clock < time(6):
        return hour / 12, hour / 12
    return hour / 6, hour / 6
