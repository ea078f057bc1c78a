"""The check-up of the whole installation: what every room finds, the worst first.

It opens no socket to a battery, and ends in time: a question to the database lasts 2 s at most, one
to the broker 1 s, the one to Telegram, the last of all, 4 s. What is not looked at after 8 s is
left out and said.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.checkup import OWN, Finding, State, each, worst_first

from .memo import Memo

ROOMS = ("marstek_site", "scheduling", "batteries", "tempo", "notifications")  # each `.checkup`
QUESTION_MS = 2000
PATIENCE_S = 8.0
KEEP_S = 300.0
SHORTEST_SECRET = 4  # to blank out less would blank out words
BLANK = "•••"


@dataclass(frozen=True, slots=True)
class Report:
    """What the page shows: what needs a person, and what is well."""

    findings: tuple[Finding, ...]

    @property
    def open(self) -> list[Finding]:
        return [one for one in self.findings if not one.is_well]

    @property
    def well(self) -> list[Finding]:
        return [one for one in self.findings if one.is_well]

    @property
    def is_trouble(self) -> bool:
        return bool(self.broken)

    @property
    def broken(self) -> int:
        return sum(one.is_broken for one in self.findings)

    @property
    def sentence(self) -> str:
        """How it stands, in one sentence."""
        if self.broken:
            return needs_you(self.broken)
        if any(one.state is State.WARNING for one in self.findings):
            return _("It works. Some things deserve a look.")
        return _("All is well, as far as can be seen from here.")


def needs_you(count: int) -> str:
    """How many things are broken, in words; empty where nothing is."""
    words = ngettext("%(count)d thing needs you.", "%(count)d things need you.", count)
    return words % {"count": count} if count else ""


def examine(now: datetime) -> list[Finding]:
    """Everything that was found, each once, without any secret, the worst first."""
    with short_questions():
        found = {_identity(one): without_secrets(one) for one in _collected(now)}
    result = worst_first(found.values())
    BROKEN.keep(Report(tuple(result)).broken)
    return result


def _identity(finding: Finding) -> tuple[str, ...]:
    """A database that is away is one finding, whoever noticed."""
    if finding.code == "database.away":
        return (finding.code,)
    return finding.code, finding.subject, finding.finding


def _collected(now: datetime) -> Iterator[Finding]:
    ends_s = time.monotonic() + PATIENCE_S
    for module in modules():
        if not hasattr(module, "findings"):
            continue
        for finding in each((module.findings,), now):
            yield finding
            if time.monotonic() > ends_s:
                text = _("The check-up was ended after %(seconds)d s.") % {"seconds": PATIENCE_S}
                advice = _("Check again when the machine has less to do.")
                yield OWN.warning("checkup.late", text, advice)
                return


def modules() -> list[Any]:
    """The `checkup` of every room that has one."""
    names = [f"{room}.checkup" for room in ROOMS]
    return [import_module(name) for name in names if find_spec(name) is not None]


@contextmanager
def short_questions() -> Iterator[None]:
    """A database that is busy costs one check, not the page."""
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [str(QUESTION_MS)])
    try:
        yield
    finally:
        with suppress(DatabaseError):
            if connection.connection is not None:
                with connection.cursor() as cursor:
                    cursor.execute("RESET statement_timeout")


def without_secrets(finding: Finding) -> Finding:
    """An error's words are not ours: whatever of them is a secret is blanked out."""

    def blanked(text: str) -> str:
        for secret in _secrets():
            text = text.replace(secret, BLANK)
        return text

    return replace(
        finding,
        finding=blanked(finding.finding),
        advice=blanked(finding.advice),
        subject=blanked(finding.subject),
        look=blanked(finding.look),
    )


def _secrets() -> list[str]:
    found = [
        settings.SECRET_KEY,
        settings.DATABASES["default"].get("PASSWORD"),
        urlsplit(settings.REDIS_URL).password,
        settings.RTE_CLIENT_SECRET,
    ]
    return [text for text in found if text and len(text) >= SHORTEST_SECRET]


def _count_broken() -> int:
    return Report(tuple(examine(timezone.now()))).broken


BROKEN: Memo[int] = Memo(_count_broken, KEEP_S, 0)  # how many things need somebody
