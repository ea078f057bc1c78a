"""Check everything that can go wrong here, and say what to do about each thing.

Ends with 1 where something is broken; warnings alone end with 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from marstek_site.doctor import examine
from notifications.checkup import State
from notifications.console import SpokenCommand


class Command(SpokenCommand):
    help = __doc__ or ""
    requires_system_checks = ()  # they are findings here

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        languages = [code for code, _name in settings.LANGUAGES]
        parser.add_argument("--language", choices=languages, default="en", help="of the findings")

    def handle(self, *args: Any, **options: Any) -> None:
        self.broken = 0
        super().handle(*args, **options)
        if self.broken:
            things = "1 thing is" if self.broken == 1 else f"{self.broken} things are"
            raise CommandError(f"{things} broken: what to do is said above.")

    def run(self, **options: Any) -> dict[str, Any]:
        with translation.override(options["language"]):
            found = [asdict(one) | {"word": one.word} for one in examine(timezone.now())]
        counts = Counter(one["state"] for one in found)
        self.broken = counts[State.BROKEN]
        return {"counts": {state: counts[state] for state in State}, "findings": found}

    def say(self, document: dict[str, Any]) -> None:
        for one in document["findings"]:
            subject = f" ({one['subject']})" if one["subject"] else ""
            self.stdout.write(f"{one['word']}: {one['title']}{subject}")
            for text in (one["finding"], one["advice"] if one["state"] != State.WELL else ""):
                if text:
                    self.stdout.write(f"    {text}")
            if one["look"]:
                self.stdout.write(f"    $ {one['look']}")
        counts = document["counts"]
        self.stdout.write(", ".join(f"{state} {counts[state]}" for state in counts))
