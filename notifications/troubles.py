"""Why a message was not delivered: who mends it, and is another try worth it?"""

from __future__ import annotations

from .addressees import Fault


class NotDelivered(Exception):
    """The message was not delivered. `str()` is short and never holds a secret."""


class NotSent(NotDelivered):
    """Nothing arrived: try again later."""


class Unclear(NotDelivered):
    """It was sent and nothing was answered: it may have arrived. Try again, and say so."""


class Busy(NotSent):
    """The service asks to wait."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"wait {retry_after_s} s")
        self.retry_after_s = retry_after_s


class MessageRefused(NotDelivered):
    """This message will never be taken; the next one may."""


class ChannelFaulty(NotDelivered):
    """Nothing goes over this channel until a person does something."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class BotFaulty(ChannelFaulty):
    """Nothing goes to or from Telegram at all until a person does something."""
