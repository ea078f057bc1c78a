"""Give one battery an order: a mode, or a power for some minutes.

Where a devices worker owns the sockets the order goes to it; else this command sends it itself,
after 5 s of silence.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from batteries.devices import clock, open_gateway
from batteries.models import Battery
from batteries.owner import OwnerLock
from batteries.poller import Poller
from batteries.writing import Writer
from notifications.console import SpokenCommand
from scheduling.desk import Desk
from scheduling.ends import moment_of
from scheduling.management.words import named
from scheduling.models import Order, OrderState, Origin
from scheduling.orders import place_order
from scheduling.overriding import red_warning
from scheduling.presentation import order_sentence
from scheduling.refusals import OrderRefused
from scheduling.targets import LEASED, LEAST_W, LONGEST_MINUTES, MINUTES, Target, TargetMode
from tempo.days import PARIS

WAIT_S = 310.0
LOOK_EVERY_S = 0.3
POWERED = (TargetMode.CHARGE, TargetMode.DISCHARGE)
NOBODY_RENEWS = "no devices worker runs: the power ends after 10 minutes at the latest"


class Command(SpokenCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="the battery")
        parser.add_argument("mode", choices=TargetMode.values, help="what it shall do")
        parser.add_argument("--power", type=int, metavar="W", help=f"magnitude, from {LEAST_W} W")
        parser.add_argument(
            "--minutes",
            type=int,
            help=f"{MINUTES} unless said, at most {LONGEST_MINUTES}",
        )
        parser.add_argument("--until", metavar="HH:MM", help="instead of --minutes; or an ISO time")
        parser.add_argument(
            "--soc", type=int, metavar="%", help="charge up to it; needs no --power"
        )
        parser.add_argument(
            "--wait",
            action="store_true",
            help="until it is known what came of it: at most 5 minutes",
        )

    def run(self, **options: Any) -> dict[str, Any]:
        with translation.override("en"):  # a command speaks one language, whatever the site's
            battery, target = named(options["name"]), _target(options, timezone.now())
            lock = OwnerLock()
            is_free = lock.try_acquire()
            try:
                warning = _warning(battery, target, timezone.now())
                order = _place(battery, target)
                if is_free:
                    carry_out_here(order, is_awaited=options["wait"])
                elif options["wait"]:
                    wait_for_verdict(order)
            finally:
                lock.release()
            return _document(order, is_alone=is_free) | {"warning": warning}

    def say(self, document: dict[str, Any]) -> None:
        self.stdout.write(f"{document['battery']}: {document['sentence']}")
        for words in (document["warning"], document["note"]):
            if words:
                self.stderr.write(words)


def _target(options: dict[str, Any], now: datetime) -> Target:
    mode, power_w, minutes = TargetMode(options["mode"]), options["power"], options["minutes"]
    soc = _soc(mode, options["soc"])
    if mode in POWERED and power_w is None and soc is None:
        raise CommandError(f"{mode.value} needs --power, such as --power 600")
    if mode not in POWERED and power_w is not None:
        raise CommandError(f"{mode.value} takes no --power")
    if mode not in LEASED and minutes is not None:
        raise CommandError(f"{mode.value} takes no --minutes: it lasts until the next order")
    if power_w is not None and power_w < 0:
        raise CommandError("--power has no sign: say charge or discharge")
    until = None if options["until"] is None else _until(options["until"], minutes, now)
    return Target.of(mode, power_w, minutes, until=until, until_soc=soc)


def _soc(mode: TargetMode, soc: int | None) -> int | None:
    if soc is not None and mode != TargetMode.CHARGE:
        raise CommandError(f"{mode.value} takes no --soc: only a charge has one to reach")
    if soc is not None and not 1 <= soc <= 100:
        raise CommandError("--soc is from 1 to 100")
    return soc


def _until(text: str, minutes: int | None, now: datetime) -> datetime:
    if minutes is not None:
        raise CommandError("--minutes or --until, not both")
    try:
        return moment_of(text, now)
    except (ValueError, OverflowError) as error:
        raise CommandError(f"{text!r} is no time: write --until 18:00") from error


def _warning(battery: Battery, target: Target, now: datetime) -> str:
    """What this order costs on a red day, and how to give it without; a command asks nothing."""
    warning = red_warning([battery], target, now)
    if warning is None:
        return ""
    if warning.resumes_at is None:
        return warning.sentence
    clock = warning.resumes_at.astimezone(PARIS)
    return f"{warning.sentence} To resume in time: --until {clock:%Y-%m-%dT%H:%M}"


def _place(battery: Battery, target: Target) -> Order:
    try:
        now = timezone.now()
        return place_order(battery, target, by=None, origin=Origin.COMMAND, now=now)
    except OrderRefused as refused:
        raise CommandError(str(refused)) from refused


def carry_out_here(order: Order, *, is_awaited: bool) -> None:
    """With sockets of our own; what else is due in the ledger is carried out, too."""
    gateway = open_gateway()
    poller = Poller(gateway, gateway.gateway, clock)
    desk = Desk(Writer(gateway, gateway.gateway), poller, clock)
    try:
        pause_s = desk.look()
        while is_awaited and not _has_verdict(order):
            time.sleep(pause_s)
            pause_s = desk.look()
    finally:
        gateway.stop()


def _has_verdict(order: Order) -> bool:
    order.refresh_from_db()
    return order.has_verdict


def wait_for_verdict(order: Order) -> None:
    deadline = time.monotonic() + WAIT_S
    while not _has_verdict(order):
        if time.monotonic() > deadline:
            raise CommandError(f"nothing came of it within {WAIT_S:.0f} s: see the devices' log")
        time.sleep(LOOK_EVERY_S)


def _document(order: Order, *, is_alone: bool) -> dict[str, Any]:
    order.refresh_from_db()
    if order.state in (OrderState.REFUSED, OrderState.NO_ANSWER):
        raise CommandError(f"{order.battery}: {order.get_state_display()}. {order.answer}".strip())
    return {
        "id": order.pk,
        "battery": order.battery.name,
        "mode": order.mode_type,
        "power_w": order.power_w,
        "until": order.until,
        "state": order.state,
        "answer": order.answer,
        "sentence": order_sentence(order, timezone.now()),
        "note": NOBODY_RENEWS if is_alone and order.is_leased else "",
        "attempts": list(
            order.attempts.values("sent_at", "outcome", "latency_ms", "request", "answer")
        ),
    }
