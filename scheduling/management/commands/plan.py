"""What each battery will do, when and why."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from notifications.console import SpokenCommand
from scheduling.management.words import instant
from scheduling.outlook import outlooks
from scheduling.planning import PLAN_HOURS
from scheduling.surroundings import situation_at

MOST_HOURS = 168


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--hours", type=float, default=PLAN_HOURS, help=f"{PLAN_HOURS} unless said"
        )
        parser.add_argument(
            "--at", metavar="ISO", help="as if it were then, with batteries as they are now"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        now, hours = timezone.now(), options["hours"]
        if not 0 < hours <= MOST_HOURS:
            raise CommandError(f"--hours is from 1 to {MOST_HOURS}")
        at = now if options["at"] is None else instant(options["at"])
        with translation.override("en"):  # a command speaks one language, whatever the site's
            situation = situation_at(at)
            return {
                "at": at,
                "is_automatic": situation.household.is_automatic,
                "batteries": [each.as_json() for each in outlooks(situation, at, hours)],
            }

    def say(self, document: dict[str, Any]) -> None:
        if not document["is_automatic"]:
            self.stdout.write("Automation is off: this is what would be done.")
        for battery in document["batteries"]:
            self.stdout.write(f"{battery['name']}:")
            for row in battery["changes"]:
                facts = ", ".join(fact for fact in (row["soc"], row["duration"]) if fact)
                self.stdout.write(f"  {row['when']:16} {row['sentence']} ({facts})")
        if not document["batteries"]:
            self.stdout.write("No battery is registered yet: see discover_batteries.")
