"""Why nobody answered: everything between a battery and us, checked where it can be."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from . import wording
from .jobs import DiscoveryJob
from .models import Battery
from .owner import is_owned
from .searching import Surroundings


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `is_well` is None where only a person can see it."""

    title: str
    advice: str
    finding: str = ""
    is_well: bool | None = None


def first_aid(job: DiscoveryJob | None, now: datetime) -> list[Check]:
    """The list, in the order in which to go through it; what a search saw counts most."""
    ports: list[int] = sorted(job.ports if job else settings.DISCOVERY_PORTS)
    seen = Surroundings(**job.surroundings) if job and job.surroundings else _here(ports)
    return [
        _api(),
        _worker(now),
        _ports(ports),
        _network(job.addresses if job else [], seen),
        _other_tools(seen),
        _reservation(),
    ]


def _here(ports: list[int]) -> Surroundings:
    """What this process sees, while no search has told: right where it runs beside the worker."""
    causes = {} if is_owned() else {str(port): _closed(port) for port in ports}
    return Surroundings.of_this_process({port: cause for port, cause in causes.items() if cause})


def _closed(port: int) -> str:
    """Why this port cannot be had here; empty where it can."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        try:
            link.bind((settings.GATEWAY_BIND_ADDRESS, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _api() -> Check:
    return Check(
        _("The local API is on"),
        _(
            "In the Marstek app, open the battery, then its settings, and switch “Local API” on. "
            "It is off when new, and some firmware switches it off by itself."
        ),
    )


def _worker(now: datetime) -> Check:
    is_running = is_owned()
    polled_at = Battery.objects.active().aggregate(at=Max("polled_at"))["at"]
    finding = _("It runs.") if is_running else _("It does not run.")
    if polled_at is not None:
        finding += " " + _("Last poll: %(moment)s.") % {"moment": wording.moment(polled_at, now)}
    return Check(
        _("The program that talks to the batteries runs"),
        "" if is_running else _("Restart the service; its log says more."),
        finding,
        is_running,
    )


def _ports(ports: list[int]) -> Check:
    return Check(
        _("The battery's port is one of those that were searched"),
        _("The app shows the port beside “Local API”. If it is another one, enter it below."),
        _("Searched: %(ports)s.") % {"ports": ", ".join(str(port) for port in ports)},
    )


def _network(addresses: Sequence[str], seen: Surroundings) -> Check:
    finding, is_well = _network_finding(addresses, seen)
    return Check(
        _("The battery is in the same network as this machine"),
        _("No guest Wi-Fi, no second router in between: the app shows the battery's address."),
        finding,
        is_well,
    )


def _network_finding(addresses: Sequence[str], seen: Surroundings) -> tuple[str, bool | None]:
    if seen.is_boxed:
        return _(
            "The program runs in a container with a network of its own: nothing from there "
            "reaches a battery. Give it the host's network (network_mode: host)."
        ), False
    if IPv4Address(seen.bind_address).is_loopback:
        return _("Only this very machine is asked: GATEWAY_BIND_ADDRESS says so."), None
    networks = [IPv4Interface(text).network for text in seen.networks]
    words = {
        "networks": ", ".join(str(network) for network in networks),
        "outside": _outside(addresses, networks),
    }
    if not networks:
        return _("This machine has no network."), False
    if words["outside"]:
        text = _("%(outside)s is in no network of this machine: %(networks)s.")
        return text % words, False
    return _("This machine is in %(networks)s.") % words, True


def _outside(addresses: Sequence[str], networks: Sequence[IPv4Network]) -> str:
    """The first given address that none of our networks holds."""
    given = [IPv4Address(text) for text in addresses]
    outside = [one for one in given if not any(one in network for network in networks)]
    return str(outside[0]) if outside else ""


def _other_tools(seen: Surroundings) -> Check:
    closed = ", ".join(sorted(seen.closed_ports))
    finding = _("No other program of this machine holds one of these ports.")
    if closed:
        finding = _("Another program of this machine holds: %(ports)s.") % {"ports": closed}
    return Check(
        _("No other tool uses the local API"),
        _(
            "A battery answers one asker at a time. Stop Home Assistant, scripts and apps that ask "
            "it over its local API, on other machines too."
        ),
        finding,
        not closed,
    )


def _reservation() -> Check:
    return Check(
        _("The battery keeps its address"),
        _(
            "In your router, reserve the battery's address (“DHCP reservation”): a new address "
            "after each restart is a common reason for silence."
        ),
    )
