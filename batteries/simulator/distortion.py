"""What faults make of an answer: values, bytes, and when it comes."""

import json
from typing import TYPE_CHECKING, Any

from batteries.simulator.faults import Faults

if TYPE_CHECKING:
    from batteries.simulator.core import SimulatedDevice

COUNTERS = ("total_grid_output_energy", "total_grid_input_energy", "total_pv_energy")
DIP = 0.95
OVERSIZE = 6000
SECOND_COPY_S = (0.005, 0.04)


def distort_result(
    device: "SimulatedDevice", method: str, result: dict[str, Any], faults: Faults
) -> dict[str, Any]:
    """False zeros, dips, nulls and raw values set by hand."""
    if method == "ES.GetStatus":
        _false_zero(device, result, faults)
        if device.happens(faults.counter_dip_rate):
            result.update({key: int(result[key] * DIP) for key in COUNTERS if key in result})
    if device.happens(faults.null_rate):
        result.update({key: None for key in result if key != "id"})
    result.update(faults.override.get(method, {}))
    return result


def _false_zero(device: "SimulatedDevice", result: dict[str, Any], faults: Faults) -> None:
    link = device.link
    if link.zero_soc_answers == 0 and device.happens(faults.zero_soc_rate):
        link.zero_soc_answers = faults.zero_soc_polls
    if link.zero_soc_answers > 0:
        link.zero_soc_answers -= 1
        result["bat_soc"] = 0


def distort_bytes(device: "SimulatedDevice", reply: dict[str, Any], faults: Faults) -> bytes:
    """The bytes on the wire: a wrong id, garbage, too much or too little of it, or the truth."""
    if device.happens(faults.wrong_id_rate):
        reply["id"] = device.random.randrange(1, 0x10000)
    if device.happens(faults.garbage_rate):
        return device.random.randbytes(device.random.randrange(1, 200))
    if device.happens(faults.oversize_rate):
        reply["padding"] = "x" * OVERSIZE
    payload = json.dumps(reply, separators=(",", ":")).encode()
    if device.happens(faults.truncate_rate):
        return payload[: device.random.randrange(1, len(payload))]
    return payload


def delays_s(device: "SimulatedDevice", faults: Faults) -> list[float]:
    """When each copy of the answer leaves: usually one."""
    first_s = device.random.uniform(*(faults.latency_s or device.spec.latency_s))
    if device.happens(faults.late_rate):
        first_s += device.random.uniform(*faults.late_s)
    copies = 1 + device.happens(faults.duplicate_rate)
    copies += device.happens(device.firmware.double_reply_rate)
    delays = [first_s]
    for _ in range(copies - 1):
        delays.append(delays[-1] + device.random.uniform(*SECOND_COPY_S))
    return delays
