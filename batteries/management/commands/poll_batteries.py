"""Poll batteries once, now, and print what they said.

Where a devices worker owns the sockets the request goes through its queue; else this command
opens the sockets itself, after 5 s of silence.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from batteries.devices import clock, open_gateway
from batteries.models import Battery
from batteries.owner import OwnerLock
from batteries.poller import Poller
from batteries.selectors import pollable_batteries
from notifications.console import SpokenCommand
from notifications.queue import start_task

WAIT_S = 60.0
LOOK_EVERY_S = 0.3
SHOWN = (
    *("soc", "bat_power", "ongrid_power", "pv_power", "grid_power", "bat_temp", "rssi_dbm"),
    *("model", "firmware", "last_seen_at", "soc_at", "status_at", "fault", "fault_detail"),
)


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("names", nargs="*", metavar="NAME", help="batteries; none means all")

    def run(self, **options: Any) -> list[dict[str, Any]]:
        wanted = _wanted(options["names"])
        asked_at = timezone.now()
        lock = OwnerLock()
        if lock.try_acquire():
            try:
                _poll_here(wanted)
            finally:
                lock.release()
        else:
            _poll_through_queue(wanted, asked_at)
        polled = Battery.objects.filter(pk__in=[battery.pk for battery in wanted])
        return [_document(battery, asked_at) for battery in polled]

    def say(self, document: list[dict[str, Any]]) -> None:
        for battery in document:
            self.stdout.write(f"{battery['name']}: {_sentence(battery)}")


def _wanted(names: list[str]) -> list[Battery]:
    batteries = pollable_batteries()
    unknown = sorted(set(names) - {battery.name for battery in batteries})
    if unknown:
        known = ", ".join(battery.name for battery in batteries) or "none"
        raise CommandError(f"no active battery is named {unknown[0]!r}; there are: {known}")
    if not batteries:
        raise CommandError("no battery is registered: add one in the admin, under Batteries")
    return [battery for battery in batteries if not names or battery.name in names]


def _poll_here(batteries: list[Battery]) -> None:
    gateway = open_gateway()
    try:
        Poller(gateway, gateway.gateway, clock).poll_now(batteries)
    finally:
        gateway.stop()


def _poll_through_queue(batteries: list[Battery], asked_at: datetime) -> None:
    ids = [battery.pk for battery in batteries]
    start_task("batteries.poll_batteries", ids)
    deadline = time.monotonic() + WAIT_S
    while Battery.objects.filter(pk__in=ids).exclude(polled_at__gte=asked_at).exists():
        if time.monotonic() > deadline:
            raise CommandError(
                f"the devices worker polled nothing within {WAIT_S:.0f} s: see its log"
            )
        time.sleep(LOOK_EVERY_S)


def _document(battery: Battery, asked_at: datetime) -> dict[str, Any]:
    def is_new(at: datetime | None) -> bool:
        return at is not None and at >= asked_at

    return {
        "name": battery.name,
        "answered": is_new(battery.last_seen_at),
        "state_told": is_new(battery.soc_at),  # else the figures are those of an earlier poll
        **{name: getattr(battery, name) for name in SHOWN},
        "mode": battery.get_mode_display() if battery.mode is not None else None,
    }


def _sentence(battery: dict[str, Any]) -> str:
    if not battery["answered"]:
        return f"no answer. {battery['fault_detail']}"
    if not battery["state_told"]:
        return f"it answers, but did not tell its state. {battery['fault_detail']}"
    power = battery["bat_power"]
    verb = "unknown power" if power is None else _direction(power)
    return f"{battery['soc']} %, {verb}, mode {battery['mode'] or 'unknown'}"


def _direction(power_w: int) -> str:
    if power_w == 0:
        return "stands still"
    return f"charges at {power_w} W" if power_w > 0 else f"discharges at {-power_w} W"
