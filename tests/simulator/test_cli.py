"""The simulator as a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from batteries.simulator.cli import Options, main
from batteries.simulator.demo import addresses_from
from batteries.simulator.errors import SettingWrong
from batteries.simulator.testing import free_port, request
from tests.simulator.test_udp import asking_from, heard

ROOT = Path(__file__).parents[2]
MODULE = ("-m", "batteries.simulator")
COMMAND = ("manage.py", "simulate_batteries")


@contextmanager
def started(*options: str, entry: tuple[str, ...] = MODULE) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *entry, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def ask(sock: socket.socket, to: tuple[str, int], method: str) -> Any:
    sock.sendto(request(method), to)
    return heard(sock)[0]["result"]


@pytest.mark.process
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_answers_and_stops_at_once(name: signal.Signals) -> None:
    port = free_port(3)
    with started("--base-port", str(port)) as process, asking_from(0) as sock:
        assert first_line(process) == (
            f"simulating 3 x VenusE 3.0 150 (venus-e3-150), physics x60, on 127.0.0.11:{port} "
            f"127.0.0.12:{port + 1} 127.0.0.13:{port + 2}\n"
        )
        assert ask(sock, ("127.0.0.12", port + 1), "Marstek.GetDevice")["ver"] == 150
        process.send_signal(name)
        out, err = process.communicate(timeout=2)
        assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.process
def test_the_django_command_is_the_same() -> None:
    port = free_port(1)
    options = ("--count", "1", "--base-port", str(port), "--json", "--profile", "hmg50-153")
    with started(*options, entry=COMMAND) as process:
        document = json.loads(first_line(process))
        assert document["devices"] == [
            {
                "ip_address": "127.0.0.11", "port": port, "ble_mac": "bc2a7f00000b",
                "model": "VenusE", "profile": "hmg50-153",
            }
        ]  # fmt: skip
        process.terminate()
        assert process.wait(timeout=2) == 0


@pytest.mark.process
@pytest.mark.parametrize("entry", [MODULE, COMMAND])
def test_a_port_in_use_is_one_line_and_exit_code_two(entry: tuple[str, ...]) -> None:
    port = free_port(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.11", port))
        with started("--count", "1", "--base-port", str(port), entry=entry) as process:
            out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == f"127.0.0.11:{port} is in use: another simulator, or a gateway on 0.0.0.0?\n"


@pytest.mark.process
def test_it_is_broken_and_healed_by_its_file_while_it_runs(tmp_path: Path) -> None:
    port, faults, trace = free_port(1), tmp_path / "faults.json", tmp_path / "trace.jsonl"
    faults.write_text('{"devices": {"1": {"silent_methods": ["ES.GetMode"]}}}')
    options = ("--count", "1", "--base-port", str(port), "--faults", str(faults))
    with started(*options, "--trace", str(trace)) as process, asking_from(0) as sock:
        first_line(process)
        sock.settimeout(0.4)
        with pytest.raises(TimeoutError):
            ask(sock, ("127.0.0.11", port), "ES.GetMode")
        faults.write_text("{}")
        assert answer_within(sock, ("127.0.0.11", port), tries=20)["mode"] == "Auto"
        process.terminate()
        process.communicate(timeout=2)
    line = json.loads(trace.read_text().splitlines()[0])
    assert (line["device"], line["mode"], line["port"]) == (1, "Auto", port)


def answer_within(sock: socket.socket, to: tuple[str, int], tries: int) -> Any:
    """The file is looked at each second, and each question waits 0.4 s for its answer."""
    for _ in range(tries):
        try:
            return ask(sock, to, "ES.GetMode")
        except TimeoutError:
            continue
    raise AssertionError("never healed")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--address", "192.168.1.4"], "192.168.1.4 is not a loopback address (127.x.y.z)"),
        (["--address", "::1"], "'::1' is not an IPv4 address"),
        (["--address", "house"], "'house' is not an IPv4 address"),
        (["--count", "1001"], "--count must be 1 to 1000, not 1001"),
        (["--speed", "0"], "--speed must be above 0 and at most 100000, not 0"),
        (["--base-port", "65534"], "ports 65534 to 65536 are not all within 1 to 65535"),
        (["--base-port", "0"], "ports 0 to 2 are not all within 1 to 65535"),
        (["--address", "127.254.255.253"], "3 addresses from 127.254.255.253 leave 127.0.0.0/8"),
        (["--profile", "venus"], "unknown profile 'venus'; known: hmg50-153, "),
        (["--faults", "missing.json"], "missing.json: No such file or directory"),
        (["--trace", "missing/trace"], "cannot write missing/trace: No such file or directory"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_two(
    options: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_a_wrong_faults_file_is_one_line_that_names_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "faults.json"
    path.write_text('{"all": {"lose_rate": 1}}')
    assert main(["--faults", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: unknown fault 'lose_rate' ('all')\n"


def test_a_thousand_addresses_run_on() -> None:
    found = addresses_from("127.0.0.11", 30001, 1000, same_port=True)
    assert found[0] == ("127.0.0.11", 30001)
    assert found[-1] == ("127.0.3.248", 30001)
    assert len(set(found)) == 1000
    assert not any(address.endswith((".0", ".255")) for address, _ in found)


def test_ports_count_up_unless_they_are_the_same() -> None:
    assert Options(count=2).addresses() == [("127.0.0.11", 30001), ("127.0.0.12", 30002)]
    with pytest.raises(SettingWrong, match="loopback"):
        Options(address="10.0.0.1").addresses()
