"""What a battery last said is kept with its step, once an outcome, and can be shown to others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batteries.last_answer import LastAnswer
from batteries.marstek.__main__ import main
from batteries.models import Battery
from batteries.shared_answers import answers_file, answers_file_name
from batteries.simulator.faults import Faults
from tests import rows

from .virtual_home import virtual_home

pytestmark = pytest.mark.django_db
SSID = "Livebox-A3F0"
WIFI = {
    "id": 0,
    "wifi_mac": "bc2a33601ff8",
    "ssid": SSID,
    "rssi": -58,
    "sta_ip": "192.168.1.100",
    "sta_gate": "192.168.1.1",
    "sta_mask": "255.255.255.0",
    "sta_dns": "192.168.1.1",
}


def kept(**wanted: str) -> LastAnswer:
    return LastAnswer.objects.get(**wanted)


def test_a_poll_keeps_each_answer_word_for_word() -> None:
    with virtual_home() as home:
        home.sweep()
        soc = home.battery().soc
    row = kept(method="ES.GetStatus")
    assert (row.outcome, LastAnswer.objects.count()) == ("answered", 6)
    assert json.loads(row.answer)["result"]["bat_soc"] == soc
    assert json.loads(row.answer)["src"] == "VenusE 3.0-bc2a33000001"
    assert json.loads(row.request)["method"] == "ES.GetStatus"
    assert row.answered_at is not None
    assert row.asked_at < row.answered_at


def test_the_next_answer_takes_its_place() -> None:
    with virtual_home() as home:
        home.sweep()
        first = kept(method="ES.GetStatus")
        home.tick(3)
    second = kept(method="ES.GetStatus")
    assert (first.pk, first.asked_at < second.asked_at) == (second.pk, True)
    assert json.loads(first.request)["id"] != json.loads(second.request)["id"]


def test_the_last_answer_outlives_a_silence() -> None:
    with virtual_home() as home:
        home.sweep()
        said = kept(method="ES.GetStatus").answer
        home.devices[0].faults = Faults(api_off=True)
        home.tick(3)
    assert kept(method="ES.GetStatus", outcome="answered").answer == said
    silence = kept(method="ES.GetStatus", outcome="no_answer")
    assert (silence.answer, silence.answered_at) == ("", None)


def test_a_step_writes_its_answers_by_one_statement() -> None:
    with (
        virtual_home() as home,
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        home.sweep()
    table = LastAnswer._meta.db_table
    written = [q["sql"] for q in queries if q["sql"].startswith(f'INSERT INTO "{table}"')]
    assert len(written) == 5, "status and meter are one step, the four rare reads one each"


def test_a_retired_battery_keeps_nothing_new() -> None:
    with virtual_home() as home:
        home.front.action = lambda: Battery.objects.update(is_active=False)
        home.sweep()
    assert set(LastAnswer.objects.values_list("method", flat=True)) <= {"Marstek.GetDevice"}


@pytest.fixture
def garage() -> Battery:
    return rows.battery("Garage de Paul", ble_mac="bc2a33601ff9", wifi_mac="bc2a33601ff8")


def decoded(folder: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> Any:
    file = folder / "answers.jsonl"
    file.write_bytes(content)
    code = main(["decode", str(file)])
    said = capsys.readouterr()
    return code, [json.loads(line) for line in said.out.splitlines()], said.err


def test_the_file_is_understood_by_decode(
    garage: Battery, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows.an_answer(garage, "ES.GetStatus", {"id": 0, "bat_soc": 62, "ongrid_power": -590})
    rows.an_answer(garage, "Wifi.GetStatus", WIFI)
    code, documents, said = decoded(tmp_path, answers_file(garage), capsys)
    assert (code, said) == (0, "")
    status, wifi = documents
    assert (status["kind"], status["value"]["ongrid_power_w"]) == ("EnergyStatus", -590)
    assert (status["model"], status["profile"]["generation"]) == ("VenusE 3.0", 150.0)
    assert status["src_mac"] != wifi["value"]["wifi_mac"]
    assert wifi["value"]["gateway_ip"] == wifi["value"]["dns_ip"] != wifi["value"]["ip"]
    assert wifi["value"]["netmask"] == "255.255.255.0"


def test_errors_are_in_the_file_and_silences_are_not(
    garage: Battery, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = json.dumps({"id": 7, "error": {"code": -32601, "message": "Method not found"}})
    rows.an_answer(garage, "PV.GetStatus", None, outcome="refused", answer=error)
    rows.an_answer(garage, "ES.GetMode", None, outcome="no_answer", answer="", answered_at=None)
    code, documents, _said = decoded(tmp_path, answers_file(garage), capsys)
    assert (code, [document["kind"] for document in documents]) == (0, ["error"])


def test_no_original_is_left_in_the_bytes(garage: Battery) -> None:
    rows.battery("Cave à vin", ble_mac="aabbccddeeff")
    rows.an_answer(garage, "Wifi.GetStatus", WIFI)
    note = {"bat_soc": 1, "note": f"Garage de Paul joined {SSID} beside AA:BB:CC:DD:EE:FF"}
    rows.an_answer(garage, "ES.GetStatus", note | {"other": "cave À vin at 192.168.1.100"})
    content = answers_file(garage).decode()
    private = ("bc2a33601ff9", "bc2a33601ff8", "aa:bb:cc", "aabbccddeeff", "192.168.")
    for secret in (*private, SSID, "Garage", "Paul", "Cave"):
        assert secret.lower() not in content.lower()
    lines = [json.loads(line) for line in content.splitlines()]
    source_macs = {line["answer"]["src"].rpartition("-")[2] for line in lines}
    assert len(source_macs) == 1, "the same MAC has the same stand-in in every line"


def test_the_file_has_a_name_that_tells_nothing(garage: Battery) -> None:
    assert answers_file_name(garage, rows.NOON) == "marstek-answers-venus-e3-2026-11-23.jsonl"


def test_a_battery_that_never_answered_gives_an_empty_file(garage: Battery) -> None:
    assert answers_file(garage) == b""


def test_a_whole_poll_can_be_shown_to_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the simulated device's datagrams to typed values, with nobody's addresses between."""
    with virtual_home() as home:
        home.sweep()
        battery = home.battery()
    content = answers_file(battery)
    for secret in (battery.ble_mac, battery.wifi_mac, battery.ip_address, battery.name):
        assert secret
        assert secret.encode() not in content
    code, documents, said = decoded(tmp_path, content, capsys)
    assert (code, said) == (0, "")
    kinds = {document["kind"]: document["value"] for document in documents}
    assert len(kinds) == 6
    assert kinds["EnergyStatus"]["soc_percent"] == battery.soc
    assert kinds["Device"]["model"] == battery.model
    assert {document["src_mac"] for document in documents} == {kinds["Device"]["ble_mac"]}
