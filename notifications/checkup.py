"""What a check-up of this installation finds, and what to do about it.

Each room has a module `checkup` with `findings(now) -> Iterator[Finding]`; the site's `doctor`
collects them by that name. Such a function reads, decides and writes nothing. It names its checks
in a `Catalogue`, one title for each code, and lets `each` run them:

    CATALOGUE = Catalogue({"sun.shines": _("The sun shines")})

    def findings(now: datetime) -> Iterator[Finding]:
        return each((_sun,), now)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import psycopg
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

log = logging.getLogger(__name__)


class State(StrEnum):
    """How bad it is, the worst first."""

    BROKEN = "broken"  # something that the site promises does not happen
    WARNING = "warning"  # it works, and will hurt
    UNSURE = "unsure"  # only a person can see it
    WELL = "well"


WORDS = {
    State.BROKEN: pgettext_lazy("check", "Broken"),
    State.WARNING: pgettext_lazy("check", "Warning"),
    State.UNSURE: pgettext_lazy("check", "Please look"),
    State.WELL: pgettext_lazy("check", "Well"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was seen, and the next step.

    `code` never changes, for programs; `subject` names the battery or the like; `look` is a command
    to type, as it is. Texts never hold a secret.
    """

    code: str
    title: str
    state: State
    finding: str = ""
    advice: str = ""
    subject: str = ""
    look: str = ""

    @property
    def word(self) -> str:
        """The state in a word."""
        return str(WORDS[self.state])

    @property
    def is_well(self) -> bool:
        return self.state is State.WELL

    @property
    def is_broken(self) -> bool:
        return self.state is State.BROKEN


class Catalogue:
    """The checks of one room: a title for each code, and findings made from them."""

    def __init__(self, titles: dict[str, _StrPromise]) -> None:
        self.titles = titles

    def well(self, code: str, finding: str = "", *, subject: str = "", advice: str = "") -> Finding:
        """As it should be."""
        title = str(self.titles[code])
        return Finding(code, title, State.WELL, finding, advice, subject=subject)

    def unsure(
        self, code: str, finding: str, advice: str = "", *, subject: str = "", look: str = ""
    ) -> Finding:
        """Only a person can see it."""
        title = str(self.titles[code])
        return Finding(code, title, State.UNSURE, finding, advice, subject=subject, look=look)

    def warning(
        self, code: str, finding: str, advice: str, *, subject: str = "", look: str = ""
    ) -> Finding:
        """It works, and will hurt."""
        title = str(self.titles[code])
        return Finding(code, title, State.WARNING, finding, advice, subject=subject, look=look)

    def broken(
        self, code: str, finding: str, advice: str, *, subject: str = "", look: str = ""
    ) -> Finding:
        """It does not work."""
        title = str(self.titles[code])
        return Finding(code, title, State.BROKEN, finding, advice, subject=subject, look=look)


OWN = Catalogue(
    {
        "database.away": gettext_lazy("Database"),
        "checkup.failed": gettext_lazy("A check that failed"),
        "checkup.late": gettext_lazy("A check that took too long"),
    }
)
Check = Callable[[datetime], Iterable[Finding]]


def each(checks: Iterable[Check], now: datetime) -> Iterator[Finding]:
    """What each check finds; one that fails is a finding itself, and the others go on.

    A database that is away ends it: checks that need none come first.
    """
    for check in checks:
        try:
            yield from check(now)
        except (OperationalError, InterfaceError) as error:
            if not isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                yield database_away(error)
                return
            yield _late(check)
        except Exception as error:  # a bug in one check must not hide what the others see
            log.exception("a check failed")
            yield _failed(check, error)


def findings(now: datetime) -> Iterator[Finding]:
    """Every check of this room: channels, the bot, messages that wait."""
    from .findings import CHECKS  # it needs models, the words above do not

    return each(CHECKS, now)


def database_away(error: Exception) -> Finding:
    """One finding for everything that would have asked it."""
    return OWN.broken(
        "database.away",
        _("It does not answer: %(reason)s.") % {"reason": first_line(error).rstrip(".")},
        _("Start the site, or check DATABASE_URL; what needs the database was not checked."),
    )


def _late(check: Check) -> Finding:
    return OWN.warning(
        "checkup.late",
        _("The database took too long for one question."),
        _("Check again when the machine has less to do."),
        subject=_name(check),
    )


def _failed(check: Check, error: Exception) -> Finding:
    return OWN.warning(
        "checkup.failed",
        f"{type(error).__name__}: {first_line(error)}",
        _("This check itself is at fault, or the database is not migrated. The log says more."),
        subject=_name(check),
    )


def _name(check: Check) -> str:
    """Of a `partial` too."""
    return str(getattr(check, "func", check).__name__).strip("_")


def first_line(error: BaseException) -> str:
    """What an error says, without what follows."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by state, else in their order."""
    order = list(State)
    return sorted(findings, key=lambda one: order.index(one.state))
