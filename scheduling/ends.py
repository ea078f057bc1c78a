"""When something that was ordered by hand shall end, as people write it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils.dateparse import parse_datetime

from tempo.days import PARIS, at_local

DAY = timedelta(days=1)


def moment_of(text: str, now: datetime) -> datetime:
    """The coming moment of a text: 18:00 is today's or tomorrow's, whichever comes first;
    2026-11-25T18:00 is the household's clock where it names no zone.

    Raises `ValueError` for what is neither.
    """
    try:
        clock = time.fromisoformat(text) if ":" in text[:3] else None
    except ValueError:
        clock = None
    if clock is not None and clock.tzinfo is None:
        return _coming(clock, now)
    return instant_of(text)


def instant_of(text: str) -> datetime:
    """The moment of a date with a time, past or to come. Raises `ValueError`."""
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError(f"no moment: {text!r}")
    return moment if moment.tzinfo else at_local(moment.date(), moment.time())


def _coming(clock: time, now: datetime) -> datetime:
    today = now.astimezone(PARIS).date()
    moment = at_local(today, clock)
    return moment if moment > now else at_local(today + DAY, clock)
