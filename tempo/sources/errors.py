"""What can go wrong with a source, each said in one line."""

from __future__ import annotations


class SourceFailed(Exception):
    """A source did not tell. The next question is the retry."""

    code = "failed"


class SourceUnreachable(SourceFailed):
    """No answer in time, or no way there."""

    code = "unreachable"


class SourceBusy(SourceFailed):
    """It answers that it cannot answer: overloaded, in maintenance, broken."""

    code = "busy"


class SourceRefused(SourceFailed):
    """It does not accept who asks. Somebody has to set a credential right."""

    code = "refused"


class SourceUnreadable(SourceFailed):
    """It answered something that is not what it publishes."""

    code = "unreadable"
