"""The simulator in the foreground: options, start, steering, stop."""

import argparse
import asyncio
import json
import resource
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, TextIO

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.demo import addresses_from, demo_devices
from batteries.simulator.errors import SettingWrong, SimulatorError
from batteries.simulator.firmwares import DEFAULT_FIRMWARE, FIRMWARES, firmware_named
from batteries.simulator.steering import FaultsFile
from batteries.simulator.trace_file import TraceFile
from batteries.simulator.udp import UdpServer, check_loopback, steady_clock

DESCRIPTION = "Batteries that answer over UDP as real Marstek devices do, on loopback."
WRONG_USAGE = 2
MOST_DEVICES = 1000
LAST_ADDRESS = int(IPv4Address("127.254.255.254"))
SPARE_FILES = 64
SHOWN_ADDRESSES = 5
TICK_S = 1.0
KEPT_STATES, KEPT_REQUESTS = 500, 50  # nobody reads the traces of a server; it runs for days


@dataclass(frozen=True, slots=True)
class Options:
    """What the person at the keyboard asked for."""

    count: int = 3
    address: str = "127.0.0.11"
    base_port: int = 30001
    speed: float = 60.0
    faults: Path | None = None
    profile: str = DEFAULT_FIRMWARE
    trace: Path | None = None
    same_port: bool = False
    json: bool = False

    def addresses(self) -> list[tuple[str, int]]:
        """Raises SettingWrong for an option that cannot be used."""
        check_loopback(self.address)
        if not 1 <= self.count <= MOST_DEVICES:
            raise SettingWrong(f"--count must be 1 to {MOST_DEVICES}, not {self.count}")
        if not 0 < self.speed <= 100_000:
            raise SettingWrong(f"--speed must be above 0 and at most 100000, not {self.speed:g}")
        last_port = self.base_port if self.same_port else self.base_port + self.count - 1
        if self.base_port < 1 or last_port > 65_535:
            raise SettingWrong(
                f"ports {self.base_port} to {last_port} are not all within 1 to 65535"
            )
        found = addresses_from(self.address, self.base_port, self.count, same_port=self.same_port)
        if int(IPv4Address(found[-1][0])) > LAST_ADDRESS:
            raise SettingWrong(f"{self.count} addresses from {self.address} leave 127.0.0.0/8")
        return found


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options, for this module and for the Django command."""
    usual = Options()
    parser.add_argument("--count", type=int, default=usual.count, help="how many batteries")
    parser.add_argument("--address", default=usual.address, help="of the first battery (loopback)")
    parser.add_argument(
        "--base-port", type=int, default=usual.base_port, help="of the first battery"
    )
    parser.add_argument("--same-port", action="store_true", help="the same port for all")
    parser.add_argument(
        "--speed",
        type=float,
        default=usual.speed,
        help="of sun, load and SOC; timers keep real time",
    )
    parser.add_argument("--profile", default=usual.profile, help=", ".join(sorted(FIRMWARES)))
    parser.add_argument("--faults", type=Path, help="JSON, read again when it changes")
    parser.add_argument("--trace", type=Path, help="write what the devices report, as JSON lines")
    parser.add_argument("--json", action="store_true", help="say the start as one JSON document")


def options_from(values: dict[str, Any]) -> Options:
    """The options among parsed arguments."""
    return Options(**{name: values[name] for name in Options.__dataclass_fields__})


def run(options: Options, out: TextIO, err: TextIO) -> int:
    """Simulate until SIGINT or SIGTERM. The exit code: 0, or 2 after one line on `err`."""
    try:
        asyncio.run(_simulate(options, out, err))
    except SimulatorError as error:
        _say(err, str(error))
        return WRONG_USAGE
    except KeyboardInterrupt:  # before the loop took the signal over
        return 0
    return 0


async def _simulate(options: Options, out: TextIO, err: TextIO) -> None:
    stop = _stop_on_signal()
    clock = steady_clock()
    firmware, addresses = firmware_named(options.profile), options.addresses()
    _allow_files(2 * len(addresses) + SPARE_FILES)
    devices = demo_devices(
        firmware,
        addresses,
        starts_at=clock(),
        speed=options.speed,
        max_states=KEPT_STATES,
        max_requests=KEPT_REQUESTS,
    )
    server = UdpServer(devices, clock)
    with ExitStack() as stack:
        chores = _chores(options, devices, clock, err, stack)
        await server.start()
        stack.callback(server.close)
        _say(out, _started(options, devices))
        await _do_chores(chores, clock, stop)


def _chores(
    options: Options,
    devices: Sequence[SimulatedDevice],
    clock: Callable[[], float],
    err: TextIO,
    stack: ExitStack,
) -> list[Callable[[float], None]]:
    """What is to be done each second; none of it where neither file was asked for."""
    chores: list[Callable[[float], None]] = []
    if options.faults is not None:
        faults = FaultsFile(options.faults, devices, lambda line: _say(err, line))
        faults.read(clock())
        chores.append(faults.look)
    if options.trace is not None:
        trace = stack.enter_context(closing(TraceFile(options.trace, devices)))
        chores.append(trace.write_due)
    return chores


def _stop_on_signal() -> asyncio.Event:
    """Set by SIGINT and SIGTERM. In another thread than the main one, Python allows no handler."""
    stop = asyncio.Event()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def _do_chores(
    chores: Sequence[Callable[[float], None]], clock: Callable[[], float], stop: asyncio.Event
) -> None:
    """Each second, and once more at the end: the trace has the last word of each device."""
    while True:
        for chore in chores:
            chore(clock())
        if stop.is_set():
            return
        try:
            await asyncio.wait_for(stop.wait(), TICK_S if chores else None)
        except TimeoutError:
            continue


def _started(options: Options, devices: Sequence[SimulatedDevice]) -> str:
    if options.json:
        return json.dumps({"speed": options.speed, "devices": [_named(d) for d in devices]})
    places = [f"{device.spec.ip_address}:{device.spec.port}" for device in devices]
    if len(places) > SHOWN_ADDRESSES:
        places = [places[0], "...", places[-1]]
    firmware = devices[0].firmware
    return (
        f"simulating {len(devices)} x {firmware.model} {firmware.version} ({firmware.name}), "
        f"physics x{options.speed:g}, on {' '.join(places)}"
    )


def _named(device: SimulatedDevice) -> dict[str, Any]:
    spec = device.spec
    return {
        "ip_address": spec.ip_address,
        "port": spec.port,
        "ble_mac": spec.ble_mac,
        "model": device.firmware.model,
        "profile": device.firmware.name,
    }


def _allow_files(needed: int) -> None:
    """A thousand devices hold more sockets than a shell usually allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise SettingWrong(f"{needed} open files are needed and {hard} allowed (ulimit -n)")
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _say(stream: TextIO, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m batteries.simulator`: needs no Django."""
    parser = argparse.ArgumentParser(prog="python -m batteries.simulator", description=DESCRIPTION)
    add_options(parser)
    return run(options_from(vars(parser.parse_args(arguments))), sys.stdout, sys.stderr)
