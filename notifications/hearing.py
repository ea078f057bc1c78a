"""Who wants to hear of what, over which channel, from which value on, and when it is quiet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Prefetch, Q

from .addressees import Channel, Limit, Preference
from .events import KINDS, Event, Kind, Threshold

PARIS = ZoneInfo("Europe/Paris")


def usable_channels() -> list[Channel]:
    """Every channel in use of a person who may see notices, with what is needed to decide: three
    queries."""
    people = "person", "person__notice_preference"
    seeing = Q(is_superuser=True) | Q(groups__permissions__codename="view_notification")
    readers = User.objects.filter(seeing, is_active=True)
    channels = Channel.objects.filter(is_on=True, person__in=readers).select_related(*people)
    limits = Prefetch("person__notice_limits", queryset=Limit.objects.all())
    return list(channels.prefetch_related("choices", limits))


def hears(channel: Channel, event: Event, params: Mapping[str, Any]) -> bool:
    """Whether a message of this event goes over this channel."""
    threshold = KINDS[event].threshold
    if not is_chosen(channel, event):
        return False
    return threshold is None or reaches(params.get(threshold.param), limit_of(channel, event))


def is_chosen(channel: Channel, event: Event) -> bool:
    """The person's own switch, else the catalogue's."""
    own = {choice.event: choice.is_on for choice in channel.choices.all()}
    return own.get(event, KINDS[event].is_on)


def limit_of(channel: Channel, event: Event) -> tuple[int, Threshold]:
    """The person's own limit, else the catalogue's."""
    threshold = KINDS[event].threshold
    assert threshold is not None  # noqa: S101  asked of events with a threshold only
    own = {limit.event: limit.value for limit in channel.person.notice_limits.all()}
    return own.get(event, threshold.usual), threshold


def reaches(value: Any, limit: tuple[int, Threshold]) -> bool:
    """Whether a value is at the limit or beyond."""
    if not isinstance(value, int | float):
        return False
    return value <= limit[0] if limit[1].falls else value >= limit[0]


def first_limit(event: Event) -> int | None:
    """The limit that is reached first: of those who want to hear of it, and of the page, where the
    event is on for everybody. None: nobody is interested."""
    return first_limits([event])[event]


def first_limits(events: Iterable[Event]) -> dict[Event, int | None]:
    """The limit of each of these events that is reached first. Three queries, whatever is asked."""
    channels = usable_channels()
    return {event: _first_limit(event, channels) for event in events}


def _first_limit(event: Event, channels: Iterable[Channel]) -> int | None:
    kind = KINDS[event]
    threshold = kind.threshold
    assert threshold is not None  # noqa: S101
    limits = [limit_of(one, event)[0] for one in channels if is_chosen(one, event)]
    limits += [threshold.usual] if kind.is_on else []
    if not limits:
        return None
    return max(limits) if threshold.falls else min(limits)


def preference_of(person: User) -> Preference:
    """What this person has set, else the household's language and no quiet hours."""
    try:
        found: Preference = person.notice_preference
    except Preference.DoesNotExist:
        return Preference(person=person, language=settings.LANGUAGE_CODE)
    return found


def due_moment(preference: Preference, kind: Kind, now: datetime) -> datetime:
    """When a message may go: at once, or when the quiet hours end."""
    start, end = preference.quiet_from, preference.quiet_until
    if kind.wakes or start is None or end is None:
        return now
    local = now.astimezone(PARIS)
    if not _is_quiet(local.time(), start, end):
        return now
    ends_on = local.date() + timedelta(days=1 if local.time() >= end else 0)
    return _at(ends_on, end)


def _is_quiet(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start < end else clock >= start or clock < end


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, PARIS).astimezone(ZoneInfo("UTC"))
