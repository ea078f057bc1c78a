"""Requests into datagrams, datagrams into replies, replies into values: bytes only, no sockets.

`parse` raises nothing but `DatagramMalformed`, `decode` nothing but `AnswerMalformed`, whatever
they are given.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from . import fields
from .decoders import DECODERS
from .errors import AnswerMalformed, ArgumentInvalid, DatagramMalformed
from .profiles import Profile
from .requests import READ_PARAMS, Request
from .slots import Slot
from .values import Device, DeviceError, Value

__all__ = [
    "READ_PARAMS",
    "Reply",
    "Request",
    "Slot",
    "decode",
    "encode",
    "named_by_source",
    "parse",
]

SEND_LIMIT_BYTES = 1460  # the modem's own
RECEIVE_LIMIT_BYTES = 4096
BRACKET_LIMIT = 64  # an answer has two or three; this bounds the nesting as well
ID_LIMIT = 65_535  # firmware keeps 16 bits
DISCOVERY_ID = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One datagram from a device, not yet matched to a request.

    `method` is set where it is a request, mostly our own that came back. `result` and `error` are
    both None where the device sent neither as an object.
    """

    id: int | None
    method: str | None = None
    src_model: str | None = None
    src_mac: str | None = None
    result: dict[str, object] | None = None
    error: DeviceError | None = None


def encode(request: Request, request_id: int) -> bytes:
    """The datagram of one attempt. `request_id` is 1-65535, 0 for discovery alone."""
    if not DISCOVERY_ID <= request_id <= ID_LIMIT:
        raise ArgumentInvalid(f"A request id is at most {ID_LIMIT}.")
    method, params = request.method, request.params
    payload = f'{{"id":{request_id},"method":"{method}","params":{params}}}'.encode()
    if len(payload) > SEND_LIMIT_BYTES:
        raise ArgumentInvalid(f"{method} is longer than {SEND_LIMIT_BYTES} bytes.")
    return payload


def parse(datagram: bytes) -> Reply:
    """Read one datagram. Raises `DatagramMalformed` for what is neither reply nor request."""
    return reply_of(object_of(datagram))


def reply_of(message: Mapping[str, object]) -> Reply:
    """A reply from a decoded JSON object. A missing or masked `src` gives None for its parts."""
    method = message.get("method")
    if method is None and "result" not in message and "error" not in message:
        raise DatagramMalformed("It holds neither a result nor an error.")
    result = message.get("result")
    src_model, src_mac = _source(message.get("src"))
    return Reply(
        id=_id(message.get("id")),
        method=None if method is None else fields.text(method) or "?",
        src_model=src_model,
        src_mac=src_mac,
        result=result if isinstance(result, dict) else None,
        error=_error(message["error"]) if message.get("error") is not None else None,
    )


def decode(
    method: str, result: Mapping[str, object], profile: Profile, *, device: str = "The device"
) -> Value:
    """The typed value of a method's result. Raises `AnswerMalformed` where the method is unknown
    or the result holds none of its keys."""
    decoder, keys = DECODERS.get(method, (None, frozenset()))
    if decoder is None:
        raise AnswerMalformed(device, method, "an answer to a method that we do not know")
    if keys.isdisjoint(result):
        raise AnswerMalformed(device, method, "nothing that belongs to it")
    return decoder(result, profile)


def named_by_source(value: Value, reply: Reply) -> Value:
    """The same, where a `Device` left its model or MAC out (firmware 153), with those of `src`."""
    if not isinstance(value, Device) or (value.model and value.ble_mac):
        return value
    return replace(
        value,
        model=value.model or reply.src_model,
        ble_mac=value.ble_mac or reply.src_mac,
    )


def object_of(datagram: bytes, *, limit_bytes: int = RECEIVE_LIMIT_BYTES) -> dict[str, object]:
    """The JSON object that these bytes are. Raises `DatagramMalformed`."""
    if len(datagram) > limit_bytes:
        raise DatagramMalformed(f"It is longer than {limit_bytes} bytes.")
    if datagram.count(b"{") + datagram.count(b"[") > BRACKET_LIMIT:
        raise DatagramMalformed("It is nested or repeated beyond any answer.")
    try:
        message = _JSON.decode(datagram.decode())
    except (ValueError, RecursionError) as error:
        raise DatagramMalformed("It is no JSON text.") from error
    if not isinstance(message, dict):
        raise DatagramMalformed("It is no JSON object.")
    if b"\\u" in datagram:
        _refuse_unstorable(message)
    return message


def _refuse_unstorable(message: dict[str, object]) -> None:
    """NUL and half surrogates pass JSON, but no database and no UTF-8 text holds them."""
    plain = json.dumps(message, ensure_ascii=False)
    try:
        plain.encode()
    except UnicodeEncodeError as error:
        raise DatagramMalformed("It holds half a character.") from error
    if "\\u0000" in plain:
        raise DatagramMalformed("It holds a NUL character.")


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if abs(value) < 1e300 else None


def _no_constant(_name: str) -> None:
    """NaN and the infinities are no JSON: null."""


_JSON = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)


def _id(raw: object) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int):
        return None
    return raw if 0 <= raw <= ID_LIMIT else None


def _source(raw: object) -> tuple[str | None, str | None]:
    """Model and MAC of `<model>-<ble_mac>`; the model itself may hold dashes."""
    if not isinstance(raw, str):
        return None, None
    model, _, address = raw.rpartition("-")
    return fields.text(model, 40), fields.mac(address)


def _error(raw: object) -> DeviceError:
    if not isinstance(raw, dict):
        return DeviceError(code=None, message=fields.text(raw, 200) or "error without a code")
    return DeviceError(
        code=fields.code(raw.get("code")),
        message=fields.text(raw.get("message"), 200) or "error without a message",
        data=fields.code(raw.get("data")),
    )
