import json
import os
from pathlib import Path
from typing import Any

import pytest

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.errors import FaultsWrong
from batteries.simulator.faults_file import plan_from, read_faults
from batteries.simulator.house import House
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.steering import FaultsFile
from batteries.simulator.testing import placed_specs
from tests.simulator.bench import NOON


@pytest.fixture
def devices() -> list[SimulatedDevice]:
    house = House(load_w=300.0, starts_at=NOON)
    return [SimulatedDevice(spec, house) for spec in placed_specs([DeviceSpec()] * 3, 30001)]


def applied(devices: list[SimulatedDevice], document: Any, at: float = NOON) -> None:
    plan_from(document).apply(devices, at)


@pytest.mark.parametrize("name", ["2", "127.0.0.12", "127.0.0.12:30002", "bc2a33000002"])
def test_a_device_goes_by_its_names(devices: list[SimulatedDevice], name: str) -> None:
    applied(devices, {"devices": {name: {"api_off": True}}})
    assert [device.faults.api_off for device in devices] == [False, True, False]


def test_a_device_adds_to_what_all_have(devices: list[SimulatedDevice]) -> None:
    applied(
        devices,
        {
            "all": {"lose_request_rate": 0.25},
            "devices": {"3": {"lose_request_rate": 0, "null_rate": 1}},
        },
    )
    assert [device.faults.lose_request_rate for device in devices] == [0.25, 0.25, 0]
    assert devices[2].faults.null_rate == 1


def test_the_timeline_counts_from_the_reading(devices: list[SimulatedDevice]) -> None:
    applied(
        devices,
        {
            "timeline": [
                {"at_s": 10, "for_s": 20, "device": 1, "set": {"api_off": True}},
                {"at_s": 40, "device": "2", "do": "reset_to_defaults"},
                {"at_s": 50, "do": "lose_meter", "for_s": 60},
            ]
        },
        at=NOON + 100,
    )
    devices[0].advance(NOON + 115)
    assert [device.faults_now().api_off for device in devices] == [True, False, False]
    devices[0].advance(NOON + 131)
    assert not devices[0].faults_now().api_off
    devices[0].advance(NOON + 155)
    assert [device.orders.mode for device in devices] == ["Auto", "Manual", "Auto"]
    assert not any(device.sees_meter for device in devices)
    devices[0].advance(NOON + 211)
    assert all(device.sees_meter for device in devices)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "the file must be an object"),
        ({"al": {}}, "unknown key 'al' in the file"),
        ({"all": {"lose_rate": 0.1}}, r"unknown fault 'lose_rate' \('all'\)"),
        ({"all": {"null_rate": 3}}, r"'null_rate' must be a number from 0 to 1, not 3 \('all'\)"),
        ({"all": 3}, "'all' must be an object"),
        ({"devices": {"1": {"api_off": "yes"}}}, r"'api_off' must be .* \(device '1'\)"),
        ({"devices": {"1": 3}}, "device '1' must be an object"),
        ({"timeline": {}}, "'timeline' must be a list"),
        ({"timeline": [{"at_s": 1}]}, "timeline entry 1 needs either 'set' or 'do'"),
        ({"timeline": [{"at_s": -1, "do": "reboot"}]}, "'at_s' must be seconds"),
        ({"timeline": [{"do": "explode"}]}, r"unknown event 'explode' in 'do'.*timeline entry 1"),
        ({"timeline": [{"do": "set_soc"}]}, "'value' is missing"),
        ({"timeline": [{"do": "set_soc", "value": "x"}]}, "'value' must be a number"),
        ({"timeline": [{"do": "reboot", "value": 1}]}, "unknown key 'value'"),
        ({"timeline": [{"set": {}, "until": 3}]}, "unknown key 'until' in timeline entry 1"),
        ({"timeline": [{"set": {"x": 3}}]}, r"unknown fault 'x' \(timeline entry 1\)"),
    ],
)
def test_a_wrong_file_names_its_key(document: Any, named: str) -> None:
    with pytest.raises(FaultsWrong, match=named):
        plan_from(document)


def test_every_event_does_what_it_says(devices: list[SimulatedDevice]) -> None:
    device = devices[0]
    device.orders.mode = "Manual"
    events: list[dict[str, Any]] = [
        {"do": "set_soc", "value": 33}, {"do": "zero_soc", "count": 2}, {"do": "lose_next"},
        {"do": "drop_mode"}, {"do": "set_clock_offset", "value": -60}, {"do": "api_off"},
        {"do": "lose_meter", "for_s": 60}, {"do": "reset_to_defaults"},
    ]  # fmt: skip
    applied(devices, {"timeline": [{"at_s": 5 + n, **event} for n, event in enumerate(events)]})
    device.advance(NOON + 20)
    link = device.link
    assert device.soc_percent == pytest.approx(33, abs=0.1)
    assert (link.zero_soc_answers, link.lose_requests) == (2, 1)
    assert (device.orders.mode, device.orders.clock.offset_s) == ("Manual", -60)
    assert (link.off_until, device.meter_lost_until) == (NOON + 310, NOON + 71)
    assert any(state.mode == "Auto" for state in device.trace.states)


def test_a_reboot_comes_by_the_file(devices: list[SimulatedDevice]) -> None:
    applied(devices, {"timeline": [{"at_s": 60, "device": "1", "do": "reboot"}]})
    devices[0].advance(NOON + 61)
    assert [device.is_booting for device in devices] == [True, False, False]


def test_an_empty_file_heals_what_is_under_way(devices: list[SimulatedDevice]) -> None:
    entries = [{"do": "api_off"}, {"do": "lose_meter"}, {"set": {"null_rate": 1}}]
    applied(devices, {"timeline": entries})
    devices[0].advance(NOON + 60)
    saw_meter = devices[0].sees_meter
    applied(devices, {}, NOON + 60)
    assert (saw_meter, devices[0].sees_meter) == (False, True)
    assert devices[0].link.off_until < NOON
    assert devices[0].faults_now().null_rate == 0


def test_a_device_that_is_not_there_is_named_and_nothing_changes(
    devices: list[SimulatedDevice],
) -> None:
    with pytest.raises(FaultsWrong, match="there is no device '4'"):
        applied(devices, {"all": {"null_rate": 1}, "devices": {"4": {}}})
    assert devices[0].faults.null_rate == 0


@pytest.mark.parametrize("text", ["{", "", "[" * 100_000])
def test_a_file_that_is_no_json_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(FaultsWrong, match=r"faults\.json is not JSON") as caught:
        read_faults(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(FaultsWrong, match="No such file"):
        read_faults(tmp_path / "faults.json")


def test_a_running_simulator_is_broken_and_healed_by_its_file(
    devices: list[SimulatedDevice], tmp_path: Path
) -> None:
    path, complaints = tmp_path / "faults.json", list[str]()
    path.write_text(json.dumps({"all": {"api_off": True}}))
    steering = FaultsFile(path, devices, complaints.append)
    steering.read(NOON)
    broken = devices[0].faults
    rewrite(path, "{}", 1)
    steering.look(NOON + 1)
    assert (broken.api_off, devices[0].faults.api_off, complaints) == (True, False, [])


def test_a_broken_file_leaves_the_faults_and_is_complained_about_once(
    devices: list[SimulatedDevice], tmp_path: Path
) -> None:
    path, complaints = tmp_path / "faults.json", list[str]()
    path.write_text(json.dumps({"all": {"api_off": True}}))
    steering = FaultsFile(path, devices, complaints.append)
    steering.read(NOON)
    rewrite(path, '{"all": {"api_of": false}}', 1)
    steering.look(NOON + 1)
    steering.look(NOON + 2)
    assert devices[0].faults.api_off
    assert complaints == [f"{path}: unknown fault 'api_of' ('all') - the faults stay as they were"]
    path.unlink()
    steering.look(NOON + 3)
    assert "No such file" in complaints[1]


def rewrite(path: Path, text: str, later_s: int) -> None:
    """Another content with another modification time, however coarse the file system's clock."""
    path.write_text(text)
    stamp = path.stat().st_mtime_ns + later_s * 1_000_000_000
    os.utime(path, ns=(stamp, stamp))
