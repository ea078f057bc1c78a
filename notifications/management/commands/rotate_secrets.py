"""Encrypt every secret of the database anew, with the newest key."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from notifications.addressees import Channel, TelegramBot
from notifications.console import SpokenCommand
from notifications.secrecy import SecretUnreadable


class Command(SpokenCommand):
    """After a new first line in `VAR_DIR/field_key` (or FIELD_KEY); then the old line may go."""

    help = "Encrypt the secrets of all channels anew, with the first of FIELD_KEY."

    def run(self, **options: Any) -> dict[str, int]:
        with transaction.atomic():
            return _rotate()

    def say(self, document: Any) -> None:
        self.stdout.write("Encrypted anew: {rotated}. Unreadable: {lost}.".format(**document))


def _rotate() -> dict[str, int]:
    counts = {"rotated": 0, "lost": 0}
    for row, name in [
        *((bot, "token") for bot in TelegramBot.objects.select_for_update()),
        *((channel, "address") for channel in Channel.objects.select_for_update()),
    ]:
        try:
            getattr(row, name).reveal()
        except SecretUnreadable:
            counts["lost"] += 1
            continue
        row.save(update_fields=[name])
        counts["rotated"] += bool(getattr(row, name))
    return counts
