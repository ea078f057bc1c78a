"""Write the periodic tasks that the code owns into the beat tables."""

from __future__ import annotations

from typing import Any

from notifications.console import SpokenCommand
from scheduling.periodic import sync_schedule


class Command(SpokenCommand):
    help = __doc__ or ""

    def run(self, **options: Any) -> dict[str, str]:
        return sync_schedule()

    def say(self, document: dict[str, str]) -> None:
        for name, done in document.items():
            self.stdout.write(f"{done:8} {name}")
