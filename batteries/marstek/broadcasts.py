"""Where to send what everybody on a network shall hear."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Interface

LIMITED_BROADCAST = "255.255.255.255"
LOOPBACK_BROADCAST = "127.255.255.255"
ANY_ADDRESS = IPv4Address(0)
POINT_TO_POINT = 31  # such a network has no address for everybody

Networks = Callable[[], Sequence[IPv4Interface]]


class Broadcasts:
    """The broadcast addresses of this machine, as its networks are at the moment of asking.

    Without known networks there is the limited one, which leaves by one interface alone.
    """

    def __init__(self, bind_address: str, networks: Networks = tuple) -> None:
        self._bind_address, self._networks = IPv4Address(bind_address), networks

    def everywhere(self) -> tuple[str, ...]:
        """One address for each network that we are bound to."""
        if self._bind_address.is_loopback:
            return (LOOPBACK_BROADCAST,)
        addresses = (str(one.network.broadcast_address) for one in self._own())
        return tuple(dict.fromkeys(addresses)) or (LIMITED_BROADCAST,)

    def for_round(self, number: int) -> tuple[str, ...]:
        """Those of one round of a search. Every second round goes to the limited address, for
        devices with another netmask than ours; so nobody hears two questions in one round."""
        is_limited = number % 2 == 1 and not self._bind_address.is_loopback
        return (LIMITED_BROADCAST,) if is_limited else self.everywhere()

    def reaching(self, ip: str) -> str:
        """The one that the device at `ip` hears."""
        if self._bind_address.is_loopback:
            return LOOPBACK_BROADCAST
        own = [one.network for one in self._own() if IPv4Address(ip) in one.network]
        return str(own[0].broadcast_address) if own else LIMITED_BROADCAST

    def _own(self) -> list[IPv4Interface]:
        return [
            one
            for one in self._networks()
            if one.network.prefixlen < POINT_TO_POINT
            and self._bind_address in (ANY_ADDRESS, one.ip)
        ]
