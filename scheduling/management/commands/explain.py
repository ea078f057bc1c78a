"""Why a battery does, did or will do what it does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from notifications.console import SpokenCommand
from scheduling.explaining import NothingKnown, explain
from scheduling.management.words import instant, named


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="the battery")
        parser.add_argument("--at", metavar="ISO", help="then, instead of now")

    def run(self, **options: Any) -> dict[str, Any]:
        now = timezone.now()
        with translation.override("en"):  # a command speaks one language, whatever the site's
            battery = named(options["name"])
            at = None if options["at"] is None else instant(options["at"])
            try:
                return explain(battery, now, at).as_json()
            except NothingKnown as unknown:
                raise CommandError(str(unknown)) from unknown

    def say(self, document: dict[str, Any]) -> None:
        self.stdout.write(f"{document['battery']}: {document['sentence']}")
        for line in (document["next"], *(order["sentence"] for order in document["orders"])):
            if line:
                self.stdout.write(f"  {line}")
