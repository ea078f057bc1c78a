"""Searching the network for batteries: which ports were open, and what each answer claims.

Nothing is stored here, and nothing that a stranger sent leaves here unchecked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings

from .marstek.discovery import Answered, FoundDevice, discover
from .marstek.errors import PortUnavailable
from .marstek.front import Front
from .marstek.gateway import Gateway
from .marstek.profiles import Profile, profile_for
from .networks import is_boxed, lan_interfaces

WINDOW_S, REPEATS = 2.5, 3
BEGIN_WITHIN_S = 8.0  # so that who waits for the result has it within 15 s
MOST_SIGHTINGS = 256  # whoever floods us with claims gets no further
SEARCH_ENDS_S = 90.0  # three rounds of broadcast and single questions, each after its gaps


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one answer claims: a device at an address. `conflicts` names who claims the same."""

    ip: str
    port: int
    model: str = ""
    firmware: int | None = None
    ble_mac: str | None = None
    answered: str = Answered.BROADCAST.value
    conflicts: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Names this sighting among those of its search."""
        return f"{self.ip}:{self.port}:{self.ble_mac or ''}"

    @property
    def profile(self) -> Profile:
        """What is known of its model and firmware."""
        return profile_for(self.model or None, self.firmware)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"conflicts": list(self.conflicts)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Sighting:
        return cls(**values | {"conflicts": tuple(values["conflicts"])})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How the searching process stands in its network, for the page about an empty result.

    `closed_ports` gives the cause of each port that could not be had.
    """

    networks: tuple[str, ...]
    is_boxed: bool
    bind_address: str
    closed_ports: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_this_process(cls, closed_ports: dict[str, str]) -> Surroundings:
        networks = tuple(str(interface) for interface in lan_interfaces())
        return cls(networks, is_boxed(), settings.GATEWAY_BIND_ADDRESS, closed_ports)


@dataclass(frozen=True, slots=True)
class Search:
    """The outcome: who answered, and why some ports were not searched."""

    found: tuple[FoundDevice, ...]
    closed_ports: dict[int, str] = field(default_factory=dict)

    @property
    def sightings(self) -> list[Sighting]:
        return [_sighting(one) for one in self.found[:MOST_SIGHTINGS]]

    def surroundings(self) -> Surroundings:
        return Surroundings.of_this_process(
            {str(port): cause for port, cause in self.closed_ports.items()}
        )


def search(
    front: Front, gateway: Gateway, ports: Sequence[int], addresses: Sequence[str]
) -> Search:
    """Ask on every port that can be opened. Raises a `MarstekError`: `PortUnavailable` where none
    can, `NotSent` where the operating system took no datagram, `DeadlinePassed`."""
    return front.call(_search(gateway, ports, addresses), timeout_s=SEARCH_ENDS_S)


async def _search(gateway: Gateway, ports: Sequence[int], addresses: Sequence[str]) -> Search:
    """One port that another program holds shall not hide the batteries on the others."""
    closed: dict[int, PortUnavailable] = {}
    for number in ports:
        try:
            await gateway.port(number)
        except PortUnavailable as error:
            closed[number] = error
    wanted = [number for number in ports if number not in closed]
    if closed and not wanted:
        raise next(iter(closed.values()))
    found = await discover(
        gateway,
        wanted,
        addresses,
        window_s=WINDOW_S,
        repeats=REPEATS,
        begin_within_s=BEGIN_WITHIN_S,
    )
    return Search(tuple(found), {number: error.cause for number, error in closed.items()})


def _sighting(found: FoundDevice) -> Sighting:
    device = found.device
    return Sighting(
        ip=found.ip,
        port=found.port,
        model=device.model or "",
        firmware=device.firmware,
        ble_mac=device.ble_mac,
        answered=found.answered.value,
        conflicts=found.conflicts_with,
    )
