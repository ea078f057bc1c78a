"""What arrives: replies out of datagrams, and what is refused."""

import json
from typing import Any

import pytest

from batteries.marstek.errors import AnswerMalformed, DatagramMalformed
from batteries.marstek.profiles import profile_for
from batteries.marstek.values import Device, DeviceError, EnergyStatus
from batteries.marstek.wire import Reply, decode, named_by_source, parse

E3 = profile_for("VenusE 3.0", 150)


def reply(**members: Any) -> Reply:
    return parse(json.dumps({"id": 5, "result": {}} | members).encode())


def test_a_reply_has_its_parts() -> None:
    assert reply(src="VenusE 3.0-BC2A33601FF9", result={"id": 0}) == Reply(
        id=5, src_model="VenusE 3.0", src_mac="bc2a33601ff9", result={"id": 0}
    )


def test_only_the_part_after_the_last_dash_is_the_mac() -> None:
    told = reply(src="VNSEM-0-000000000011")
    assert (told.src_model, told.src_mac) == ("VNSEM-0", "000000000011")


@pytest.mark.parametrize(
    "src", [None, "...", "VenusE-xxxxxxxxxxxx", "VenusE-<redacted>", "VenusE-", "", 5, ["x-y"]]
)
def test_a_masked_source_has_no_mac(src: object) -> None:
    assert reply(src=src).src_mac is None


def test_a_device_of_twelve_zeros_is_nobody() -> None:
    assert reply(src="VenusE 3.0-000000000000").src_mac is None


@pytest.mark.parametrize("id_", [None, "5", 5.0, True, -1, 65_536, 2**80, [5]])
def test_an_id_that_we_never_send_is_none(id_: object) -> None:
    assert reply(id=id_).id is None


def test_an_error_wins_over_a_result() -> None:
    error = {"code": -32700, "message": "Parse error", "data": 403}
    assert reply(error=error).error == DeviceError(-32700, "Parse error", 403)


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        ("broken", DeviceError(None, "broken")),
        ({}, DeviceError(None, "error without a message")),
        (
            {"code": "x", "message": 7, "data": 1.5e300},
            DeviceError(None, "error without a message"),
        ),
        ([], DeviceError(None, "error without a code")),
        ({"code": -1, "message": "a\x07b\x1b[31m"}, DeviceError(-1, "ab[31m")),
    ],
)
def test_an_odd_error_is_still_an_error(error: object, wanted: DeviceError) -> None:
    assert reply(error=error).error == wanted


def test_a_request_is_told_from_a_reply() -> None:
    assert parse(b'{"id":0,"method":"Marstek.GetDevice","params":{}}').method is not None
    assert reply().method is None


@pytest.mark.parametrize("result", [None, [], "x", 7])
def test_a_result_that_is_no_object_is_none(result: object) -> None:
    assert reply(result=result).result is None


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x00" * 20,
        b"\xff\xfe{}",
        b"null",
        b'"text"',
        b"12",
        b"[]",
        b"{}",
        b'{"id":1}',
        b'{"id":1,"result":{}',
        b'{"id":1,"result":{}} trailing',
        b"[" * 4096,
        b'{"a":' * 700,
        b'{"result":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"id":1,"result":{"ssid":"\\ud800"}}',
        b'{"id":1,"result":{"ssid":"\\u0000"}}',
        b'{"id":1,"result":{"\\udfff":1}}',
        b'{"id":1,"result":{"ssid":"' + b"x" * 4096 + b'"}}',
        b'{"id":' + b"9" * 4500 + b"}",
    ],
)
def test_what_is_no_answer_is_refused(datagram: bytes) -> None:
    with pytest.raises(DatagramMalformed):
        parse(datagram)


def test_numbers_that_json_does_not_know_become_null() -> None:
    told = parse(b'{"id":1,"result":{"a":NaN,"b":-Infinity,"c":1e999,"d":1.5}}')
    assert told.result == {"a": None, "b": None, "c": None, "d": 1.5}


def test_text_beyond_ascii_passes_escaped_or_not() -> None:
    told = parse('{"id":1,"result":{"a":"Été 🔋","b":"\\ud83d\\udd0b"}}'.encode())
    assert told.result == {"a": "Été 🔋", "b": "🔋"}


def test_decoding_refuses_another_methods_answer() -> None:
    with pytest.raises(AnswerMalformed, match=r"10\.0\.0\.1:30000 answered ES\.GetStatus"):
        decode("ES.GetStatus", {"id": 0, "ssid": "x"}, E3, device="10.0.0.1:30000")


def test_decoding_refuses_a_method_that_it_does_not_know() -> None:
    with pytest.raises(AnswerMalformed, match="do not know"):
        decode("Sys.Reboot", {"id": 0}, E3)


def test_a_device_that_leaves_its_name_out_has_that_of_the_source() -> None:
    told = reply(src="VenusC-000000000005")
    assert named_by_source(Device(firmware=153), told) == Device(
        model="VenusC", firmware=153, ble_mac="000000000005"
    )
    whole = Device(model="VenusE", ble_mac="0000000000aa")
    assert named_by_source(whole, told) == whole
    assert named_by_source(EnergyStatus(), told) == EnergyStatus()
