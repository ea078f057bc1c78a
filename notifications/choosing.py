"""Keeping what a person has chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from .addressees import Channel, ChannelKind, Choice, Limit, Preference
from .events import CHOSEN, KINDS
from .forms import HearingForm, switch_name


@transaction.atomic
def save_choices(person: User, form: HearingForm) -> None:
    """Everything of a valid form; a switch that is as in the catalogue goes on following it."""
    chosen: dict[str, Any] = form.cleaned_data
    Preference.objects.update_or_create(
        person=person,
        defaults={name: chosen[name] for name in ("language", "quiet_from", "quiet_until")},
    )
    Limit.objects.filter(person=person).delete()
    Choice.objects.filter(channel__in=form.channels).delete()
    Limit.objects.bulk_create(_limits(person, chosen))
    Choice.objects.bulk_create(_choices(form, chosen))


def _limits(person: User, chosen: dict[str, Any]) -> list[Limit]:
    own = []
    for event in CHOSEN:
        threshold = KINDS[event].threshold
        if threshold is not None and chosen[f"limit-{event}"] != threshold.usual:
            own.append(Limit(person=person, event=event, value=chosen[f"limit-{event}"]))
    return own


def _choices(form: HearingForm, chosen: dict[str, Any]) -> list[Choice]:
    return [
        Choice(channel=channel, event=event, is_on=chosen[switch_name(channel, event)])
        for channel in form.channels
        for event in CHOSEN
        if chosen[switch_name(channel, event)] != KINDS[event].is_on
    ]


def add_channel(person: User, name: str, address: str, now: datetime) -> Channel:
    """A channel through Apprise. Its name is free: the form and the database see to it."""
    return Channel.objects.create(
        person=person, kind=ChannelKind.APPRISE, name=name, address=address, created_at=now
    )
