"""The decoder meets anything: no exception outside the tree, no wrong type inside a value."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batteries.marstek.capture import LineBroken, decoded_line, line_text
from batteries.marstek.decoders import DECODERS
from batteries.marstek.errors import AnswerMalformed, DatagramMalformed
from batteries.marstek.profiles import Profile, profile_for
from batteries.marstek.values import EnergyStatus, PvStatus, Value, with_solar
from batteries.marstek.wire import Reply, decode, named_by_source, parse

from .typing_check import wrong_fields

MODELS = (
    ("VenusE 3.0", 150),
    ("VenusE 3.0", 139),
    ("VenusE", 153),
    ("VenusE", 156),
    ("VenusA", 148),
    ("VenusD", 150),
    ("VNSEM-0", 300),
    (None, None),
)
PROFILES = [profile_for(model, firmware) for model, firmware in MODELS]
OTHER_KEYS = [
    "offgrid_power",
    "bat_power",
    "bat_cap",
    "total_pv_energy",
    "total_grid_input_energy",
    "input_energy",
    "wifi_mac",
    "wifi_name",
    "ip",
    "charg_flag",
    "bat_voltage",
    "bat_current",
    "error_code",
    "pv1_voltage",
    "pv1_state",
]
KEYS = sorted({key for _, keys in DECODERS.values() for key in keys}) + OTHER_KEYS
VALID = [
    {"bat_soc": 57, "ongrid_power": -984, "offgrid_power": 0, "total_grid_input_energy": 138132},
    {"soc": 14, "charg_flag": True, "bat_temp": 15.0, "bat_capacity": 716.0},
    {"mode": "Auto", "bat_soc": 57, "ct_state": 1, "total_power": -323, "input_energy": 408056190},
    {"device": "VenusE 3.0", "ver": 150, "ble_mac": "0123456789ab", "ip": "192.168.001.010"},
    {"pv1_power": 3415, "pv1_voltage": 41, "pv1_state": 1, "pv2_power": 131},
    {"ssid": "home", "rssi": -61, "sta_ip": "192.168.1.9"},
]
numbers = st.one_of(
    st.integers(),
    st.integers(-70_000, 70_000),
    st.floats(),
    st.sampled_from([10**400, -(10**400), 65_535, 32_768, 32_767, -32_768, 2**63, -0.0, 1e308]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=30))
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
results = st.dictionaries(st.sampled_from(KEYS), scalars | anything, max_size=12)
profiles = st.sampled_from(PROFILES)
methods = st.sampled_from(sorted(DECODERS))


def decoded(method: str, result: dict[str, Any], profile: Profile) -> Value | None:
    try:
        return decode(method, result, profile)
    except AnswerMalformed:
        return None


def parsed(datagram: bytes) -> Reply | None:
    try:
        return parse(datagram)
    except DatagramMalformed:
        return None


def check_everything_about(datagram: bytes, profile: Profile) -> None:
    reply = parsed(datagram)
    if reply is None:
        return
    assert reply.id is None or (type(reply.id) is int and 0 <= reply.id <= 65_535)
    assert reply.error is None or wrong_fields(reply.error) == []
    if reply.result is None:
        return
    json.dumps(reply.result, allow_nan=False, ensure_ascii=False).encode()  # fit to be stored
    for method in DECODERS:
        value = decoded(method, reply.result, profile)
        assert value is None or wrong_fields(named_by_source(value, reply)) == []


@given(st.binary(max_size=300), profiles)
@settings(max_examples=200)
def test_any_bytes(datagram: bytes, profile: Profile) -> None:
    check_everything_about(datagram, profile)


@given(anything, profiles)
@settings(max_examples=60)
def test_any_json(message: Any, profile: Profile) -> None:
    check_everything_about(json.dumps(message).encode(), profile)


@given(st.fixed_dictionaries({}, optional={"id": scalars, "src": scalars, "error": anything}),
       results, profiles)  # fmt: skip
@settings(max_examples=150)
def test_any_envelope_and_result(
    envelope: dict[str, Any], result: dict[str, Any], profile: Profile
) -> None:
    check_everything_about(json.dumps(envelope | {"result": result}).encode(), profile)


@given(methods, results, profiles)
@settings(max_examples=300)
def test_any_result_gives_right_types_within_limits(
    method: str, result: dict[str, Any], profile: Profile
) -> None:
    """Also numbers that cannot come through JSON."""
    value = decoded(method, result, profile)
    if value is None:
        return
    assert wrong_fields(value) == []
    if isinstance(value, EnergyStatus):
        assert value.soc_percent is None or 0 <= value.soc_percent <= 100
        for name in ("pv_power_w", "ongrid_power_w", "offgrid_power_w", "battery_power_w"):
            assert abs(getattr(value, name) or 0) <= 32_767
        for name in ("pv_energy_wh", "charged_energy_wh", "discharged_energy_wh"):
            assert 0 <= (getattr(value, name) or 0) <= 2_000_000_000


@given(results, results, profiles)
def test_solar_added_keeps_the_types(
    energy: dict[str, Any], solar: dict[str, Any], profile: Profile
) -> None:
    status = decode("ES.GetStatus", {"bat_soc": 1} | energy, profile)
    sun = decode("PV.GetStatus", {"pv_power": 1} | solar, profile)
    assert isinstance(status, EnergyStatus)
    assert isinstance(sun, PvStatus)
    assert wrong_fields(with_solar(status, sun)) == []


def mutated(payload: bytes, chance: random.Random) -> bytes:
    """A valid reply with some bytes changed, doubled, taken out, or cut off."""
    changed = bytearray(payload)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        kind = chance.randrange(5)
        if kind == 0 and at < len(changed):
            changed[at] = chance.randrange(256)
        elif kind == 1:
            changed[at:at] = chance.choice(
                [b'"', b"{", b"}", b"\\u0000", b"-1e999", b"NaN", b"9" * 30]
            )
        elif kind == 2:
            del changed[at : at + chance.randint(1, 5)]
        elif kind == 3:
            changed[at:at] = changed[max(0, at - 9) : at]
        else:
            del changed[chance.randrange(len(changed) + 1) :]
    return bytes(changed)


@pytest.mark.parametrize("seed", range(20))
def test_mutations_of_valid_replies(seed: int) -> None:
    chance = random.Random(seed)
    for number in range(150):
        message = {"id": 7, "src": "VenusE 3.0-0123456789ab", "result": VALID[number % len(VALID)]}
        payload = json.dumps(message).encode()
        check_everything_about(mutated(payload, chance), PROFILES[number % len(PROFILES)])


@given(st.binary(max_size=200) | anything.map(lambda message: json.dumps(message).encode()))
def test_any_captured_line(line: bytes) -> None:
    try:
        document = decoded_line(line)
    except LineBroken:
        return
    assert "kind" in document


@given(st.sampled_from([*DECODERS, "Sys.Unknown", ""]), results | anything, scalars, scalars)
def test_any_captured_answer(method: str, answer: Any, model: Any, firmware: Any) -> None:
    capture = {"request_method": method, "answer": answer, "model": model, "firmware": firmware}
    try:
        document = decoded_line(json.dumps(capture).encode())
    except LineBroken:
        return
    assert json.loads(line_text(document))["method"] == method
