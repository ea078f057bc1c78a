"""From an order's row to its first datagram, with polls going on beside.

Real processes and real UDP: the devices worker, the queue, PostgreSQL. The batteries live in this
process, so both moments are of one clock. What the rules of the gateway impose (one exchange at a
time, then the quiet gap) is worked out from what each battery heard, and told apart.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from batteries.models import Battery
from batteries.profile import battery_profile
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.testing import ThreadedServer, running
from batteries.simulator.trace import Request
from scheduling.models import Origin
from scheduling.orders import cancel_order, place_order
from scheduling.targets import Target, TargetMode

from . import proofs
from .polling import PERIOD_S, start_devices_worker, stop

BATTERIES, ORDERS = 3, 60
PAUSE_S = (1.0, 6.0)  # between two orders, each for another battery
FIRST_W = 200
LATENCY_S = (0.06, 0.15)
GOAL_S = 0.3


class Sent(NamedTuple):
    """One order: until its datagram came, and how much of that the rules imposed [s]."""

    waited_s: float
    imposed_s: float

    @property
    def own_s(self) -> float:
        """What is our own: the queue, the claim, the attempt's row."""
        return max(0.0, self.waited_s - self.imposed_s)


def place(battery: Battery, power_w: int, clock: Callable[[], float]) -> float:
    """Order a charge; the moment at which its row was committed."""
    committed: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(clock()))  # before the queue hears of it
        target = Target.of(TargetMode.CHARGE, power_w, 30)
        place_order(battery, target, by=None, origin=Origin.COMMAND, now=timezone.now())
    return committed[0]


def run() -> dict[str, Any]:
    """The figures of some dozens of orders."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE batteries_battery RESTART IDENTITY CASCADE")
    specs = [DeviceSpec(latency_s=LATENCY_S) for _number in range(BATTERIES)]
    with running(specs) as server:
        for number, device in enumerate(server.devices):
            ip_address, udp_port = server.address(device)
            Battery.objects.create(name=f"B{number}", ip_address=ip_address, udp_port=udp_port)
        worker = start_devices_worker()
        try:
            _wait_until_known()
            document = _document(_order_all(server))
            document["proof"] = proofs.queued_to_proved()
            cancel_all()
            document["schedule_edge_to_datagram"] = _edge_document(server)
            return document
        finally:
            stop(worker)


def cancel_all() -> None:
    """No person wants anything any more."""
    for battery in Battery.objects.order_by("id"):
        cancel_order(battery, by=None, now=timezone.now())


def _edge_document(server: ThreadedServer) -> dict[str, Any]:
    sent = [
        server.do(lambda: _sent(server.devices[which], power_w, at, gap_s))  # noqa: B023
        for which, power_w, at, gap_s in proofs.edges()
    ]
    went = [one for one in sent if one is not None]
    return {
        "datagrams": len(sent),
        "never_sent": len(sent) - len(went),
        "edge_to_datagram": _percentiles_s([one.waited_s for one in went]),
        "beyond_what_exchange_and_gap_impose": _percentiles_s([one.own_s for one in went]),
    }


def _wait_until_known() -> None:
    """Until the first sweep has told the models, and with them the gaps."""
    deadline = time.monotonic() + 120
    while Battery.objects.filter(model="").exists():
        if time.monotonic() > deadline:
            raise SystemExit("bench: the batteries were not polled")
        time.sleep(1)
    time.sleep(15)  # the rare reads of the last one


def _order_all(server: ThreadedServer) -> list[Sent | None]:
    """One order after the other, in turn for each battery; a sweep each minute as beat asks it."""
    pauses, sweep_at = random.Random(0), time.monotonic()
    batteries = list(Battery.objects.order_by("id"))
    placed: list[tuple[int, int, float]] = []
    for number in range(ORDERS):
        if time.monotonic() >= sweep_at:
            current_app.send_task("scheduling.tend_batteries")
            sweep_at += PERIOD_S
        which, power_w = number % BATTERIES, FIRST_W + number
        placed.append((which, power_w, place(batteries[which], power_w, server.clock)))
        time.sleep(pauses.uniform(*PAUSE_S))
    time.sleep(10)  # the last one's datagram, whatever it waits for
    gaps_s = [battery_profile(battery).quiet_gap_s for battery in Battery.objects.order_by("id")]
    return [
        server.do(lambda: _sent(server.devices[which], power_w, at, gaps_s[which]))  # noqa: B023
        for which, power_w, at in placed
    ]


def _sent(device: SimulatedDevice, power_w: int, queued_at: float, gap_s: float) -> Sent | None:
    """What became of an order by what its battery heard; None where no datagram came."""
    before: Request | None = None
    for heard in device.trace.requests:
        if heard.at >= queued_at and _charges_at(heard) == power_w:
            free_at = queued_at if before is None else _over_at(before) + gap_s
            return Sent(heard.at - queued_at, max(0.0, free_at - queued_at))
        before = heard
    return None


def _charges_at(heard: Request) -> int | None:
    """The power that a datagram orders [W, > 0 charges]; None where it orders none."""
    if heard.method != "ES.SetMode":
        return None
    config = json.loads(heard.payload)["params"]["config"]
    power: int | None = config.get("passive_cfg", {}).get("power")
    return None if power is None else -power


def _over_at(heard: Request) -> float:
    """When an exchange was over: with its answer, else with its time-out of 2.5 s."""
    return heard.at + (heard.answers[0][0] if heard.answers else 2.5)


def _document(sent: Sequence[Sent | None]) -> dict[str, Any]:
    went = [one for one in sent if one is not None]
    at_once = [one.waited_s for one in went if not one.imposed_s]
    own = [one.own_s for one in went]
    slowest = max(range(len(sent)), key=lambda number: ((one := sent[number]) and one.own_s) or 0.0)
    return {
        "orders": len(sent),
        "never_sent": len(sent) - len(went),
        "row_to_datagram": _percentiles_s([one.waited_s for one in went]),
        "waited_for_exchange_or_gap_percent": round(100 * (1 - len(at_once) / len(went)), 1),
        "row_to_datagram_where_nothing_was_in_the_way": _percentiles_s(at_once),
        "beyond_what_exchange_and_gap_impose": _percentiles_s(own),
        "slowest_of_these_was_order_number": slowest,  # 0: the first of all, everything cold
        f"within_{GOAL_S}_s_beyond_that_percent": round(
            100 * sum(one <= GOAL_S for one in own) / len(own), 1
        ),
    }


def _percentiles_s(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50_s": round(statistics.median(ordered), 3),
        "p99_s": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 3),
        "max_s": round(ordered[-1], 3),
    }
