"""Nothing private is left, the same original has the same stand-in, and the rest stays."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batteries.masking import Masker

GARAGE = "bc2a33601ff9"
ANSWER = {
    "id": 3,
    "src": f"VenusE 3.0-{GARAGE}",
    "result": {"device": "VenusE 3.0", "mode": "Auto", "bat_soc": 55, "wifi_mac": GARAGE.upper()},
}


def masked(document: Any, **known: Any) -> Any:
    masker = Masker(**known)
    masker.learn(document)
    return masker.masked(document)


def test_one_mac_has_one_stand_in_also_in_the_source() -> None:
    result = masked(ANSWER)
    assert result["src"] == "VenusE 3.0-020000000001"
    assert result["result"]["wifi_mac"] == "020000000001"


def test_what_is_not_private_stays() -> None:
    result = masked(ANSWER, names=["VenusE 3.0", "Auto", "Venus"], kept=["VenusE 3.0"])
    assert {key: result["result"][key] for key in ("device", "mode", "bat_soc")} == {
        "device": "VenusE 3.0",
        "mode": "Auto",
        "bat_soc": 55,
    }


@pytest.mark.parametrize(
    "written",
    [
        "bc2a33601ff9",
        "BC:2A:33:60:1F:F9",
        "bc-2a-33-60-1f-f9",
        "bc2a.3360.1ff9",
        "bc 2a 33 60 1f f9",
    ],
)
def test_a_mac_in_any_way_of_writing(written: str) -> None:
    assert masked([written, f"by {written}!"]) == ["020000000001", "by 020000000001!"]


def test_a_known_mac_is_found_within_a_longer_number() -> None:
    assert masked("00ff" + GARAGE + "0a", macs=[GARAGE]) == "00ff0200000000010a"


@pytest.mark.parametrize(
    ("address", "stand_in"),
    [
        ("192.168.1.5", "192.0.2.1"),
        ("192.168.001.005", "192.0.2.1"),
        ("at 10.0.0.7:30001", "at 192.0.2.1:30001"),
        ("fe80::be2a:33ff:fe60:1ff9", "2001:db8::1"),
        ("2a01:e0a:1:2:3:4:5:6", "2001:db8::1"),
        ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.0", "255.255.255.0"),
        ("12:30:45", "12:30:45"),
        ("3.10.2", "3.10.2"),
    ],
)
def test_addresses(address: str, stand_in: str) -> None:
    assert masked(address) == stand_in


def test_an_address_written_in_two_ways_has_one_stand_in() -> None:
    first, second, third = masked(["192.168.1.5", "192.168.001.005", "192.168.1.6"])
    assert first == second != third


def test_a_network_name_is_known_again_elsewhere() -> None:
    result = masked({"ssid": "Livebox-A3F0", "note": "lost LIVEBOX-A3F0_5G", "x": 1})
    assert result == {"ssid": "name-1", "note": "lost name-1_5G", "x": 1}


def test_names_below_a_private_key_are_masked_however_deep() -> None:
    assert masked({"wifi_names": ["Chez nous", {"at": "Bureau"}], "ssid": ""}) == {
        "wifi_names": ["name-1", {"at": "name-2"}],
        "ssid": "",
    }


def test_a_short_name_is_masked_as_a_word_only() -> None:
    assert masked(["at B1 now", "AB12"], names=["B1"]) == ["at name-1 now", "AB12"]


def test_a_name_that_is_part_of_a_kept_word_is_masked_as_a_word() -> None:
    assert masked(["<passi> in Passive"], names=["Passi"]) == ["<name-1> in Passive"]


def test_a_mac_as_a_key_is_masked() -> None:
    assert masked({GARAGE: 1}) == {"020000000001": 1}


MACS = st.binary(min_size=6, max_size=6).filter(any).map(bytes.hex)
OCTETS = st.integers(1, 223), st.integers(0, 255), st.integers(0, 255), st.integers(1, 254)
ADDRESSES = st.tuples(*OCTETS).map(lambda octets: ".".join(map(str, octets)))
NAMES = st.text("abcdefghijklmnopqrstuvwxyzéèç'- 0123456789", min_size=5, max_size=32).filter(
    lambda name: re.search("[a-z]", name) and not name.startswith("name")
)


@given(MACS, ADDRESSES, NAMES, NAMES)
def test_nothing_private_is_left_wherever_it_stands(
    mac: str, address: str, ssid: str, name: str
) -> None:
    text = f"[{mac}] {address} ({ssid}) <{name}>"
    pretty = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
    document = {"ssid": ssid, "list": [text, {"deep": text.upper()}], "mac": pretty, mac: address}
    left = json.dumps(masked(document, names=[name]), ensure_ascii=False).lower()
    for secret in (mac, pretty, f"[{address}]", f" {address} ", f"({ssid})", f"<{name}>"):
        assert secret.lower() not in left
