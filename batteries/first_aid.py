"""Why nobody answered: everything between a battery and us, checked where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.checkup import Catalogue, Finding

from . import wording
from .jobs import DiscoveryJob
from .models import Battery
from .owner import is_owned
from .port_holders import holders_of
from .searching import Surroundings

CATALOGUE = Catalogue(
    {
        "battery.api": gettext_lazy("The local API is on"),
        "devices.running": gettext_lazy("The program that talks to the batteries"),
        "ports.searched": gettext_lazy("The battery's port is one of those that were searched"),
        "network.same": gettext_lazy("The network of the batteries"),
        "ports.free": gettext_lazy("Other tools that use the local API"),
        "address.reserved": gettext_lazy("The battery's address"),
    }
)


def first_aid(job: DiscoveryJob | None, now: datetime) -> list[Finding]:
    """The list, in the order in which to go through it; what a search saw counts most."""
    ports: list[int] = sorted(job.ports if job else settings.DISCOVERY_PORTS)
    seen = surroundings_of(job, ports)
    return [
        _api(),
        check_worker(now),
        _ports(ports),
        check_network(job.addresses if job else [], seen),
        check_other_tools(seen),
        check_reservation(),
    ]


def surroundings_of(job: DiscoveryJob | None, ports: Sequence[int]) -> Surroundings:
    """What the searching process saw; while none has, what this one sees beside it."""
    if job and job.surroundings:
        return Surroundings(**job.surroundings)
    holders = [] if is_owned() else holders_of(ports)
    return Surroundings.of_this_process({str(one.port): one.words for one in holders})


def _api() -> Finding:
    return CATALOGUE.unsure(
        "battery.api",
        "",
        _(
            "In the Marstek app, open the battery, then its settings, and switch “Local API” on. "
            "It is off when new, and some firmware switches it off by itself."
        ),
    )


def check_worker(now: datetime) -> Finding:
    """Whether some process owns the batteries, and when it asked last."""
    polled_at = Battery.objects.active().aggregate(at=Max("polled_at"))["at"]
    last = ""
    if polled_at is not None:
        last = " " + _("Last poll: %(moment)s.") % {"moment": wording.moment(polled_at, now)}
    if is_owned():
        return CATALOGUE.well("devices.running", _("It runs.") + last)
    return CATALOGUE.broken(
        "devices.running",
        _("It does not run.") + last,
        _("Restart the service; its log says more."),
    )


def _ports(ports: list[int]) -> Finding:
    return CATALOGUE.unsure(
        "ports.searched",
        _("Searched: %(ports)s.") % {"ports": ", ".join(str(port) for port in ports)},
        _("The app shows the port beside “Local API”. If it is another one, enter it below."),
    )


def check_network(addresses: Sequence[str], seen: Surroundings) -> Finding:
    """Whether these addresses are in a network of the process that asks them."""
    advice = _("No guest Wi-Fi, no second router in between: the app shows the battery's address.")
    networks = [IPv4Interface(text).network for text in seen.networks]
    words = {
        "networks": ", ".join(str(network) for network in networks),
        "outside": _outside(addresses, networks),
    }
    if not seen.is_boxed and IPv4Address(seen.bind_address).is_loopback:
        text = _("Only this very machine is asked: GATEWAY_BIND_ADDRESS says so.")
        return CATALOGUE.unsure("network.same", text, advice)
    if seen.is_boxed or not networks or words["outside"]:
        return CATALOGUE.broken("network.same", _trouble(seen) % words, advice)
    text = _("This machine is in %(networks)s.") % words
    return CATALOGUE.well("network.same", text, advice=advice)


def _trouble(seen: Surroundings) -> str:
    if seen.is_boxed:
        return _(
            "The program runs in a container with a network of its own: nothing from there "
            "reaches a battery. Give it the host's network (network_mode: host)."
        )
    if not seen.networks:
        return _("This machine has no network.")
    return _("%(outside)s is in no network of this machine: %(networks)s.")


def _outside(addresses: Sequence[str], networks: Sequence[IPv4Network]) -> str:
    """The first given address that none of our networks holds."""
    given = [IPv4Address(text) for text in addresses]
    outside = [one for one in given if not any(one in network for network in networks)]
    return str(outside[0]) if outside else ""


def check_other_tools(seen: Surroundings) -> Finding:
    """Whether another program of this machine holds a port that we need."""
    advice = _(
        "A battery answers one asker at a time. Stop Home Assistant, scripts and apps that ask "
        "it over its local API, on other machines too."
    )
    if not seen.closed_ports:
        text = _("No other program of this machine holds one of these ports.")
        return CATALOGUE.well("ports.free", text, advice=advice)
    names = {one.port: f" ({one.program})" for one in holders_of(map(int, seen.closed_ports))}
    closed = [f"{port}{names.get(int(port), '')}" for port in sorted(seen.closed_ports)]
    text = _("Another program of this machine holds: %(ports)s.") % {"ports": ", ".join(closed)}
    return CATALOGUE.broken("ports.free", text, advice)


def check_reservation() -> Finding:
    """Only the router knows."""
    return CATALOGUE.unsure(
        "address.reserved",
        "",
        _(
            "In your router, reserve the battery's address (“DHCP reservation”): a new address "
            "after each restart is a common reason for silence."
        ),
    )
