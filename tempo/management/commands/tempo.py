"""The colours of a season: what is known, what is used and what is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from notifications.console import SpokenCommand
from tempo.billing import price_at
from tempo.days import tempo_day
from tempo.due import wanted_day
from tempo.models import TempoDay
from tempo.seasons import Season, season_labelled, season_of
from tempo.selectors import season_tallies, settlements
from tempo.wording import label_of, status


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--season", metavar="2025-2026", help="the present one unless said")

    def run(self, **options: Any) -> dict[str, Any]:
        now = timezone.now()
        season = _season(options["season"], now)
        tallies = season_tallies(season, now)
        with translation.override("en"):  # a command speaks one language, whatever the site's
            return {
                "season": season.label,
                "used": {tally.colour.value: tally.used for tally in tallies.colours},
                "left": {tally.colour.value: tally.left for tally in tallies.colours},
                "unknown_days": tallies.unknown,
                "now": _now(now) if season == season_of(tempo_day(now)) else None,
                "days": list(
                    TempoDay.objects.filter(day__range=(season.starts_on, season.ends_on))
                    .exclude(colour="")
                    .order_by("day")
                    .values("day", "colour", "is_binding")
                ),
            }

    def say(self, document: dict[str, Any]) -> None:
        self.stdout.write(f"Season {document['season']}")
        for colour, used in document["used"].items():
            self.stdout.write(f"  {colour:5} {used:3} used, {document['left'][colour]:3} left")
        if document["unknown_days"]:
            self.stdout.write(f"  {document['unknown_days']} days until today are not known")
        for one in document["now"]["days"] if document["now"] else []:
            self.stdout.write(f"{one['label']}: {one['colour'] or 'unknown'}, {one['status']}")


def _season(label: str | None, now: datetime) -> Season:
    current = season_of(wanted_day(now))
    if label is None:
        return season_of(tempo_day(now))
    try:
        season = season_labelled(label)
    except ValueError as error:
        raise CommandError(str(error)) from error
    if season > current:
        raise CommandError(f"season {label} has not begun; the present one is {current.label}")
    return season


def _now(now: datetime) -> dict[str, Any]:
    today, price = tempo_day(now), price_at(now)
    found = settlements(today, wanted_day(now), now)
    return {
        "c_per_kwh": price.c_per_kwh,
        "until": price.ends_at,
        "days": [
            {
                "label": label_of(day, now),
                "day": day,
                "colour": settled.colour.colour,
                "status": status(settled),
            }
            for day, settled in found.items()
        ],
    }
