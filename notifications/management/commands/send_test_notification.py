"""One message through each channel, by the hands of this very command."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from notifications import outbox
from notifications.console import SpokenCommand
from notifications.delivering import deliver
from notifications.hearing import usable_channels
from notifications.models import Delivery
from notifications.trial import send_test


class Command(SpokenCommand):
    """Fails where a message did not arrive, and says which and why."""

    help = "Send a test message over every channel in use, or over those of one person."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--person", metavar="NAME", help="only over this person's channels")

    def run(self, **options: Any) -> list[dict[str, str]]:
        person = options["person"]
        channels = [c for c in usable_channels() if person in (None, c.person.get_username())]
        if not channels:
            whose = f" of {person}" if person else ""
            raise CommandError(
                f"There is no channel{whose} yet: open the site, Notices, How I hear of it."
            )
        results = [_result(send_test(channel, timezone.now())) for channel in channels]
        failed = [result for result in results if result["state"] != "sent"]
        if failed:
            raise CommandError("; ".join(_words(result) for result in failed))
        return results

    def say(self, document: Any) -> None:
        for result in document:
            self.stdout.write(_words(result))


def _result(delivery: Delivery) -> dict[str, str]:
    """Deliver it here; where a worker was faster, what it wrote counts."""
    if outbox.claim(delivery, timezone.now()):
        deliver(delivery, timezone.now)
    delivery.refresh_from_db()
    channel = delivery.channel
    return {
        "person": channel.person.get_username(),
        "channel": channel.name,
        "state": delivery.state,
        "answer": delivery.answer,
    }


def _words(result: dict[str, str]) -> str:
    answer = f" ({result['answer']})" if result["answer"] else ""
    return f"{result['person']}, {result['channel']}: {result['state']}{answer}"
