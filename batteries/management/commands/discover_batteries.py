"""Search the network for batteries, and register those that answer where --register is given.

Where a devices worker owns the sockets the search goes through its queue; else this command opens
the sockets itself, after 5 s of silence. Only an uncontested answer is registered, and only on
that word.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from batteries import wording
from batteries.devices import clock, open_gateway
from batteries.discovery import (
    SearchRefused,
    ask_for_search,
    fail_interrupted,
    fail_stale,
    job_at,
    run_search,
    start_discovery,
)
from batteries.found import failure
from batteries.jobs import DiscoveryJob, DiscoveryState
from batteries.owner import OwnerLock
from batteries.poller import Poller
from batteries.registering import (
    Offer,
    RegistrationRefused,
    free_names,
    offers_of,
    register_found,
)
from notifications.console import SpokenCommand

WAIT_S = 130.0  # a search that nobody takes is given up after two minutes
LOOK_EVERY_S = 0.3


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--port", type=int, nargs="+", default=[], help="further UDP ports")
        parser.add_argument("--address", nargs="+", default=[], help="ask these one by one, too")
        parser.add_argument("--register", action="store_true", help="add what is found")

    def run(self, **options: Any) -> dict[str, Any]:
        with translation.override("en"):
            job = _search(options["port"], options["address"])
            if job.state != DiscoveryState.DONE:
                raise CommandError(failure(job))
            return _document(job, register=options["register"])

    def say(self, document: dict[str, Any]) -> None:
        for port, cause in document["closed_ports"].items():
            self.stderr.write(f"UDP port {port} was not searched: {cause}")
        for found in document["found"]:
            self.stdout.write(_sentence(found))
        if not document["found"]:
            self.stdout.write(
                "No battery answered. Is the local API on in the Marstek app, and are battery and "
                "machine in the same network? The page /batteries/discover/ checks more."
            )


def _search(ports: list[int], addresses: list[str]) -> DiscoveryJob:
    lock, now = OwnerLock(), timezone.now()
    fail_stale(now)  # a database that is away is said here, in one line
    try:
        if not lock.try_acquire():
            return _wait_for(start_discovery(None, now, ports=ports, addresses=addresses))
        job = ask_for_search(None, now, ports=ports, addresses=addresses)
        fail_interrupted(now)
        _search_here(job)
        return job
    except SearchRefused as error:
        raise CommandError(str(error)) from error
    finally:
        lock.release()


def _search_here(job: DiscoveryJob) -> None:
    gateway = open_gateway()
    try:
        run_search(job, Poller(gateway, gateway.gateway, clock).find_devices, clock)
    finally:
        gateway.stop()


def _wait_for(job: DiscoveryJob) -> DiscoveryJob:
    deadline = time.monotonic() + WAIT_S
    while not job.is_over:
        if time.monotonic() > deadline:
            raise CommandError(f"the search did not end within {WAIT_S:.0f} s: see the log")
        time.sleep(LOOK_EVERY_S)
        job = job_at(job.pk, timezone.now()) or job
    return job


def _document(job: DiscoveryJob, *, register: bool) -> dict[str, Any]:
    return {
        "job": job.pk,
        "ports": job.ports,
        "closed_ports": job.surroundings["closed_ports"],
        "found": [_found(job, offer, register=register) for offer in offers_of(job)],
    }


def _found(job: DiscoveryJob, offer: Offer, *, register: bool) -> dict[str, Any]:
    known = offer.battery.name if offer.battery else None
    found = offer.sighting.as_json() | {"standing": offer.standing.value, "battery": known}
    if not register or offer.standing == "known":
        return found
    try:
        done = register_found(job, offer.sighting.key, next(free_names()))
    except RegistrationRefused as error:
        return found | {"refused": str(error)}
    return found | {"registered": done.battery.name}


def _sentence(found: dict[str, Any]) -> str:
    model = found["model"] or "a device"
    version = wording.firmware(found["firmware"]) or "unknown"
    where = f"{found['ip']}:{found['port']}: {model}, firmware {version}, {found['ble_mac']}"
    if "registered" in found:
        return f"{where}: registered as {found['registered']}"
    if "refused" in found:
        return f"{where}: not registered. {found['refused']}"
    return f"{where}: {found['standing']}" + (f" ({found['battery']})" if found["battery"] else "")
