"""What happened to each datagram of a request: kept with answers and with failures alike."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How one attempt ended. The values are stored: never rename one."""

    ANSWERED = "answered"
    REFUSED = "refused"  # an error object; `parse_error` apart
    PARSE_ERROR = "parse_error"  # -32700: the device was busy, the same request may pass next time
    MALFORMED = "malformed"  # our id, but neither a usable result nor an error
    WRONG_DEVICE = "wrong_device"
    NO_ANSWER = "no_answer"
    NOT_SENT = "not_sent"  # the operating system refused the datagram


@dataclass(frozen=True, slots=True)
class Attempt:
    """One datagram that was sent (or that the operating system refused), and what came back.

    `latency_s` and `answer` are None where nothing came back.
    """

    request_id: int
    payload: bytes
    sent_at: datetime
    outcome: Outcome
    latency_s: float | None = None
    answer: bytes | None = None
