"""Whatever comes in, the device neither falls over nor answers with what is no JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batteries.simulator.modes import MODES
from batteries.simulator.testing import request
from tests.simulator.bench import settled

STATUS = request("ES.GetStatus")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
METHODS = st.sampled_from(
    ["ES.SetMode", "DOD.SET", "Marstek.GetDevice", "ES.GetMode", "Set.Ver", "Reset.Factory"]
)
SLOT = st.fixed_dictionaries(
    {},
    optional={
        "time_num": JSON | st.integers(-1, 11),
        "start_time": JSON | st.just("10:00"),
        "end_time": JSON | st.just("11:00"),
        "week_set": JSON | st.integers(0, 127),
        "power": JSON | st.integers(-3000, 3000),
        "enable": JSON | st.integers(0, 1),
        "cd_time": JSON | st.integers(0, 900),
    },
)
CONFIG = st.fixed_dictionaries(
    {"mode": JSON | st.sampled_from(MODES)},
    optional={f"{mode.lower()}_cfg": JSON | SLOT for mode in MODES},
)


@given(st.binary(max_size=200))
def test_any_bytes(payload: bytes) -> None:
    bench = settled()
    for _, answer in bench.send(payload):
        assert json.loads(answer)["error"]["code"] in (-32700, -32600)


@pytest.mark.parametrize("name", ["venus-e3-150", "hmg50-153", "venus-e-mini-300"])
@given(st.fixed_dictionaries({"id": JSON, "method": METHODS | JSON, "params": JSON}))
def test_any_request(name: str, message: Any) -> None:
    check(name, message)


@pytest.mark.parametrize("name", ["venus-e3-148", "venus-e-mini-300"])
@given(CONFIG)
def test_any_order(name: str, config: Any) -> None:
    params = {"id": 0, "config": config}
    check(name, {"id": 5, "method": "ES.SetMode", "params": params})


def check(name: str, message: Any) -> None:
    bench = settled(profile=name)
    for _, answer in bench.send(json.dumps(message).encode()):
        reply = json.loads(answer)
        assert ("result" in reply) != ("error" in reply)
        assert isinstance(reply["id"], int | str)
    bench.wait(3600)
    assert -2500 <= bench.power_w <= 2500


@pytest.mark.parametrize("payload", [b"{", b"\xff\xfe", b"[" * 1000, b'"text'])
def test_what_is_no_json_is_a_parse_error(payload: bytes) -> None:
    answer = settled().reply(payload)
    assert (answer["id"], answer["error"]["code"]) == (0, -32700)


def test_a_request_beyond_the_buffer_is_a_parse_error() -> None:
    answer = settled().reply(STATUS + b" " * 1500)
    assert answer["error"] == {"code": -32700, "message": "Parse error", "data": 402}


@pytest.mark.parametrize("payload", [b"[1]", b"7", b'{"id":1}', b'{"method":"ES.GetMode"}'])
def test_what_is_no_request_is_invalid(payload: bytes) -> None:
    assert settled().reply(payload)["error"]["code"] == -32600


@pytest.mark.parametrize("payload", [b'{"id":1,"result":{}}', b'{"id":1,"error":{"code":1}}'])
def test_a_reply_is_never_answered(payload: bytes) -> None:
    assert settled().send(payload) == []


@pytest.mark.parametrize("config", [{}, {"mode": "Nap"}, {"mode": "Passive"}, "Auto"])
def test_wrong_parameters_are_invalid(config: object) -> None:
    answer = settled().reply(request("ES.SetMode", {"id": 0, "config": config}))
    assert (answer["error"]["code"], answer["error"]["data"]) == (-32602, 412)


def test_parameters_that_are_no_object_are_invalid() -> None:
    assert settled().reply(b'{"id":1,"method":"ES.GetMode"}')["error"]["code"] == -32602
