"""What stands behind a command: batteries by their names, shares and spans. Raises
`CommandRefused`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from batteries.models import Battery
from batteries.selectors import dashboard_batteries
from notifications.commands import CommandRefused
from notifications.figures import short

from .targets import LONGEST_OVERRIDE

SHARE = re.compile(r"(\d{1,3})\s*%?(?=\s|$)")
SPAN = re.compile(r"(\d{1,4})\s*(h|min|m|d|j)(\d{1,2})?(?=\s|$)", re.IGNORECASE)
UNITS = {"h": "hours", "min": "minutes", "m": "minutes", "d": "days", "j": "days"}


def batteries_named(name: str) -> Sequence[Battery]:
    """The battery of this name, its beginning suffices; all where none is named."""
    found = dashboard_batteries()
    if not found:
        raise CommandRefused(_("There is no battery yet: add one on the home page."))
    wanted = name.strip().casefold()
    exact = [one for one in found if one.name.casefold() == wanted]
    matching = exact or [one for one in found if one.name.casefold().startswith(wanted)]
    if wanted and len(matching) != 1:
        words = {"name": short(name), "names": ", ".join(one.name for one in found)}
        raise CommandRefused(_("Which battery is “%(name)s”? There are: %(names)s.") % words)
    return matching


def share_first(text: str) -> tuple[int | None, str]:
    """A percentage at the beginning or the end, and the rest."""
    found = SHARE.match(text) or re.search(r"(?:^|(?<=\s))(\d{1,3})\s*%?$", text)
    if found is None:
        return None, text
    share = int(found[1])
    if not 1 <= share <= 100:
        raise CommandRefused(_("A state of charge lies between 1 % and 100 %."))
    return share, f"{text[: found.start()]} {text[found.end() :]}".strip()


def span_first(text: str) -> tuple[timedelta | None, str]:
    """A span such as 2h, 1h30, 90min or 1j at the beginning, and the rest."""
    found = SPAN.match(text)
    if found is None:
        return None, text
    span = timedelta(**{UNITS[found[2].lower()]: int(found[1])})
    if found[3]:
        span += timedelta(minutes=int(found[3]))
    if not timedelta(0) < span <= LONGEST_OVERRIDE:
        words = {"days": LONGEST_OVERRIDE.days}
        raise CommandRefused(_("A pause lasts %(days)d days at most.") % words)
    return span, text[found.end() :].strip()
