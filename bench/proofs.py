"""Through the real devices worker over UDP: from an order to its proof, and from the edge of a
schedule to the datagrams."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from batteries.models import Battery
from batteries.profile import battery_profile
from scheduling.intentions import ScheduleConfig
from scheduling.models import Order, Origin
from scheduling.orders import place_order
from scheduling.targets import Target, TargetMode
from tempo.days import PARIS, Colour, tempo_day
from tests.scheduling.red_days import is_told
from tests.scheduling.schedules import automatic

from .figures import spread

POWER_ROUNDS, MODE_ROUNDS, EDGES = 6, 2, 15
EDGE_EVERY_S, EDGE_AHEAD_S = 12.0, 7.0
PROOF_PATIENCE_S = 90.0


def queued_to_proved() -> dict[str, Any]:
    """Three batteries ordered at once; until the last one is proved."""
    rounds: list[tuple[TargetMode, int | None]] = [
        (TargetMode.CHARGE, 300 + 250 * number) for number in range(POWER_ROUNDS)
    ]
    rounds += [(TargetMode.HOLD, None), (TargetMode.AUTO, None)] * MODE_ROUNDS
    took_s: dict[str, list[float]] = {}
    never = 0
    for mode, power_w in rounds:
        seconds = _all_proved_s(mode, power_w)
        if seconds is None:
            never += 1
        else:
            took_s.setdefault(mode, []).append(seconds)
        time.sleep(5)
    return {f"{mode}_all_three_proved_s": spread(values) for mode, values in took_s.items()} | {
        "rounds_not_proved": never
    }


def _all_proved_s(mode: TargetMode, power_w: int | None) -> float | None:
    asked_at = timezone.now()
    target = Target.of(mode, power_w, 30)
    placed = [
        place_order(battery, target, by=None, origin=Origin.COMMAND, now=asked_at).pk
        for battery in Battery.objects.order_by("id")
    ]
    deadline = time.monotonic() + PROOF_PATIENCE_S
    while time.monotonic() < deadline:
        proved = Order.objects.filter(pk__in=placed, proved_at__isnull=False)
        moments = list(proved.values_list("proved_at", flat=True))
        if len(moments) == len(placed):
            return max((at - asked_at).total_seconds() for at in moments if at is not None)
        time.sleep(0.3)
    return None


def edges() -> list[tuple[int, int, float, float]]:
    """(device, power, edge, gap) of each datagram that the edge of a schedule asks for: each one
    lets all three batteries discharge with a power of its own."""
    today = tempo_day(timezone.now())
    for number in range(-1, 3):
        is_told(today + timedelta(days=number), Colour.BLUE)
    automatic()
    gaps_s = [battery_profile(battery).quiet_gap_s for battery in Battery.objects.order_by("id")]
    wanted = []
    for number in range(EDGES):
        started = time.monotonic()
        edge, power_w = timezone.now() + timedelta(seconds=EDGE_AHEAD_S), -300 - 10 * number
        _schedule(number, edge, power_w)
        wanted += [(which, power_w, edge.timestamp(), gap_s) for which, gap_s in enumerate(gaps_s)]
        time.sleep(max(0.0, started + EDGE_EVERY_S - time.monotonic()))
    time.sleep(10)
    ScheduleConfig.objects.all().delete()
    return wanted


def _schedule(number: int, edge: datetime, power_w: int) -> None:
    local = edge.astimezone(PARIS)
    ScheduleConfig.objects.create(
        name=f"Edge {number}",
        mode_type=TargetMode.DISCHARGE,
        start_time=local.time(),
        end_time=(local + timedelta(hours=1)).time(),
        power_setpoint=power_w,
        priority=number,
    )
