"""Asking the sources that are due for the day that comes."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Max

from .asking import Fetched, ask, claim
from .backfill import fetch_season_due
from .consensus import Source
from .days import tempo_day
from .due import Contact, Wanted, is_due, wanted_day
from .models import SourceContact, TempoDay, TempoStatement
from .rules import can_be_red
from .seasons import season_of
from .sources.catalogue import daily_sources, season_source


def fetch_due(now: datetime) -> list[Fetched]:
    """Ask who is due at `now`: the daily sources for tomorrow, and one season that has gaps.

    Where nobody is due it takes four queries.
    """
    return _fetch_daily(now) + fetch_season_due(now)


def fetch_days(first: date, last: date, now: datetime) -> list[Fetched]:
    """Ask every source for these days, due or not: a person wants to know."""
    fetched = [ask(source, first, last, now) for source in daily_sources()]
    archive = season_source()
    if archive is not None and last < tempo_day(now):
        fetched.append(ask(archive, first, last, now, topic=season_of(first).label))
    return fetched


def _fetch_daily(now: datetime) -> list[Fetched]:
    first, last = tempo_day(now), wanted_day(now)
    contacts = {Source(row.source): row for row in SourceContact.objects.filter(topic="")}
    heard, wanted = _heard(last), _wanted(last)
    return [
        ask(source, first, last, now)
        for source in daily_sources()
        if is_due(_course(contacts.get(source.source), heard), wanted, now)
        and claim(source.source, "", contacts.get(source.source), now)
    ]


def _heard(day: date) -> dict[str, datetime]:
    """When each source last named a colour of this day."""
    said = TempoStatement.objects.filter(day=day).exclude(colour="")
    return dict(said.values_list("source").annotate(at=Max("seen_at")).order_by())


def _wanted(day: date) -> Wanted:
    row = TempoDay.objects.filter(day=day).first()
    if row is None:
        return Wanted(day, is_settled=False, is_disputed=False, may_be_red=can_be_red(day))
    red_is_open = row.may_be_red or row.red_probability > 0
    return Wanted(day, row.is_binding, row.is_disputed, red_is_open)


def _course(contact: SourceContact | None, heard: dict[str, datetime]) -> Contact | None:
    if contact is None:
        return None
    at = heard.get(contact.source)
    return Contact(contact.asked_at, contact.failures, contact.spread, at)
