"""Filling past seasons, and the gaps of this one, from RTE's season files: one at a time."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Count, Q

from .asking import Fetched, ask, claim
from .consensus import Source
from .days import tempo_day
from .due import BETWEEN_SEASONS, season_pause, wanted_day
from .models import SourceContact, TempoDay
from .seasons import FIRST_SEASON, Season, season_of
from .sources.catalogue import season_source


def fetch_season_due(now: datetime) -> list[Fetched]:
    """Ask for one season that has gaps, where one is due."""
    source = season_source()
    rows = SourceContact.objects.filter(source=Source.RTE_SEASON)
    contacts = {row.topic: row for row in rows} if source else {}
    season = _season_due(contacts, now) if source else None
    if source is None or season is None:
        return []
    if not claim(Source.RTE_SEASON, season.label, contacts.get(season.label), now):
        return []
    last = min(season.ends_on, wanted_day(now))
    return [ask(source, season.starts_on, last, now, topic=season.label)]


def _season_due(contacts: dict[str, SourceContact], now: datetime) -> Season | None:
    """Those that never failed first, the newest first; none soon after another question."""
    latest = max(contacts.values(), key=lambda one: one.asked_at, default=None)
    if latest is not None and now < latest.asked_at + BETWEEN_SEASONS:
        return None
    if latest is not None and latest.failures and not _may_ask(latest, now):
        return None
    current = season_of(tempo_day(now)).first_year
    seasons = [Season(year) for year in range(current, FIRST_SEASON - 1, -1)]
    due = [
        season
        for season in seasons
        if season.label not in contacts or _may_ask(contacts[season.label], now)
    ]
    gaps = set(seasons_with_gaps(tempo_day(now))) if due else set()
    return min((s for s in due if s in gaps), key=lambda s: _failures(contacts, s), default=None)


def seasons_with_gaps(today: date) -> list[Season]:
    """The seasons until today of which a day until today has no colour: one query."""
    newest = season_of(today).first_year
    spans = {
        Season(year): (Season(year).starts_on, min(Season(year).ends_on, today))
        for year in range(FIRST_SEASON, newest + 1)
    }
    counts = TempoDay.objects.exclude(colour="").aggregate(
        **{season.label: Count("pk", filter=Q(day__range=span)) for season, span in spans.items()}
    )
    return [s for s, (first, last) in spans.items() if counts[s.label] <= (last - first).days]


def _may_ask(contact: SourceContact, now: datetime) -> bool:
    is_current = contact.topic == season_of(tempo_day(now)).label
    return now >= contact.asked_at + season_pause(contact.failures, is_current=is_current)


def _failures(contacts: dict[str, SourceContact], season: Season) -> int:
    contact = contacts.get(season.label)
    return contact.failures if contact else 0
