"""What each battery does if this machine dies, in sentences, and how it could do better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from batteries.marstek.values import Mode
from batteries.models import Battery, ControlMethod
from batteries.profile import battery_profile
from batteries.selectors import dashboard_batteries

from .models import Order
from .slotbook import SlotBook


@dataclass(frozen=True, slots=True)
class LastWill:
    """One battery: whether it serves a red day by itself, why or why not, and what can be done."""

    battery_id: int
    name: str
    serves_alone: bool
    sentence: str
    can_try: bool
    is_trying: bool


def last_wills() -> list[LastWill]:
    """Every battery that is not retired: three queries."""
    batteries = dashboard_batteries()
    books = {book.battery_id: book for book in SlotBook.objects.all()}
    trying = set(Order.objects.open().filter(is_set_up=True).values_list("battery_id", flat=True))
    return [last_will(one, books.get(one.pk), is_trying=one.pk in trying) for one in batteries]


def last_will(battery: Battery, book: SlotBook | None, *, is_trying: bool) -> LastWill:
    """What one battery does by itself."""
    serves = bool(book and book.follows_house_at) and uses_manual(battery)
    return LastWill(
        battery_id=battery.pk,
        name=battery.name,
        serves_alone=serves,
        sentence=_sentence(battery, book, serves=serves),
        can_try=Mode.MANUAL in battery_profile(battery).modes,
        is_trying=is_trying,
    )


def stands_still(batteries: Iterable[Battery]) -> list[str]:
    """Names of the batteries that stand at 0 W from 06:00 of a red day if this machine dies in the
    night before it."""
    proved = SlotBook.objects.filter(follows_house_at__isnull=False)
    able = set(proved.values_list("battery_id", flat=True))
    return [one.name for one in batteries if one.pk not in able or not uses_manual(one)]


def uses_manual(battery: Battery) -> bool:
    """Whether its powers are given through its own slots."""
    return bool(battery.control_method == ControlMethod.MANUAL)


def _sentence(battery: Battery, book: SlotBook | None, *, serves: bool) -> str:
    words = {"name": battery.name}
    if serves:
        return (
            _("%(name)s charges and serves a red day by itself: its own slots hold the program.")
            % words
        )
    dies = (
        _(
            "If this machine dies in the night before a red day, %(name)s stands still from 06:00. "
            "Rescue by hand: choose Auto in the Marstek app."
        )
        % words
    )
    if book is not None and book.taken_at and not book.follows_house_at:
        return f"{dies} " + _(
            "Its slots are ours, but none was seen to follow the house: try again by day, while "
            "the house uses power."
        )
    return dies
