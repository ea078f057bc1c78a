"""Who was asked, what came of it, and whether a reply is what was asked for."""

from dataclasses import dataclass
from datetime import datetime

from .attempts import Attempt, Outcome
from .errors import (
    METHOD_NOT_FOUND,
    AnswerMalformed,
    DeviceRefused,
    MarstekError,
    MethodMissing,
    NotSent,
    WrongDevice,
)
from .profiles import Profile
from .values import Device, DeviceError, Value
from .wire import Reply, Request, decode, named_by_source


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a device is and how to talk to it. `ble_mac`: only that battery's answers count.

    `hears_only_broadcasts`: reads go to everybody on its port, and only its own answer counts.
    Writes never do.
    """

    ip: str
    port: int
    profile: Profile
    ble_mac: str | None = None
    hears_only_broadcasts: bool = False

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device said. `raw` is its `result` object as it came; `latency_s` is that of the last
    attempt; `was_broadcast`: the question went to everybody."""

    value: Value
    raw: dict[str, object]
    request: Request
    received_at: datetime
    latency_s: float
    attempts: tuple[Attempt, ...]
    source_ip: str
    was_broadcast: bool = False


def value_of(reply: Reply, request: Request, endpoint: Endpoint) -> Value:
    """The typed value. Raises `WrongDevice`, `DeviceRefused` or `AnswerMalformed`."""
    refuse_stranger(reply.src_mac, endpoint)
    if reply.error is not None:
        raise _refused(reply.error, request, endpoint)
    if reply.result is None:
        raise AnswerMalformed(str(endpoint), request.method, "neither a result nor an error")
    value = decode(request.method, reply.result, endpoint.profile, device=str(endpoint))
    value = named_by_source(value, reply)
    if isinstance(value, Device):
        refuse_stranger(value.ble_mac, endpoint)
    return value


def refuse_stranger(found_mac: str | None, endpoint: Endpoint) -> None:
    """Raise `WrongDevice` where another battery answers; a missing or masked MAC passes."""
    if endpoint.ble_mac and found_mac and found_mac != endpoint.ble_mac:
        raise WrongDevice(endpoint.ip, endpoint.port, endpoint.ble_mac, found_mac)


def outcome_of(error: MarstekError) -> Outcome:
    """How an attempt ended that failed with this error."""
    if isinstance(error, DeviceRefused):
        return Outcome.PARSE_ERROR if error.is_parse_error else Outcome.REFUSED
    for kind, outcome in OUTCOMES.items():
        if isinstance(error, kind):
            return outcome
    return Outcome.NO_ANSWER


OUTCOMES: dict[type[MarstekError], Outcome] = {
    WrongDevice: Outcome.WRONG_DEVICE,
    AnswerMalformed: Outcome.MALFORMED,
    NotSent: Outcome.NOT_SENT,
}


def _refused(error: DeviceError, request: Request, endpoint: Endpoint) -> DeviceRefused:
    kind = MethodMissing if error.code == METHOD_NOT_FOUND else DeviceRefused
    return kind(str(endpoint), request.method, error.code, error.message, error.data)
