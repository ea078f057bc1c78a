import json
from pathlib import Path

import pytest

from batteries.simulator.errors import SettingWrong
from batteries.simulator.trace import State, Trace
from batteries.simulator.trace_file import TraceFile
from tests.simulator.bench import NOON, Bench, settled


def traced(*states: tuple[float, str, float], now: float, **limits: int) -> Trace:
    trace = Trace(lambda: now, **limits)
    for at, mode, power_w in states:
        trace.note_state(State(at, mode, power_w, power_w, 50.0, "test"))
    return trace


def test_power_between_is_cut_to_the_window_and_to_now() -> None:
    trace = traced((0, "Auto", 100), (10, "Auto", 200), (20, "Auto", 300), now=25)
    assert trace.power_between(5, 40) == [(5, 10, 100), (10, 20, 200), (20, 25, 300)]
    assert trace.power_between(12, 15) == [(12, 15, 200)]
    assert trace.power_between(30, 40) == []
    assert trace.power_between(-9, 3) == [(0, 3, 100)]


def test_energy_between_is_the_area() -> None:
    trace = traced((0, "Auto", 3600), (10, "Auto", -1800), now=100)
    assert trace.energy_between_wh(0, 20) == pytest.approx(10 - 5)


def test_held_asks_for_an_unbroken_stretch() -> None:
    trace = traced((0, "P", 500), (4, "P", 0), (6, "P", 520), (9, "P", 480), (30, "P", 0), now=99)
    assert not trace.held(500, 50, 5, since=0, until=8)
    assert trace.held(500, 50, 5, since=0, until=11)
    assert not trace.held(500, 10, 5, since=0, until=99)
    assert not trace.held(500, 50, 5, since=27, until=99)


def test_nothing_is_held_in_the_future() -> None:
    assert not traced((0, "P", 500), now=3).held(500, 50, 5, since=0, until=60)


def test_modes_are_judged_alike_in_any_case() -> None:
    trace = traced((0, "Auto", 1), (10, "Passive", 2), (40, "Auto", 3), now=100)
    assert trace.held_mode("passive", 30, 0, 100)
    assert not trace.held_mode("passive", 31, 0, 100)
    assert trace.seconds_in("auto", 0, 100) == 70


def test_the_state_at_a_moment() -> None:
    trace = traced((10, "Auto", 1), (20, "Passive", 2), now=100)
    assert trace.state_at(20).mode == "Passive"
    assert trace.state_at(19.9).mode == "Auto"
    with pytest.raises(LookupError):
        trace.state_at(9)


def test_memory_is_bounded() -> None:
    trace = traced(*((at, "Auto", at) for at in range(1000)), now=1000, max_states=10)
    assert 10 <= len(trace.states) < 20
    assert trace.states[-1].at == 999


def test_requests_are_bounded_and_counted() -> None:
    bench = settled()
    bench.device.trace.max_requests = 10
    for _ in range(100):
        bench.ask("ES.GetStatus")
    assert bench.device.trace.request_count == 100
    assert 10 <= len(bench.device.trace.requests) < 20


def test_a_device_traces_what_it_truly_does() -> None:
    bench = Bench(soc_percent=60, load_w=300.0, power_error=0.0)
    bench.wait(60)
    bench.passive(1000, cd_time=30)
    bench.wait(60)
    told = [
        (s.at - NOON, s.mode, s.set_point_w, s.power_w, s.reason) for s in bench.device.trace.states
    ]
    assert told == [
        (0, "Auto", -800, -800, "phase test"),
        (20, "Auto", None, -300, "meter"),
        (65, "Passive", -300, -300, "responding"),
        (67, "Passive", -1000, -1000, "passive"),
        (95, "Passive", 0, 0, "passive ended"),
    ]


def test_a_request_keeps_what_was_answered() -> None:
    bench = settled()
    answers = bench.send(b'{"id":5,"method":"ES.GetMode","params":{"id":0}}')
    seen = bench.device.trace.requests[0]
    assert (seen.at, seen.method, seen.outcome) == (bench.now, "ES.GetMode", "answered")
    assert seen.source == ("127.0.0.1", 30001)
    assert list(seen.answers) == answers


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_trace_file_tells_the_start_changes_and_each_five_seconds(tmp_path: Path) -> None:
    bench, path = settled(soc_percent=60, load_w=300.0, power_error=0.0), tmp_path / "trace.jsonl"
    file = TraceFile(path, [bench.device])
    for second in range(12):
        if second == 7:
            bench.now = NOON + 67
            bench.passive(1000, after_s=0)
        file.write_due(NOON + 60 + second)
    file.close()
    told = [(line["at"], line["mode"], line["power_w"]) for line in lines(path)]
    assert told == [
        (NOON + 60, "Auto", -300),
        (NOON + 65, "Auto", -300),
        (NOON + 67, "Passive", -300),
        (NOON + 69, "Passive", -1000),
    ]


def test_a_line_says_all_that_a_page_shows(tmp_path: Path) -> None:
    bench, path = settled(soc_percent=60, load_w=9000.0), tmp_path / "trace.jsonl"
    file = TraceFile(path, [bench.device])
    file.write_due(bench.now)
    file.close()
    assert lines(path) == [
        {
            "at": bench.now, "device": 1, "ble_mac": "bc2a33000001", "ip_address": "127.0.0.11",
            "port": 30001, "soc_percent": 59, "power_w": -2500, "mode": "Auto",
            "temperature_c": 18.1, "grid_power_w": 6500, "reason": "limit",
        }
    ]  # fmt: skip


def test_a_trace_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingWrong, match="cannot write"):
        TraceFile(tmp_path / "missing" / "trace.jsonl", [])
