"""From one request to what goes back: what is heard, what is said, and what the air does to it."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from batteries.simulator import distortion
from batteries.simulator.faults import Faults
from batteries.simulator.replies import READS
from batteries.simulator.trace import Request
from batteries.simulator.writes import WRITES, ParamsInvalid, Plan

if TYPE_CHECKING:
    from batteries.simulator.core import SimulatedDevice

PARSE_ERROR = (-32700, "Parse error")
INVALID_REQUEST = (-32600, "Invalid Request")
METHOD_NOT_FOUND = (-32601, "Method not found")
INVALID_PARAMS = (-32602, "Invalid params")
NO_BUFFER, JSON_REJECTED, METHOD_UNKNOWN, PARAMS_WRONG = 402, 403, 424, 412
LARGEST_REQUEST = 1460
FIRST_WRITE_PAUSE_S = 60.0
MODE_READ_REVERTS_WITHIN_S = 60.0
MODE_READ_REVERTS_AFTER_S = (60.0, 90.0)
# polling that takes the meter's channel away (Venus C, E 2.0)
THEFT_AFTER_S = 55.0
THEFT_LASTS_S = 180.0


class Outgoing(NamedTuple):
    """One datagram back: `to_own_port` goes to the device's own port number at the asker's
    address, `from_stranger` leaves from an address that is not the device's."""

    delay_s: float
    payload: bytes
    to_own_port: bool
    from_stranger: bool


@dataclass(slots=True)
class LinkState:
    """What the network side of a device remembers. A reboot forgets it."""

    is_frozen: bool = False
    off_until: float = -math.inf
    last_reply_at: float = -math.inf
    last_write_at: float = -math.inf
    last_mode_write_at: float = -math.inf
    streak_since: float = -math.inf
    last_heard_at: float = -math.inf
    lose_requests: int = 0
    lose_replies: int = 0
    zero_soc_answers: int = 0


def respond(
    device: "SimulatedDevice", payload: bytes, source: tuple[str, int], *, is_broadcast: bool
) -> list[Outgoing]:
    """What the device sends back for one datagram, now."""
    faults = device.faults_now()
    message = _read(payload)
    method = message.get("method") if isinstance(message, dict) else None
    method = method if isinstance(method, str) else None
    request = Request(device.now, method, payload, source)
    device.trace.note_request(request)
    if obstacle := _obstacle(device, request, faults, is_broadcast):
        request.outcome = obstacle
        return []
    _steal_meter(device)
    return _send(device, _answer(device, message, payload, faults), request, faults)


def _read(payload: bytes) -> object:
    """The JSON of a datagram, or None."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _obstacle(
    device: "SimulatedDevice", request: Request, faults: Faults, is_broadcast: bool
) -> str | None:
    """Why the request is not heard, or None. An empty datagram freezes the API for good."""
    link = device.link
    if _takes(device, "lose_requests") or device.happens(faults.lose_request_rate):
        return "request lost"
    if not request.payload:
        link.is_frozen = True
    if device.is_booting:
        return "booting"
    if link.is_frozen:
        return "frozen"
    if device.happens(faults.api_off_rate):
        device.switch_api_off(device.random.uniform(*faults.api_off_s))
    if faults.api_off or device.now < link.off_until:
        return "off"
    if not is_broadcast and _hears_only_broadcasts(device, request, faults):
        return "unheard"
    is_soon = device.now < link.last_reply_at + device.firmware.min_gap_s
    return "too soon" if is_soon and device.happens(device.firmware.gap_drop_rate) else None


def _hears_only_broadcasts(device: "SimulatedDevice", request: Request, faults: Faults) -> bool:
    prefix = device.spec.broadcast_only
    return faults.unicast_unanswered or (
        prefix is not None and (request.method or "").startswith(prefix)
    )


def _takes(device: "SimulatedDevice", counter: str) -> bool:
    """Use up one of a counted fault."""
    left: int = getattr(device.link, counter)
    if left > 0:
        setattr(device.link, counter, left - 1)
    return left > 0


def _steal_meter(device: "SimulatedDevice") -> None:
    """Steady polling re-targets the channel of the CT to the poller, for minutes."""
    link, now = device.link, device.now
    if now - link.last_heard_at > device.spec.theft_gap_s:
        link.streak_since = now
    link.last_heard_at = now
    if device.firmware.loses_meter_when_polled and now - link.streak_since >= THEFT_AFTER_S:
        device.lose_meter(THEFT_LASTS_S)


def _answer(
    device: "SimulatedDevice", message: object, payload: bytes, faults: Faults
) -> dict[str, Any] | None:
    """The reply to a request that was heard, or None for silence."""
    if len(payload) > LARGEST_REQUEST:
        return _error(device, 0, PARSE_ERROR, NO_BUFFER)
    if message is None or device.happens(faults.parse_error_rate):
        return _error(device, 0, PARSE_ERROR, device.random.choice((NO_BUFFER, JSON_REJECTED)))
    if isinstance(message, dict) and not message.keys().isdisjoint({"result", "error"}):
        return None  # somebody's reply, or the echo of one
    request_id = _echoed_id(message)
    if not isinstance(message, dict) or request_id is None:
        return _error(device, 0, INVALID_REQUEST)
    if isinstance(request_id, str) and not device.firmware.accepts_string_ids:
        return None
    return _call(device, message, request_id, faults)


def _echoed_id(message: object) -> int | str | None:
    """The id as the device gives it back (16 bits), or None for what is no request."""
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        return None
    request_id = message.get("id")
    if isinstance(request_id, int) and not isinstance(request_id, bool):
        return request_id & 0xFFFF
    return request_id if isinstance(request_id, str) else None


def _call(
    device: "SimulatedDevice", message: dict[str, Any], request_id: int | str, faults: Faults
) -> dict[str, Any] | None:
    method, params = message["method"], message.get("params")
    if method in device.firmware.silent or method in faults.silent_methods:
        return None
    known = method in READS or method in WRITES
    if not known or method in device.firmware.missing:
        return _error(device, request_id, METHOD_NOT_FOUND, METHOD_UNKNOWN)
    try:
        result = _result(device, method, params, faults)
    except ParamsInvalid:
        return _error(device, request_id, INVALID_PARAMS, PARAMS_WRONG)
    return None if result is None else _envelope(device, request_id, "result", result)


def _result(
    device: "SimulatedDevice", method: str, params: object, faults: Faults
) -> dict[str, Any] | None:
    if not isinstance(params, dict):
        raise ParamsInvalid
    if method in WRITES:
        return {"id": 0, "set_result": _write(device, WRITES[method], params, method, faults)}
    if method == "Bat.GetStatus" and device.happens(faults.reset_on_battery_read_rate):
        device.reset_to_defaults()
    if method == "ES.GetMode":
        _revert_after_mode_read(device)
    result = READS[method](device, params)
    return None if result is None else distortion.distort_result(device, method, result, faults)


def _write(
    device: "SimulatedDevice",
    plan: Callable[["SimulatedDevice", dict[str, Any]], Plan | None],
    params: dict[str, Any],
    method: str,
    faults: Faults,
) -> bool:
    """`set_result`. Accepted says nothing about done."""
    action = plan(device, params)
    pause_s = device.now - device.link.last_write_at
    device.link.last_write_at = device.now
    is_first = faults.refuse_first_write and pause_s > FIRST_WRITE_PAUSE_S
    if action is None or is_first or device.happens(faults.refuse_write_rate):
        return False
    if device.happens(faults.ignore_write_rate):
        return True
    action()
    if method == "ES.SetMode":
        device.link.last_mode_write_at = device.now
        if faults.mode_drop_after_s:
            device.drop_mode_later(device.random.uniform(*faults.mode_drop_after_s))
    return True


def _revert_after_mode_read(device: "SimulatedDevice") -> None:
    """Old firmware falls back to Auto when the mode is read too soon after it was written."""
    since_write_s = device.now - device.link.last_mode_write_at
    if device.firmware.mode_read_reverts and since_write_s < MODE_READ_REVERTS_WITHIN_S:
        device.drop_mode_later(device.random.uniform(*MODE_READ_REVERTS_AFTER_S))


def _error(
    device: "SimulatedDevice", request_id: int | str, kind: tuple[int, str], data: int | None = None
) -> dict[str, Any]:
    error: dict[str, Any] = {"code": kind[0], "message": kind[1]}
    if data is not None:
        error["data"] = data
    return _envelope(device, request_id, "error", error)


def _envelope(
    device: "SimulatedDevice", request_id: int | str, key: str, content: dict[str, Any]
) -> dict[str, Any]:
    model = device.firmware.source_model or device.firmware.model
    return {"id": request_id, "src": f"{model}-{device.spec.ble_mac}", key: content}


def _send(
    device: "SimulatedDevice", reply: dict[str, Any] | None, request: Request, faults: Faults
) -> list[Outgoing]:
    """Turn a reply into datagrams, with what the air does to them."""
    if reply is None:
        return []
    payload = distortion.distort_bytes(device, reply, faults)
    delays_s = distortion.delays_s(device, faults)
    device.link.last_reply_at = device.now + delays_s[0]
    if _takes(device, "lose_replies") or device.happens(faults.lose_reply_rate):
        request.outcome = "reply lost"
        return []
    request.outcome = "answered"
    request.answers = tuple((delay_s, payload) for delay_s in delays_s)
    is_foreign = device.happens(faults.foreign_address_rate)
    to_own_port = device.firmware.answers_own_port
    return [Outgoing(delay_s, payload, to_own_port, is_foreign) for delay_s in delays_s]
