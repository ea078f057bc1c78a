"""The words that the bot understands, filled by whoever can do them.

    on_command("plan", "scheduling.view_order", plan_words, help_text=_("what comes next"))

`permission` is one of Django's, as on pages: a role has it or has not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils.functional import Promise

ANYBODY = "notifications.view_notification"  # whoever has a role here
LONGEST_BUTTON = timedelta(hours=24)


class CommandRefused(Exception):
    """It cannot be done. `str()` is the sentence for the person; what was written is undone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants: `arguments` is what stands behind the command, as it was typed."""

    person: User
    command: str
    arguments: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A button: its label, and the command that a press gives."""

    label: str
    command: str
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Plain text, and buttons of which one may be pressed, once, before `expires_at`."""

    text: str
    buttons: Sequence[Sequence[Offer]] = ()
    expires_at: datetime | None = None


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the bot."""

    name: str
    permission: str
    handler: Handler
    help_text: str | Promise = ""
    aliases: Sequence[str] = field(default=())


COMMANDS: dict[str, Command] = {}


def on_command(
    name: str,
    permission: str,
    handler: Handler,
    *,
    help_text: str | Promise = "",
    aliases: Sequence[str] = (),
) -> None:
    """Let `handler` answer /name, for people with `permission`. It runs in a transaction with the
    update, so that a repeated update does nothing twice; it raises `CommandRefused` to refuse.
    A name that is given again is replaced."""
    COMMANDS[name] = Command(name, permission, handler, help_text, aliases)


def find_command(word: str) -> Command | None:
    """The command of this name or alias."""
    if word in COMMANDS:
        return COMMANDS[word]
    return next((c for c in COMMANDS.values() if word in c.aliases), None)


def may_use(person: User, command: Command) -> bool:
    """Whether this person's role allows it now."""
    return person.has_perm(command.permission)
