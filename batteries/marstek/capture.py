"""Captured answers, one JSON object a line, into typed values: for checking what a device says.

A line holds `request_method`, `answer` (a whole reply, or only its result), and, as far as known,
`model` and `firmware`; other keys are passed over.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict

from .decoders import DECODERS
from .errors import AnswerMalformed, DatagramMalformed
from .fields import firmware, text
from .profiles import Profile, profile_for
from .wire import Reply, decode, named_by_source, object_of, reply_of

Document = dict[str, object]
LINE_LIMIT_BYTES = 65_536


class LineBroken(ValueError):
    """A line that holds no captured answer."""


def decoded_line(line: bytes) -> Document:
    """What a captured answer says, as a JSON document. Raises `LineBroken`."""
    capture = _capture(line)
    method, answer = capture.get("request_method"), capture.get("answer")
    if not isinstance(method, str) or not isinstance(answer, dict):
        raise LineBroken("a line needs request_method (text) and answer (an object)")
    model, version = text(capture.get("model")), firmware(capture.get("firmware"))
    profile = profile_for(model, version)
    named: Document = {"method": method, "model": model, "firmware": version}
    return named | {"profile": _profile_document(profile)} | _said(method, answer, profile)


def _capture(line: bytes) -> Mapping[str, object]:
    try:
        return object_of(line, limit_bytes=LINE_LIMIT_BYTES)
    except DatagramMalformed as error:
        raise LineBroken(str(error)) from error


def _said(method: str, answer: dict[str, object], profile: Profile) -> Document:
    try:
        is_whole = "result" in answer or "error" in answer
        reply = reply_of(answer if is_whole else {"result": answer})
    except DatagramMalformed as error:
        raise LineBroken(str(error)) from error
    head: Document = {"id": reply.id, "src_model": reply.src_model, "src_mac": reply.src_mac}
    if reply.error is not None:
        return head | {"kind": "error", "value": asdict(reply.error)}
    if method not in DECODERS:
        return head | {"kind": "unknown_method", "value": reply.result}
    return head | _value(method, reply, profile)


def _value(method: str, reply: Reply, profile: Profile) -> Document:
    if reply.result is None:
        raise LineBroken("the answer's result is no object")
    try:
        value = named_by_source(decode(method, reply.result, profile), reply)
    except AnswerMalformed as error:
        raise LineBroken(f"the answer holds {error.problem}") from error
    return {"kind": type(value).__name__, "value": asdict(value)}


def _profile_document(profile: Profile) -> Document:
    return {
        "family": profile.family,
        "generation": profile.generation,
        "is_careful": profile.is_careful,
        "is_recommended": profile.is_recommended,
        "faults": list(profile.faults),
    }


def line_text(document: Document) -> str:
    """One line of JSON."""
    return json.dumps(document, ensure_ascii=False) + "\n"
