"""What a check-up finds about the batteries, and about the program that talks to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.checkup import Catalogue, Finding, each

from . import first_aid, wording
from .battery_checks import CHECKS, records
from .firewall import firewalls
from .jobs import DiscoveryJob, DiscoveryState
from .models import Battery
from .owner import is_owned
from .port_holders import holders_of, worker_pids
from .presentation import is_silent, is_waiting
from .selectors import dashboard_batteries, pollable_batteries, stale_after

CATALOGUE = Catalogue(
    {
        "battery.none": gettext_lazy("Batteries"),
        "devices.sweep": gettext_lazy("Questions to the batteries"),
        "devices.single": gettext_lazy("Second program on the batteries"),
        "ports.held": gettext_lazy("UDP port"),
        "firewall.passes": gettext_lazy("Firewall"),
    }
)


def findings(now: datetime) -> Iterator[Finding]:
    """Everything of this room."""
    return each((_single, _worker, _none, _sweep, _network, _held, _wall, _each_battery), now)


def _single(_now: datetime) -> Iterator[Finding]:
    """As far as /proc shows: a second one waits for the lock, and does no harm."""
    count = len(worker_pids())
    if count > 1:
        text = _("%(count)d of them run on this machine: the second one only waits its turn.")
        advice = _("Stop one of them: it takes memory, and serves only when the first one ends.")
        yield CATALOGUE.warning("devices.single", text % {"count": count}, advice)
    else:
        yield CATALOGUE.well("devices.single")


def _worker(now: datetime) -> Iterator[Finding]:
    yield first_aid.check_worker(now)


def _none(_now: datetime) -> Iterator[Finding]:
    if Battery.objects.active().exists():
        return
    yield CATALOGUE.unsure(
        "battery.none", _("There is none yet."), _("Open “Find batteries”, or enter one by hand.")
    )


def _sweep(now: datetime) -> Iterator[Finding]:
    """The owner's heartbeat: it asked somebody within twice the longest interval."""
    batteries = pollable_batteries()
    if not batteries or not is_owned():
        return
    polled = [battery.polled_at for battery in batteries if battery.polled_at]
    patience = 2 * max(stale_after(battery) for battery in batteries)
    if polled and now - max(polled) <= patience:
        text = _("Last poll: %(moment)s.") % {"moment": wording.moment(max(polled), now)}
        yield CATALOGUE.well("devices.sweep", text)
        return
    yield CATALOGUE.broken(
        "devices.sweep",
        _("The program runs, and has asked no battery for too long."),
        _("See whether the clock (beat) and the queue work; else restart the service."),
    )


def _last_search() -> DiscoveryJob | None:
    done = DiscoveryJob.objects.filter(state=DiscoveryState.DONE)
    return done.order_by("-pk").first()


def _network(now: datetime) -> Iterator[Finding]:
    """Only the addresses of silent batteries are in doubt; the others are reached."""
    silent = [one for one in dashboard_batteries() if is_silent(one, now) or is_waiting(one)]
    seen = first_aid.surroundings_of(_last_search(), [])
    yield first_aid.check_network([one.ip_address for one in silent], seen)
    if silent:
        yield first_aid.check_other_tools(seen)


def _held(_now: datetime) -> Iterator[Finding]:
    """The worker says which ports it could not have; while it is away, /proc says who has them."""
    batteries, owned = dashboard_batteries(), is_owned()
    doubtful = [one for one in batteries if not owned or one.fault == "port_unavailable"]
    ports = {one.udp_port for one in doubtful}
    holders = {holder.port: holder for holder in holders_of(ports)}
    missed = sorted(ports if owned else holders)
    for port in missed:
        yield _held_port(port, holders[port].words if port in holders else "")
    if batteries and not missed:
        yield CATALOGUE.well("ports.held")


def _held_port(port: int, program: str) -> Finding:
    text = _("UDP port %(port)s of this machine is taken by another program.") % {"port": port}
    if program:
        text = _("UDP port %(port)s of this machine is taken by %(program)s.") % {
            "port": port,
            "program": program,
        }
    advice = _("Stop the other program that talks to the batteries; we then go on by ourselves.")
    look = f"sudo ss -lunp 'sport = :{port}'"
    return CATALOGUE.broken("ports.held", text, advice, subject=str(port), look=look)


def _wall(now: datetime) -> Iterator[Finding]:
    """An answer is the best proof; without one, whether a firewall is there at all."""
    batteries = dashboard_batteries()
    silent = [one for one in batteries if is_silent(one, now) or is_waiting(one)]
    found = firewalls()
    if batteries and not silent:
        yield CATALOGUE.well("firewall.passes", _("Every battery answers."))
    elif not found:
        yield CATALOGUE.well("firewall.passes", _("No firewall was found on this machine."))
    else:
        ports = ", ".join(str(port) for port in sorted({one.udp_port for one in silent}))
        text = _("This machine has a firewall (%(name)s); its rules are root's to see.")
        advice = _("Let UDP from the batteries in: ports %(ports)s.") % {"ports": ports or "30000"}
        yield CATALOGUE.unsure(
            "firewall.passes", text % {"name": found[0].name}, advice, look=found[0].look
        )


def _each_battery(now: datetime) -> Iterator[Finding]:
    some = False
    for record in records(now):
        some = True
        yield from each([partial(check, record) for check in CHECKS], now)
    if some:
        yield first_aid.check_reservation()
