"""Searches as rows: asked for by a person, run by whoever owns the sockets, read by pages.

The row carries the truth; the task is only a hint that there is work. One search runs at a time,
which the database sees to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from notifications.queue import start_task

from .jobs import DiscoveryJob, DiscoveryState
from .marstek.errors import MarstekError
from .marstek.fields import is_host_address
from .models import Battery
from .moved import heed
from .readings import fault_code
from .searching import Search
from .selectors import lost_batteries

log = logging.getLogger(__name__)
TASK = "batteries.discover_batteries"
STALE_AFTER = timedelta(minutes=2)
MOST_ADDRESSES = 16  # each is asked on every port
MOST_PORTS = 64
NOT_TAKEN, INTERRUPTED = "not_taken", "interrupted"
Searcher = Callable[[Sequence[int], Sequence[str]], Search]


class SearchRefused(ValueError):
    """A search that cannot be made; the text says why."""


def discovery_ports(given: Iterable[int] = ()) -> list[int]:
    """Where to search: the given ports, those of the setting, those of known batteries."""
    known = Battery.objects.active().values_list("udp_port", flat=True)
    ports = dict.fromkeys([*given, *settings.DISCOVERY_PORTS, *sorted(set(known))])
    return list(ports)[:MOST_PORTS]


def ask_for_search(
    by: User | None, now: datetime, *, ports: Sequence[int] = (), addresses: Sequence[str] = ()
) -> DiscoveryJob:
    """Write the wish down. Raises `SearchRefused` for what is no port or no host's address."""
    _refuse_nonsense(ports, addresses)
    return DiscoveryJob.objects.create(
        asked_by=by,
        asked_at=now,
        ports=discovery_ports(ports),
        addresses=list(dict.fromkeys(addresses)),
    )


def start_discovery(
    by: User | None, now: datetime, *, ports: Sequence[int] = (), addresses: Sequence[str] = ()
) -> DiscoveryJob:
    """Have the devices worker search. Who asks for what is already asked gets that search."""
    _refuse_nonsense(ports, addresses)
    fail_stale(now)
    with transaction.atomic():
        job = _same_search(ports, addresses)
        job = job or ask_for_search(by, now, ports=ports, addresses=addresses)
        start_task(TASK)
    return job


def _same_search(ports: Sequence[int], addresses: Sequence[str]) -> DiscoveryJob | None:
    return DiscoveryJob.objects.filter(
        state__in=(DiscoveryState.QUEUED, DiscoveryState.RUNNING),
        ports=discovery_ports(ports),
        addresses=list(dict.fromkeys(addresses)),
    ).first()


def run_waiting(search: Searcher, clock: Callable[[], datetime]) -> int:
    """Run every search that waits, the oldest first; how many. Where another thread is at it,
    that one takes them all."""
    count = 0
    fail_stale(clock())
    while job := DiscoveryJob.objects.filter(state=DiscoveryState.QUEUED).order_by("pk").first():
        if not run_search(job, search, clock):
            break
        count += 1
    return count


def run_search(job: DiscoveryJob, search: Searcher, clock: Callable[[], datetime]) -> bool:
    """Run one search and keep its outcome; False where it is not ours to run."""
    if not _claim(job, clock()):
        return False
    try:
        found = search(job.ports, job.addresses)
    except MarstekError as error:
        log.warning("the search for batteries failed: %s", error)
        _finish(job, clock(), DiscoveryState.FAILED, error=fault_code(error), detail=str(error))
        return True
    for battery in lost_batteries():
        heed(battery, found.found)
    _finish(job, clock(), DiscoveryState.DONE, search=found)
    return True


def fail_stale(now: datetime) -> int:
    """End searches that nobody took, or whose process died; how many."""
    waited = DiscoveryJob.objects.filter(
        state=DiscoveryState.QUEUED, asked_at__lt=now - STALE_AFTER
    )
    died = DiscoveryJob.objects.filter(
        state=DiscoveryState.RUNNING, started_at__lt=now - STALE_AFTER
    )
    ended: dict[str, Any] = {"state": DiscoveryState.FAILED, "finished_at": now}
    return waited.update(error=NOT_TAKEN, **ended) + died.update(error=INTERRUPTED, **ended)


def fail_interrupted(now: datetime) -> int:
    """End searches that still count as running. Only for a new owner of the sockets: whoever ran
    them is gone."""
    running = DiscoveryJob.objects.filter(state=DiscoveryState.RUNNING)
    return running.update(state=DiscoveryState.FAILED, finished_at=now, error=INTERRUPTED)


def job_at(pk: int, now: datetime) -> DiscoveryJob | None:
    """One search as it stands at `now`."""
    fail_stale(now)
    return DiscoveryJob.objects.filter(pk=pk).first()


def remind(now: datetime) -> None:
    """Ask again for searches whose hint was lost with the queue."""
    fail_stale(now)
    if DiscoveryJob.objects.filter(state=DiscoveryState.QUEUED).exists():
        start_task(TASK)


def _claim(job: DiscoveryJob, now: datetime) -> bool:
    """Of several who want to run it one may, and none while another search runs."""
    waiting = DiscoveryJob.objects.filter(pk=job.pk, state=DiscoveryState.QUEUED)
    try:
        with transaction.atomic():
            return waiting.update(state=DiscoveryState.RUNNING, started_at=now) == 1
    except IntegrityError:
        return False


def _finish(
    job: DiscoveryJob,
    now: datetime,
    state: DiscoveryState,
    *,
    search: Search | None = None,
    error: str = "",
    detail: str = "",
) -> None:
    """Keep the outcome, unless the search was given up meanwhile."""
    kept: dict[str, Any] = {"error": error, "error_detail": detail[:300]}
    if search is not None:
        results = [sighting.as_json() for sighting in search.sightings]
        kept |= {"results": results, "surroundings": asdict(search.surroundings())}
    running = DiscoveryJob.objects.filter(pk=job.pk, state=DiscoveryState.RUNNING)
    running.update(state=state, finished_at=now, **kept)
    job.refresh_from_db()


def _refuse_nonsense(ports: Sequence[int], addresses: Sequence[str]) -> None:
    for port in ports:
        if not 1 <= port <= 65_535:
            raise SearchRefused(f"{port} is no port: ports go from 1 to 65535.")
    for address in addresses:
        if not is_host_address(address):
            raise SearchRefused(f"{address} is not the IPv4 address of one device.")
    if len(ports) > MOST_PORTS or len(addresses) > MOST_ADDRESSES:
        raise SearchRefused(f"At most {MOST_PORTS} ports and {MOST_ADDRESSES} addresses at once.")
