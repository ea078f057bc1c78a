"""Where everybody hears us: each network by its own address, never two questions in one round."""

from ipaddress import IPv4Interface

import pytest

from batteries.marstek.broadcasts import Broadcasts
from batteries.marstek.discovery import discover

from .scripted import World

HOME, CABIN = IPv4Interface("192.168.1.20/24"), IPv4Interface("10.0.4.2/22")
TUNNEL, PAIR = IPv4Interface("10.8.0.2/32"), IPv4Interface("10.9.0.2/31")


def of(bind_address: str = "0.0.0.0", *networks: IPv4Interface) -> Broadcasts:
    return Broadcasts(bind_address, lambda: networks)


def test_each_network_is_called_by_its_own_address() -> None:
    assert of("0.0.0.0", HOME, CABIN).everywhere() == ("192.168.1.255", "10.0.7.255")


def test_two_addresses_in_one_network_call_it_once() -> None:
    other = IPv4Interface("192.168.1.21/24")
    assert of("0.0.0.0", HOME, other).everywhere() == ("192.168.1.255",)


def test_an_address_of_its_own_calls_its_own_network_alone() -> None:
    assert of("10.0.4.2", HOME, CABIN).everywhere() == ("10.0.7.255",)


@pytest.mark.parametrize("networks", [(), (TUNNEL,), (PAIR,)])
def test_without_a_network_to_call_there_is_the_limited_address(
    networks: tuple[IPv4Interface, ...],
) -> None:
    assert of("0.0.0.0", *networks).everywhere() == ("255.255.255.255",)


def test_a_device_is_reached_through_the_network_that_holds_it() -> None:
    both = of("0.0.0.0", HOME, CABIN)
    assert both.reaching("10.0.6.9") == "10.0.7.255"
    assert both.reaching("192.168.1.100") == "192.168.1.255"
    assert both.reaching("172.16.0.9") == "255.255.255.255"


def test_loopback_stays_on_loopback() -> None:
    here = of("127.0.0.1", HOME)
    assert here.everywhere() == here.for_round(1) == ("127.255.255.255",)
    assert here.reaching("127.0.0.11") == "127.255.255.255"


def test_a_search_calls_every_network_and_once_those_with_another_netmask() -> None:
    world = World(networks=lambda: (HOME, CABIN))
    world.run(discover(world.gateway, [30000]))
    assert [to[0] for _, _, to in world.network.sent] == [
        *("192.168.1.255", "10.0.7.255"),
        "255.255.255.255",
        *("192.168.1.255", "10.0.7.255"),
    ]
    world.close()


def test_a_network_that_comes_up_later_is_called_from_then_on() -> None:
    networks = [HOME]
    world = World(networks=lambda: tuple(networks))
    world.run(discover(world.gateway, [30000], repeats=1))
    networks.append(CABIN)
    world.run(discover(world.gateway, [30000], repeats=1))
    assert [to[0] for _, _, to in world.network.sent][1:] == ["192.168.1.255", "10.0.7.255"]
    world.close()
