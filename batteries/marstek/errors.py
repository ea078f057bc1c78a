"""Everything that can go wrong with a device, as one tree.

Each error says who deals with it (`handled_by`) and whether the same request is worth another try
(`worth_retry`); `str()` is one sentence for a person. Errors raised by `Gateway.ask` carry the
`attempts` that were made, in order; none means that nothing was sent.
"""

from typing import ClassVar, Literal

from .attempts import Attempt

HandledBy = Literal["gateway", "caller", "person"]

PARSE_ERROR = -32700
METHOD_NOT_FOUND = -32601
BUSY_CODES = range(-32099, -31999)  # "server error" of JSON-RPC: the device's own trouble
INTERNAL_ERROR = -32603


class MarstekError(Exception):
    """Anything that this package raises on purpose."""

    handled_by: ClassVar[HandledBy] = "caller"
    worth_retry: bool = False
    attempts: tuple[Attempt, ...] = ()


class ArgumentInvalid(MarstekError, ValueError):
    """A request or a profile override that no device could take; nothing was sent."""


class DatagramMalformed(MarstekError):
    """Bytes that are no answer of a device. The gateway drops and counts them."""

    handled_by = "gateway"
    worth_retry = True


class AnswerMalformed(MarstekError):
    """An answer to our request that holds nothing of what was asked."""

    worth_retry = True

    def __init__(self, device: str, method: str, problem: str) -> None:
        super().__init__(device, method, problem)
        self.device, self.method, self.problem = device, method, problem

    def __str__(self) -> str:
        return f"{self.device} answered {self.method} with {self.problem}."


class DeviceUnreachable(MarstekError):
    """No answer within the deadline."""

    worth_retry = True

    def __init__(
        self, host: str, port: int, method: str, attempt_count: int, cause: str = ""
    ) -> None:
        super().__init__(host, port, method, attempt_count, cause)
        self.host, self.port, self.method = host, port, method
        self.attempt_count, self.cause = attempt_count, cause

    def __str__(self) -> str:
        tries = "1 attempt" if self.attempt_count == 1 else f"{self.attempt_count} attempts"
        what = f"{self.host}:{self.port} did not answer {self.method} ({tries})"
        return f"{what}: check its power, the network, and that its local API is on."


class NotSent(DeviceUnreachable):
    """The operating system did not take the datagram; `cause` says why."""

    def __str__(self) -> str:
        where = f"{self.host}:{self.port}"
        return f"{self.method} could not be sent to {where} ({self.cause}): check the network."


class HearsOnlyBroadcasts(DeviceUnreachable):
    """A write to a device that hears only what is sent to everybody, and so cannot be ordered."""

    def __str__(self) -> str:
        why = "its firmware hears only broadcasts, which would order every battery"
        return f"{self.host}:{self.port} did not answer {self.method}: {why}: update it."


class DeviceRefused(MarstekError):
    """The device answered with an error object; `data` is Marstek's own number, where given."""

    def __init__(
        self, device: str, method: str, code: int | None, message: str, data: int | None = None
    ) -> None:
        super().__init__(device, method, code, message, data)
        self.device, self.method = device, method
        self.code, self.message, self.data = code, message, data
        self.worth_retry = code in (PARSE_ERROR, INTERNAL_ERROR) or code in BUSY_CODES

    @property
    def is_parse_error(self) -> bool:
        """True where the device could not read a request, mostly because it was busy."""
        return self.code == PARSE_ERROR

    def __str__(self) -> str:
        data = "" if self.data is None else f", data {self.data}"
        return f"{self.device} refused {self.method}: {self.message} (code {self.code}{data})."


class MethodMissing(DeviceRefused):
    """This model or firmware does not have the method (-32601): do not ask it again."""

    def __str__(self) -> str:
        return f"{self.device} does not have {self.method} on its firmware."


class WrongDevice(MarstekError):
    """Another battery answers at this address: look for the expected one by discovery."""

    def __init__(self, host: str, port: int, expected_mac: str, found_mac: str) -> None:
        super().__init__(host, port, expected_mac, found_mac)
        self.host, self.port = host, port
        self.expected_mac, self.found_mac = expected_mac, found_mac

    def __str__(self) -> str:
        where = f"{self.host}:{self.port}"
        return f"{where} is battery {self.found_mac}, not {self.expected_mac}: run discovery again."


class PortUnavailable(MarstekError):
    """The local UDP port cannot be bound, so the devices on it cannot be asked."""

    handled_by = "person"

    def __init__(self, address: str, port: int, cause: str) -> None:
        super().__init__(address, port, cause)
        self.address, self.port, self.cause = address, port, cause

    def __str__(self) -> str:
        where = f"UDP {self.address}:{self.port}"
        return f"{where} cannot be bound ({self.cause}): stop the program that holds it."


class GatewayClosed(MarstekError):
    """The gateway was closed; requests in flight end with this."""

    def __str__(self) -> str:
        return "The device gateway is closed."


class DeadlinePassed(MarstekError):
    """The deadline passed while the request waited for its turn: nothing was sent."""

    worth_retry = True

    def __init__(self, device: str, method: str, deadline_s: float) -> None:
        super().__init__(device, method, deadline_s)
        self.device, self.method, self.deadline_s = device, method, deadline_s

    def __str__(self) -> str:
        waited = f"waited {self.deadline_s:g} s for its turn"
        return f"{self.method} to {self.device} {waited} and was not sent: ask again later."


class ModeReadTooSoon(MarstekError):
    """The mode was written less than `quiet_s` ago: reading it now may change it. Nothing was
    sent."""

    def __init__(self, device: str, quiet_s: float) -> None:
        super().__init__(device, quiet_s)
        self.device, self.quiet_s = device, quiet_s

    def __str__(self) -> str:
        return f"{self.device} got a mode less than {self.quiet_s:g} s ago: too soon to read it."
