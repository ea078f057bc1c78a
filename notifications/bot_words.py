"""The commands that the bot has of its own: /start and /aide."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .commands import ANYBODY, COMMANDS, Answer, Asked, may_use, on_command


def help_words(asked: Asked) -> Answer:
    """Every command that this person may use, with what it does."""
    usable = [command for command in COMMANDS.values() if may_use(asked.person, command)]
    lines = [f"/{command.name} – {command.help_text}" for command in usable if command.help_text]
    return Answer("\n".join([_("What I understand:"), *lines]))


def start_words(asked: Asked) -> Answer:
    """Start was pressed again in a chat that is bound: a link that did not count ends here too."""
    if asked.arguments:
        words = _("This link was used or is too old. This chat is connected already.")
        return Answer(words)
    return help_words(asked)


def register() -> None:
    """Make them known."""
    text = gettext_lazy("what I understand")
    on_command("aide", ANYBODY, help_words, help_text=text, aliases=("help",))
    on_command("start", ANYBODY, start_words)
