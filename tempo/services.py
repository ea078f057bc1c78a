"""Keeping what was said of the colours, and settling the days from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import connection, transaction

from .answers import Answer
from .consensus import Settlement, Source, is_binding
from .models import RAW_LENGTH, TempoDay, TempoStatement
from .selectors import settlements

SETTLING = 0x54454D50  # an advisory lock of our own; that of the batteries' owner is another


@transaction.atomic
def record_answers(
    source: Source, answers: Sequence[Answer], now: datetime, *, by: User | None = None
) -> None:
    """Keep what a source said: a new row, or, where it says the same again, a new `seen_at`.

    The days are settled anew in the same transaction.
    """
    days = [answer.day for answer in answers]
    last = _last_said(source, days)
    repeated, new = [], []
    for answer in answers:
        row = _statement(source, answer, now, by)
        before = last.get(answer.day)
        if before is not None and _says_the_same(before, row):
            repeated.append(before.pk)
        else:
            new.append(row)
    TempoStatement.objects.filter(pk__in=repeated, seen_at__lt=now).update(seen_at=now)
    TempoStatement.objects.bulk_create(new)
    if days:
        settle_days(min(days), max(days), now)


@transaction.atomic
def settle_days(first: date, last: date, now: datetime) -> list[TempoDay]:
    """Settle the days from `first` to `last` and keep the result; the rows that changed.

    One at a time: who comes second sees what the first one kept.
    """
    _wait_for_turn()
    rows = {row.day: row for row in TempoDay.objects.filter(day__range=(first, last))}
    found = settlements(first, last, now)
    changed = [
        row
        for day, settled in found.items()
        if (row := _day_row(rows.get(day), settled, now)) is not None
    ]
    fields = [field.name for field in TempoDay._meta.fields if not field.primary_key]
    TempoDay.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["day"], update_fields=fields
    )
    return changed


def _wait_for_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SETTLING])


def _last_said(source: Source, days: Sequence[date]) -> dict[date, TempoStatement]:
    """Of each of the days the statement that this source made last."""
    rows = TempoStatement.objects.filter(source=source, day__in=days).order_by("seen_at", "id")
    return {row.day: row for row in rows}


def _statement(source: Source, answer: Answer, now: datetime, by: User | None) -> TempoStatement:
    return TempoStatement(
        source=source,
        day=answer.day,
        colour=answer.colour or "",
        is_binding=is_binding(
            source, answer.day, answer.colour, now, is_degraded=answer.is_degraded
        ),
        is_degraded=answer.is_degraded,
        at=now,
        seen_at=now,
        said_by=by,
        raw=answer.raw[:RAW_LENGTH],
    )


def _says_the_same(one: TempoStatement, other: TempoStatement) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("colour", "is_binding", "is_degraded", "said_by_id")
    )


def _day_row(row: TempoDay | None, settled: Settlement, now: datetime) -> TempoDay | None:
    """The row as it should be; None where it is so already."""
    known = settled.colour
    wanted = {
        "colour": known.colour or "",
        "is_binding": known.is_binding,
        "may_be_red": known.may_be_red,
        "red_probability": known.red_probability,
        "why": settled.why,
        "source": settled.source or "",
        "is_disputed": settled.is_disputed,
        "broken_rule": settled.broken or "",
    }
    row = row or TempoDay(day=known.day)
    is_same = all(getattr(row, name) == value for name, value in wanted.items())
    if is_same and not row._state.adding:
        return None
    if row.colour and row.colour != wanted["colour"]:
        row.former_colour, row.changed_at = row.colour, now
    for name, value in wanted.items():
        setattr(row, name, value)
    row.settled_at = now
    return row
