"""The poller: sends a sweep through the gateway and keeps each answer as it comes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import Error as DatabaseError
from django.db import connection

from . import searching, services
from .marstek.errors import MarstekError
from .marstek.front import Front
from .marstek.gateway import Answer, Gateway
from .models import Battery
from .moved import Search
from .owner import first_line
from .polling import Exchange, PollPlan, PollStep, stagger, sweep
from .readings import Reading
from .visit import Visit
from .watch import Watch

log = logging.getLogger(__name__)
POLL_ENDS_S = 60.0  # a poll in which everything is asked and nothing answered


class Poller:
    """Polls batteries through one gateway; one per process that owns the sockets.

    Thread-safe: a battery is in one poll at a time.
    """

    def __init__(self, front: Front, gateway: Gateway, clock: Callable[[], datetime]) -> None:
        self._front, self._gateway, self.clock = front, gateway, clock
        self._watches: dict[int, Watch] = {}
        self._busy: set[int] = set()
        self._freed = threading.Condition()
        self._search = Search()

    def sweep(self, batteries: Sequence[Battery]) -> int:
        """Read each battery once, staggered; those already in a poll are left to it.

        Returns how many were polled. Answers are stored one by one as they come. A gateway that
        is closed meanwhile ends the sweep; a database that is away costs one step each.
        """
        visits, _busy = self._claim(batteries)
        polled = self._poll(visits)
        try:
            self._search.follow_moved(self._front, self._gateway, self.clock())
        except (DatabaseError, MarstekError) as error:
            log.warning("batteries that moved were not looked for: %s", first_line(error))
        return polled

    def poll_now(self, batteries: Sequence[Battery]) -> int:
        """Read each battery once from now on: one that is in a poll gets another one after it."""
        waiting, polled = list(batteries), 0
        while waiting:
            visits, waiting = self._claim(waiting)
            polled += self._poll(visits)
            if waiting and not self._wait_for_any(waiting):
                break
        return polled

    def find_devices(self, ports: Sequence[int], addresses: Sequence[str]) -> searching.Search:
        """Who answers on these ports. Raises a `MarstekError`; orders go between its rounds."""
        return searching.search(self._front, self._gateway, ports, addresses)

    def keep(self, battery: Battery, exchange: Exchange) -> None:
        """Keep a state that was read beside the polls, doubtful values held back as theirs are;
        the next poll comes when it would. Raises `DatabaseError`."""
        visit = self._visit(battery, self.clock())
        reading = Reading()
        if visit is not None and isinstance(exchange.result, Answer):
            reading = visit.reading(PollStep(battery.pk, (exchange,)))
            reading.state.pop("polled_at", None)
        services.record_step(battery.pk, reading, (exchange,))

    def _poll(self, visits: dict[int, Visit]) -> int:
        try:
            for step in self._front.stream(sweep(self._gateway, self._plans(visits))):
                if step.exchanges:
                    self._keep(visits[step.battery_id], step)
                else:
                    self._release([step.battery_id])
        except MarstekError as error:
            log.warning("the sweep ended early: %s", first_line(error))
        finally:
            self._release(visits)
        return len(visits)

    def _claim(self, batteries: Iterable[Battery]) -> tuple[dict[int, Visit], list[Battery]]:
        """Those that may be polled now, and those that are in a poll."""
        now = self.clock()
        visits: dict[int, Visit] = {}
        busy = []
        with self._freed:
            for battery in batteries:
                if battery.pk in self._busy:
                    busy.append(battery)
                elif visit := self._visit(battery, now):
                    visits[battery.pk] = visit
            self._busy.update(visits)
        return visits, busy

    def _visit(self, battery: Battery, now: datetime) -> Visit | None:
        try:
            return Visit(battery, self._watch(battery), now)
        except Exception:  # a broken row must cost its own battery alone, and be seen
            log.exception("%s cannot be polled", battery.name)
            return None

    def _release(self, ids: Iterable[int]) -> None:
        with self._freed:
            self._busy.difference_update(ids)
            self._freed.notify_all()

    def _wait_for_any(self, waiting: Iterable[Battery]) -> bool:
        ids = {battery.pk for battery in waiting}
        with self._freed:
            return self._freed.wait_for(lambda: not self._busy.issuperset(ids), timeout=POLL_ENDS_S)

    def _watch(self, battery: Battery) -> Watch:
        if battery.pk not in self._watches:
            self._watches[battery.pk] = Watch.of(battery)
        return self._watches[battery.pk]

    def _plans(self, visits: dict[int, Visit]) -> list[PollPlan]:
        starts_s = stagger(len(visits))
        return [
            replace(visit.plan, start_after_s=start_s)
            for visit, start_s in zip(visits.values(), starts_s, strict=True)
        ]

    def _keep(self, visit: Visit, step: PollStep) -> None:
        """Store one step; a database that is away costs this step and nothing else."""
        try:
            services.record_step(visit.battery.pk, visit.reading(step), step.exchanges)
        except DatabaseError as error:
            log.warning("not stored, %s: %s", visit.battery.name, first_line(error))
            connection.close_if_unusable_or_obsolete()
        except Exception:  # a bug must cost this step alone, and be seen
            log.exception("not stored, %s", visit.battery.name)
