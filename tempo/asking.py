"""One question to one source: taken up once, its answer kept, its course remembered."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from .consensus import Source
from .models import SourceContact
from .services import record_answers
from .sources.catalogue import ColourSource
from .sources.errors import SourceFailed

MANY = 1000


@dataclass(frozen=True, slots=True)
class Fetched:
    """How one question went. `fault` is empty where there was an answer.

    `is_news`: the source failed in this way for the first time, or answers again.
    """

    source: Source
    topic: str
    fault: str
    is_news: bool


def contact_with(source: Source, topic: str = "") -> SourceContact | None:
    """How it went with a source so far; None where it was never asked."""
    return SourceContact.objects.filter(source=source, topic=topic).first()


def claim(source: Source, topic: str, seen: SourceContact | None, now: datetime) -> bool:
    """Take a question up; False where another process has just done so."""
    if seen is not None:
        rows = SourceContact.objects.filter(pk=seen.pk, asked_at=seen.asked_at)
        return rows.update(asked_at=now) == 1
    try:
        with transaction.atomic():
            SourceContact.objects.create(source=source, topic=topic, asked_at=now)
    except IntegrityError:
        return False
    return True


def ask(
    source: ColourSource, first: date, last: date, now: datetime, *, topic: str = ""
) -> Fetched:
    """Ask for these days; keep what is said, as heard at `now`. A failure is said, not raised."""
    failed: SourceFailed | None = None
    try:
        record_answers(source.source, source.ask(first, last), now)
    except SourceFailed as error:
        failed = error
    is_news = _remember(source.source, topic, now, failed)
    return Fetched(source.source, topic, str(failed or ""), is_news)


def _remember(source: Source, topic: str, now: datetime, failed: SourceFailed | None) -> bool:
    """For the rhythm, and for who wonders. Returns whether it is another fault than before."""
    contact = contact_with(source, topic) or SourceContact(source=source, topic=topic)
    before = contact.fault_code
    contact.asked_at = now
    contact.spread = random.random()
    contact.failures = min(contact.failures + 1, MANY) if failed else 0
    contact.fault = str(failed)[:300] if failed else ""
    contact.fault_code = failed.code if failed else ""
    if failed is None:
        contact.answered_at = now
    contact.save()
    return contact.fault_code != before
