"""What a battery said last, or why nothing came of it, in the reader's language. The ledger keeps
the wire's own English sentence; what is not known here, as an answer word for word, is shown as it
is."""

from __future__ import annotations

import re

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

WORDS = (
    (
        r"(?P<host>\S+) did not answer (?P<method>\S+) \((?P<n>\d+) attempts?\): check .*",
        _(
            "%(host)s did not answer %(method)s (tried: %(n)s): check its power, the network, and "
            "that its local API is on."
        ),
    ),
    (
        r"(?P<host>\S+) did not answer (?P<method>\S+): its firmware hears only broadcasts.*",
        _(
            "%(host)s did not answer %(method)s: its firmware hears only broadcasts, which would "
            "order every battery: update it."
        ),
    ),
    (
        r"(?P<method>\S+) could not be sent to (?P<host>\S+) \((?P<cause>.*)\): check .*",
        _("%(method)s could not be sent to %(host)s (%(cause)s): check the network."),
    ),
    (
        r"(?P<host>.+?) refused (?P<method>\S+): (?P<cause>.*) \(code (?P<code>.*)\)\.",
        _("%(host)s refused %(method)s: %(cause)s (code %(code)s)."),
    ),
    (
        r"(?P<host>.+) does not have (?P<method>\S+) on its firmware\.",
        _("%(host)s does not have %(method)s on its firmware."),
    ),
    (
        r"(?P<host>\S+) is battery (?P<found>\S+), not (?P<wanted>\S+): run discovery again\.",
        _("%(host)s is battery %(found)s, not %(wanted)s: run discovery again."),
    ),
    (
        r"(?P<host>.+?) answered (?P<method>\S+) with (?P<problem>.*)\.",
        _("%(host)s answered %(method)s with %(problem)s."),
    ),
    (
        r"(?P<method>\S+) to (?P<host>\S+) waited (?P<s>\S+) s for its turn and was not sent.*",
        _("%(method)s to %(host)s waited %(s)s s for its turn and was not sent: ask again later."),
    ),
    (
        r"(?P<host>UDP \S+) cannot be bound \((?P<cause>.*)\): stop .*",
        _("%(host)s cannot be bound (%(cause)s): stop the program that holds it."),
    ),
    (r"The device gateway is closed\.", _("The device gateway is closed.")),
    (
        r"killed or cut off before its result was known",
        _("killed or cut off before its result was known"),
    ),
)
KNOWN = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in WORDS)


def answer_words(answer: str) -> str:
    """A stored answer for a person."""
    if (get_language() or "en").startswith("en"):
        return answer
    for pattern, words in KNOWN:
        if found := pattern.fullmatch(answer):
            return str(words) % found.groupdict()
    return answer
