"""Orders that people write to the bot: overrides in their name, each with an end.

What would leave a red day unserved is asked about first; the answer is a button, good for once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from batteries import wording
from batteries.models import Battery
from notifications.commands import Answer, Asked, CommandRefused, Offer

from .bot_words import batteries_named, share_first, span_first
from .journal import decision_sentence
from .models import Origin
from .orders import cancel_order
from .overriding import RedWarning, override, red_warning, resumed
from .refusals import OrderRefused
from .selectors import standing_decisions
from .targets import HandsOff, Target, TargetMode, Wanted

KEEP, SHORTEN = "--keep", "--shorten"
ASKED_FOR = timedelta(minutes=10)


def charge(asked: Asked) -> Answer:
    """Charge up to a state of charge: all batteries or the named one."""
    text, confirmed = _confirmed(asked.arguments)
    share, name = share_first(text)
    if share is None:
        raise CommandRefused(_("Up to which charge? Write for example: /charge 80"))
    target = Target.of(TargetMode.CHARGE, until_soc=share)
    return _ordered(asked, batteries_named(name), target, text, confirmed)


def pause(asked: Asked) -> Answer:
    """Hands off: for a span, else until the next edge of a schedule."""
    text, confirmed = _confirmed(asked.arguments)
    span, name = span_first(text)
    until = None if span is None else asked.now + span
    return _ordered(asked, batteries_named(name), HandsOff(until), text, confirmed)


def automatic(asked: Asked) -> Answer:
    """End what was ordered by hand."""
    found = batteries_named(asked.arguments)
    refusals = each_battery(found, lambda one: cancel_order(one, by=asked.person, now=asked.now))
    return _answer(found, refusals, asked)


def _confirmed(arguments: str) -> tuple[str, str]:
    """The words, and what a button has added to them."""
    words, _blank, last = arguments.rpartition(" ")
    return (words, last) if last in (KEEP, SHORTEN) else (arguments, "")


def _ordered(
    asked: Asked, found: Sequence[Battery], wanted: Wanted, text: str, confirmed: str
) -> Answer:
    warning = None if confirmed == KEEP else red_warning(found, wanted, asked.now)
    if warning is not None and not confirmed:
        return _ask(asked, warning, text)
    if warning is not None and warning.resumes_at is not None:
        wanted = resumed(wanted, warning.resumes_at)
    by, now = asked.person, asked.now
    refusals = each_battery(
        found, lambda one: override(one, wanted, by=by, origin=Origin.BOT, now=now)
    )
    return _answer(found, refusals, asked)


def _ask(asked: Asked, warning: RedWarning, text: str) -> Answer:
    """Before a red day goes unserved: what it costs, and both ways."""
    offers = [[Offer(_("All the same"), asked.command, f"{text} {KEEP}".strip())]]
    if warning.resumes_at is not None:
        label = _("Only until %(moment)s") % {
            "moment": wording.moment(warning.resumes_at, asked.now)
        }
        offers.insert(0, [Offer(label, asked.command, f"{text} {SHORTEN}".strip())])
    words = _("%(warning)s Nothing was ordered yet.") % {"warning": warning.sentence}
    return Answer(words, offers, asked.now + ASKED_FOR)


def each_battery(found: Sequence[Battery], act: Callable[[Battery], object]) -> list[str]:
    """Those that can do it do; why the others cannot. Raises `CommandRefused` where none can."""
    refusals = []
    for battery in found:
        try:
            act(battery)
        except OrderRefused as refused:
            refusals.append(str(refused))
    if found and len(refusals) == len(found):
        raise CommandRefused("\n".join(refusals))
    return refusals


def _answer(found: Sequence[Battery], refusals: Sequence[str], asked: Asked) -> Answer:
    """What could not be, and what each battery does now, in the journal's words."""
    rows = standing_decisions([one.pk for one in found])
    sentences = [
        _("%(name)s: %(sentence)s.")
        % {"name": one.name, "sentence": decision_sentence(rows[one.pk], asked.now)}
        for one in found
        if one.pk in rows
    ]
    return Answer("\n".join([*refusals, *sentences]))
