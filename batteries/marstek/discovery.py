"""Who is there: a broadcast on each port, then single questions to addresses that stayed silent.

Answers are unauthenticated: what is found is an offer for a person to check, never an order.
"""

import asyncio
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Address

from .broadcasts import LIMITED_BROADCAST
from .errors import AnswerMalformed, DatagramMalformed, NotSent
from .gateway import Gateway
from .ports import Port
from .profiles import Profile, profile_for
from .sockets import Address
from .values import Device
from .wire import DISCOVERY_ID, Request, decode, encode, named_by_source, parse

WINDOW_S = 2.5  # most devices answer within 0.4 s, after a reconnect within 1.4 s
REPEATS = 3
FOUND_LIMIT = 1024  # a port; whoever floods us with answers gets no further
QUESTION = Request.read("Marstek.GetDevice")
PAYLOAD = encode(QUESTION, DISCOVERY_ID)
CAREFUL = profile_for(None, None)


class Answered(StrEnum):
    """Which question a device answered."""

    BROADCAST = "broadcast"
    UNICAST = "unicast"


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device that answered. `ip` is where its datagram came from.

    `conflicts_with` names other addresses that claim the same MAC, or other MACs at this address:
    empty where all is well.
    """

    device: Device
    ip: str
    port: int
    profile: Profile
    answered: Answered
    conflicts_with: tuple[str, ...] = ()


async def discover(
    gateway: Gateway,
    ports: Iterable[int],
    addresses: Sequence[str] = (),
    *,
    broadcasts: Sequence[str] | None = None,
    window_s: float = WINDOW_S,
    repeats: int = REPEATS,
    begin_within_s: float = math.inf,
) -> list[FoundDevice]:
    """All devices that answer on these ports, by address.

    `addresses` are asked one by one where they kept silent; `broadcasts` defaults to those of the
    gateway's networks. Each port is held for a few seconds a round; orders go between rounds, and
    where much goes between them no round begins later than `begin_within_s`, the first aside.
    Raises `PortUnavailable` before anything is sent, and `NotSent` where the operating system took
    no datagram at all.
    """
    opened = {number: await gateway.port(number) for number in sorted(set(ports))}
    searches = [_Search(gateway, port, number) for number, port in opened.items()]
    until = asyncio.get_running_loop().time() + begin_within_s
    rounds = [search.run(broadcasts, addresses, window_s, repeats, until) for search in searches]
    await asyncio.gather(*rounds)
    return _with_conflicts([one for search in searches for one in search.found.values()])


@dataclass(slots=True)
class _Search:
    """Discovery on one port."""

    gateway: Gateway
    port: Port
    number: int
    found: dict[tuple[str, str | None], FoundDevice] = field(default_factory=dict)
    asked: Answered = Answered.BROADCAST
    was_sent: bool = False
    cause: str = ""

    async def run(
        self,
        broadcasts: Sequence[str] | None,
        addresses: Sequence[str],
        window_s: float,
        repeats: int,
        until: float,
    ) -> None:
        for number in range(repeats):
            if number and asyncio.get_running_loop().time() > until:
                break
            everybody = self.gateway.broadcasts.for_round(number)
            await self._ask(
                Answered.BROADCAST, everybody if broadcasts is None else broadcasts, window_s
            )
            silent = [address for address in addresses if not self._has_answered(address)]
            await self._ask(Answered.UNICAST, silent, window_s)
        if not self.was_sent and self.cause:
            raise NotSent(LIMITED_BROADCAST, self.number, QUESTION.method, repeats, self.cause)

    async def _ask(self, asked: Answered, targets: Sequence[str], window_s: float) -> None:
        if not targets:
            return
        async with self.port.held(self._hear):
            self.asked = asked
            if asked is Answered.BROADCAST:
                self.port.note_broadcast(window_s)
            for target in targets:
                self._send(target)
            await self.port.pause(window_s)

    def _send(self, target: str) -> None:
        try:
            self.port.link.send(PAYLOAD, (target, self.number))
        except OSError as error:
            self.cause = error.strerror or str(error)
        else:
            self.was_sent = True
            self.gateway.stats.sent += 1

    def _hear(self, payload: bytes, source: Address) -> None:
        stats, ip = self.gateway.stats, source[0]
        try:
            reply = parse(payload)
            if reply.method is not None:
                stats.echoed += 1
                return
            if reply.id not in (DISCOVERY_ID, None):
                stats.unmatched += 1
                return
            value = decode(QUESTION.method, reply.result or {}, CAREFUL)
        except (DatagramMalformed, AnswerMalformed):
            stats.malformed += 1
            return
        device = named_by_source(value, reply)
        if isinstance(device, Device):
            stats.answered += 1
            self.port.note_answer(ip)
            self._keep(device, ip)

    def _keep(self, device: Device, ip: str) -> None:
        key = (ip, device.ble_mac)
        is_known = key in self.found or (device.ble_mac is None and self._has_answered(ip))
        if is_known or len(self.found) >= FOUND_LIMIT:
            return
        self.found.pop((ip, None), None)  # it left its MAC out the first time
        profile = profile_for(device.model, device.firmware)
        self.found[key] = FoundDevice(device, ip, self.number, profile, self.asked)

    def _has_answered(self, ip: str) -> bool:
        return any(found_ip == ip for found_ip, _ in self.found)


def _with_conflicts(found: list[FoundDevice]) -> list[FoundDevice]:
    found.sort(key=lambda one: (int(IPv4Address(one.ip)), one.port, one.device.ble_mac or ""))
    return [replace(one, conflicts_with=_conflicts(one, found)) for one in found]


def _conflicts(one: FoundDevice, found: list[FoundDevice]) -> tuple[str, ...]:
    others = []
    for other in found:
        is_same_place = (other.ip, other.port) == (one.ip, one.port)
        is_same_mac = other.device.ble_mac == one.device.ble_mac
        if is_same_place and not is_same_mac:
            others.append(other.device.ble_mac or other.ip)
        elif is_same_mac and not is_same_place and one.device.ble_mac:
            others.append(f"{other.ip}:{other.port}")
    return tuple(others)
