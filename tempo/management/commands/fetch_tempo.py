"""Ask every source for colours, now: of today and tomorrow, or of one day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from notifications.console import SpokenCommand
from tempo.consensus import Settlement
from tempo.days import tempo_day
from tempo.due import wanted_day
from tempo.fetching import fetch_days
from tempo.models import TempoStatement
from tempo.seasons import FIRST_SEASON, Season
from tempo.selectors import settlements
from tempo.wording import status


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--date", metavar="YYYY-MM-DD", help="one day instead of both")

    def run(self, **options: Any) -> dict[str, Any]:
        now = timezone.now()
        first, last = _days(options["date"], now)
        fetched = fetch_days(first, last, now)
        if not fetched:
            raise CommandError("every source is switched off: see docs/settings.md, Tempo colours")
        if all(one.fault for one in fetched):
            raise CommandError(f"no source answered. {fetched[0].fault}")
        found = settlements(first, last, now)
        with translation.override("en"):  # a command speaks one language, whatever the site's
            return {
                "sources": [
                    {"source": one.source.value, "name": str(one.source.label), "fault": one.fault}
                    for one in fetched
                ],
                "days": [_day(day, settled) for day, settled in found.items()],
            }

    def say(self, document: dict[str, Any]) -> None:
        for one in document["days"]:
            self.stdout.write(f"{one['day']}: {one['colour'] or 'unknown'}, {one['status']}")
            for said in one["said"]:
                self.stdout.write(f"  {said['source']}: {said['colour'] or 'unknown'}")
        for source in document["sources"]:
            if source["fault"]:
                self.stderr.write(f"{source['name']}: {source['fault']}")


def _days(text: str | None, now: datetime) -> tuple[date, date]:
    if text is None:
        return tempo_day(now), wanted_day(now)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--date {text!r} is no date: write it as 2026-11-26") from error
    earliest, latest = Season(FIRST_SEASON).starts_on, wanted_day(now)
    if not earliest <= day <= latest:
        raise CommandError(
            f"colours are known from {earliest} to tomorrow ({latest}), not of {day}"
        )
    return day, day


def _day(day: date, settled: Settlement) -> dict[str, Any]:
    known = settled.colour
    said = TempoStatement.objects.filter(day=day).order_by("source", "-seen_at").distinct("source")
    return {
        "day": day,
        "colour": known.colour,
        "is_binding": known.is_binding,
        "may_be_red": known.may_be_red,
        "red_probability": round(known.red_probability, 3),
        "why": settled.why,
        "status": status(settled),
        "said": [
            {
                "source": row.source,
                "colour": row.colour or None,
                "is_binding": row.is_binding,
                "is_degraded": row.is_degraded,
                "seen_at": row.seen_at,
            }
            for row in said
        ],
    }
