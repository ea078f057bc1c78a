"""Take over all Manual slots of one battery, and try whether one of them follows the house.

Where it does, the battery serves a red day by itself even if this machine dies. What stands in the
slots now is lost. Lasts about two minutes; the battery ends in Auto.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from batteries.owner import OwnerLock
from notifications.console import SpokenCommand
from scheduling.management.words import named
from scheduling.models import Origin
from scheduling.orders import take_slots
from scheduling.refusals import OrderRefused
from scheduling.slotbook import SlotBook

from .set_mode import carry_out_here, wait_for_verdict


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="the battery")

    def run(self, **options: Any) -> dict[str, Any]:
        with translation.override("en"):
            battery, lock = named(options["name"]), OwnerLock()
            is_free = lock.try_acquire()
            try:
                now = timezone.now()
                order = take_slots(battery, by=None, origin=Origin.COMMAND, now=now)
                if is_free:
                    carry_out_here(order, is_awaited=True)
                else:
                    wait_for_verdict(order)
            except OrderRefused as refused:
                raise CommandError(str(refused)) from refused
            finally:
                lock.release()
        book = SlotBook.objects.filter(battery=battery).first()
        return {
            "battery": battery.name,
            "are_ours": bool(book and book.taken_at),
            "follow_the_house": bool(book and book.follows_house_at),
        }

    def say(self, document: dict[str, Any]) -> None:
        name = document["battery"]
        if not document["are_ours"]:
            raise CommandError(f"{name} did not accept each of its slots: try again later")
        if document["follow_the_house"]:
            self.stdout.write(f"{name}: its slots are ours; it serves a red day by itself.")
        else:
            self.stdout.write(
                f"{name}: its slots are ours; none was seen to follow the house (it needs a load "
                "to follow, and energy): power goes on as leases. Try again by day."
            )
