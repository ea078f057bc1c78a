"""`python -m batteries.marstek decode FILE`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from batteries.marstek.__main__ import main

GOOD = {
    "model": "VenusE 3.0",
    "firmware": 144,
    "request_method": "ES.GetStatus",
    "answer": {
        "id": 682,
        "src": "VenusE 3.0-0123456789ab",
        "result": {"bat_soc": 99, "ongrid_power": -497, "offgrid_power": 0},
    },
}


class Capture:
    """A file of captured answers, decoded."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._file, self._capsys = folder / "capture.jsonl", capsys

    def decode(self, *lines: object) -> tuple[int, list[dict[str, Any]], str]:
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        self._file.write_text(text)
        code = main(["decode", str(self._file)])
        said = self._capsys.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err


@pytest.fixture
def capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Capture:
    return Capture(tmp_path, capsys)


def test_a_captured_answer_becomes_a_typed_document(capture: Capture) -> None:
    code, (document,), said = capture.decode(GOOD)
    assert (code, said) == (0, "")
    assert document["line"] == 1
    assert (document["method"], document["model"]) == ("ES.GetStatus", "VenusE 3.0")
    assert (document["id"], document["src_mac"]) == (682, "0123456789ab")
    assert document["profile"]["family"] == "venus_e3"
    assert "counters_frozen" in document["profile"]["faults"]
    assert (document["kind"], document["value"]["battery_power_w"]) == ("EnergyStatus", 497)


def test_a_bare_result_is_accepted(capture: Capture) -> None:
    code, (document,), _ = capture.decode(GOOD | {"answer": {"bat_soc": 14, "ongrid_power": 0}})
    assert (code, document["value"]["soc_percent"], document["src_mac"]) == (0, 14, None)


def test_errors_and_unknown_methods_are_documents_too(capture: Capture) -> None:
    error = {"error": {"code": -32601, "message": "Method not found", "data": 424}}
    unknown = {"id": 3, "result": {"x": 1}}
    code, documents, _ = capture.decode(
        GOOD | {"answer": error}, GOOD | {"request_method": "Sys.New", "answer": unknown}
    )
    assert code == 0
    assert documents[0]["kind"] == "error"
    assert documents[0]["value"] == {"code": -32601, "message": "Method not found", "data": 424}
    assert (documents[1]["kind"], documents[1]["value"]) == ("unknown_method", {"x": 1})


@pytest.mark.parametrize(
    "line",
    [
        "{broken",
        "[]",
        "7",
        {"answer": {}},
        {"request_method": "ES.GetMode"},
        GOOD | {"answer": "text"},
        GOOD | {"answer": {"id": 1, "result": None}},
        GOOD | {"answer": {"id": 1, "result": {"ssid": "x"}}},
        "{" * 900,
        "x" * 70_000,
    ],
)
def test_a_broken_line_is_told_with_its_number(capture: Capture, line: object) -> None:
    code, documents, said = capture.decode(GOOD, "", line, GOOD)
    assert code == 1
    assert [document["line"] for document in documents] == [1, 3, 4]
    assert documents[1].keys() == {"line", "error"}
    assert said == "1 line is no captured answer: see error in the output\n"


def test_model_and_firmware_may_be_missing(capture: Capture) -> None:
    line = {key: GOOD[key] for key in ("request_method", "answer")}
    code, (document,), _ = capture.decode(line)
    assert (code, document["model"], document["profile"]["is_careful"]) == (0, None, True)


def test_an_empty_file_is_nothing_to_say(capture: Capture) -> None:
    assert capture.decode() == (0, [], "")


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_gives_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["decode", str(tmp_path / name)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "cannot be read" in said.err


def test_it_reads_standard_input_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "batteries.marstek", "decode", "-"],
        input=json.dumps(GOOD).encode() + b"\nnonsense\n",
        capture_output=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 2)
    assert done.stderr.count(b"\n") == 1


def test_a_file_from_windows_is_read(capture: Capture) -> None:
    code, documents, _ = capture.decode("\ufeff" + json.dumps(GOOD) + "\r", json.dumps(GOOD))
    assert code == 0
    assert [document["kind"] for document in documents] == ["EnergyStatus"] * 2
