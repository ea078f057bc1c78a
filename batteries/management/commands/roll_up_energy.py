"""Sum what batteries said into quarters of an hour, for days longer ago than a day, too.

The periodic task does it by itself for rows that come up to a day late; after a log was brought
back from elsewhere, this takes it in. Twice changes nothing more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from batteries.rolling import roll_up
from notifications.console import SpokenCommand


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--days", type=int, default=1, help="how far back; 1 unless said")

    def run(self, **options: Any) -> dict[str, Any]:
        days, now = options["days"], timezone.now()
        if not 1 <= days <= 36500:
            raise CommandError(f"--days {days}: write a number of days, 1 to 36500")
        return {"days": days, "slots": roll_up(now, now - timedelta(days=days))}

    def say(self, document: dict[str, Any]) -> None:
        self.stdout.write(f"{document['slots']} slots are new or other than before.")
