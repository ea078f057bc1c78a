"""What leaves: methods, parameters, signs, limits."""

import json
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batteries.marstek.errors import ArgumentInvalid
from batteries.marstek.profiles import profile_for
from batteries.marstek.wire import READ_PARAMS, Request, Slot, encode

VENUS_E3 = profile_for("VenusE 3.0", 150)
MINI = profile_for("VNSEM-0", 300)


def sent(request: Request) -> dict[str, Any]:
    message = json.loads(encode(request, 7))
    assert (message["id"], message["method"]) == (7, request.method)
    params: dict[str, Any] = message["params"]
    return params


def config(request: Request) -> dict[str, Any]:
    params = sent(request)
    assert (request.method, params["id"], request.is_write) == ("ES.SetMode", 0, True)
    inner: dict[str, Any] = params["config"]
    return inner


@pytest.mark.parametrize("method", READ_PARAMS)
def test_reads_ask_for_instance_0_or_for_everyone(method: str) -> None:
    wanted = {"ble_mac": "0"} if method == "Marstek.GetDevice" else {"id": 0}
    request = Request.read(method)
    assert sent(request) == wanted
    assert not request.is_write


def test_a_method_that_is_no_read_is_refused() -> None:
    with pytest.raises(ArgumentInvalid, match=r"ES\.SetMode"):
        Request.read("ES.SetMode")


def test_modes_without_a_number() -> None:
    assert config(Request.set_auto()) == {"mode": "Auto", "auto_cfg": {"enable": 1}}
    assert config(Request.set_ai()) == {"mode": "AI", "ai_cfg": {"enable": 1}}
    assert config(Request.set_ups()) == {"mode": "UPS", "ups_cfg": {"enable": 1}}


@pytest.mark.parametrize(("power_w", "on_the_wire"), [(1000, -1000), (-800, 800), (0, 0)])
def test_passive_turns_the_sign(power_w: int, on_the_wire: int) -> None:
    wanted = {"mode": "Passive", "passive_cfg": {"power": on_the_wire, "cd_time": 600}}
    assert config(Request.set_passive(power_w, 600)) == wanted


@pytest.mark.parametrize(("power_w", "duration_s"), [(2501, 60), (-2501, 60), (1, 60), (500, 0)])
def test_passive_refuses_what_no_device_takes(power_w: int, duration_s: int) -> None:
    with pytest.raises(ArgumentInvalid):
        Request.set_passive(power_w, duration_s)


def test_passive_refuses_a_power_that_is_no_whole_number() -> None:
    with pytest.raises(ArgumentInvalid, match="whole"):
        Request.set_passive(500.5, 60)  # type: ignore[arg-type]


def test_a_slot_turns_the_sign_and_tells_its_days() -> None:
    slot = Slot(2, time(22, 0), time(23, 59), week_days=0b0000101, power_w=1500)
    assert config(Request.set_manual(slot, VENUS_E3)) == {
        "mode": "Manual",
        "manual_cfg": {
            "time_num": 2,
            "start_time": "22:00",
            "end_time": "23:59",
            "week_set": 5,
            "power": -1500,
            "enable": 1,
        },
    }


def test_a_slot_that_follows_the_house_says_minus_1() -> None:
    slot = Slot(0, time(6), time(22), power_w=None, is_enabled=False)
    manual = config(Request.set_manual(slot, VENUS_E3))["manual_cfg"]
    assert (manual["power"], manual["enable"]) == (-1, 0)


@pytest.mark.parametrize(("power_w", "action"), [(500, 1), (-500, 2), (None, 3), (0, 0)])
def test_the_mini_wants_the_action_spelt_out(power_w: int | None, action: int) -> None:
    slot = Slot(5, time(1), time(2), power_w=power_w)
    assert config(Request.set_manual(slot, MINI))["manual_cfg"]["manual_set"] == action
    off = Slot(5, time(1), time(2), power_w=power_w, is_enabled=False)
    assert config(Request.set_manual(off, MINI))["manual_cfg"]["manual_set"] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"starts": time(22), "ends": time(6)},
        {"starts": time(6), "ends": time(6, 0, 30)},
        {"week_days": 128},
        {"week_days": -1},
        {"number": 10},
        {"number": -1},
        {"power_w": 1},
        {"power_w": 2600},
    ],
)
def test_a_slot_that_no_device_takes_is_refused(fields: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"number": 0, "starts": time(1), "ends": time(2)}
    with pytest.raises(ArgumentInvalid):
        Slot(**whole | fields)


def test_the_mini_has_six_slots() -> None:
    with pytest.raises(ArgumentInvalid, match="0 to 5"):
        Request.set_manual(Slot(6, time(1), time(2)), MINI)


def test_depth_of_discharge() -> None:
    assert sent(Request.set_depth_of_discharge(88)) == {"value": 88}
    for percent in (29, 89, True):
        with pytest.raises(ArgumentInvalid):
            Request.set_depth_of_discharge(percent)


@pytest.mark.parametrize("request_id", [-1, 65_536])
def test_an_id_beyond_16_bits_is_refused(request_id: int) -> None:
    with pytest.raises(ArgumentInvalid):
        encode(Request.set_auto(), request_id)


def test_a_request_beyond_the_modem_is_refused() -> None:
    with pytest.raises(ArgumentInvalid, match="1460"):
        encode(Request("ES.SetMode", '{"x":"' + "x" * 1500 + '"}'), 1)


powers = st.one_of(st.none(), st.just(0), st.integers(10, 2500), st.integers(-2500, -10))


@given(st.integers(0, 9), st.integers(0, 1438), st.integers(1, 1439), st.integers(0, 127), powers)
def test_any_slot_fits_one_datagram(
    number: int, start: int, length: int, days: int, power_w: int | None
) -> None:
    end = min(start + length, 1439)
    slot = Slot(number, time(*divmod(start, 60)), time(*divmod(end, 60)), days, power_w)
    payload = encode(Request.set_manual(slot, VENUS_E3), 65_535)
    assert 0 < len(payload) <= 200
    assert json.loads(payload)["params"]["config"]["manual_cfg"]["power"] == (
        -1 if power_w is None else -power_w
    )
