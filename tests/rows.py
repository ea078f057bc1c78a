"""Rows for tests of pages: people with a role, batteries with plausible readings."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from math import cos, sin
from typing import Any

from django.contrib.auth.models import User

from batteries.last_answer import LastAnswer
from batteries.models import Battery, BatteryStatusLog, MethodHealth, ModeType
from marstek_site.roles import Role, grant_role

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # 12:00 in Paris
PASSWORD = "sesame-ouvre-toi"


def person(role: Role, name: str = "") -> User:
    """Somebody with this role; the password is `PASSWORD`."""
    user = User.objects.create_user(name or role.value, password=PASSWORD)
    grant_role(user, role)
    return user


def battery(
    name: str = "Garage", *, at: datetime = NOON, age_s: float = 20, **changes: Any
) -> Battery:
    """A Venus E 3.0 that charges at 590 W and was read `age_s` before `at`."""
    number = Battery.objects.count()
    read_at = at - timedelta(seconds=age_s)
    moments = ("last_seen_at", "status_at", "soc_at", "polled_at", "meter_at")
    values: dict[str, Any] = dict.fromkeys(moments, read_at)
    values |= {
        "ip_address": f"192.168.1.{100 + number}",
        "udp_port": 30001 + number,
        "ble_mac": f"bc2a3360{number:04x}",
        "model": "VenusE 3.0",
        "firmware": 150,
        "rated_capacity": 5120,
        "soc": 62,
        "bat_power": 590,
        "ongrid_power": -590,
        "pv_power": 0,
        "offgrid_power": 0,
        "grid_power": 312,
        "ct_connected": True,
        "mode": ModeType.AUTO,
        "mode_at": read_at - timedelta(minutes=2),
        "bat_temp": 21.5,
        "bat_at": read_at - timedelta(minutes=6),
        "rssi_dbm": -58,
        "wifi_at": read_at - timedelta(minutes=11),
    }
    return Battery.objects.create(name=name, **(values | changes))


def charging(at: datetime = NOON) -> Battery:
    """Charges at 590 W."""
    return battery("Garage", at=at)


def feeding(at: datetime = NOON) -> Battery:
    """Feeds the house with 420 W; its name is long."""
    return battery(
        "Atelier du fond du jardin, à gauche",
        at=at,
        soc=84,
        bat_power=-431,
        ongrid_power=420,
        mode=ModeType.MANUAL,
        rssi_dbm=-74,
    )


def silent(at: datetime = NOON) -> Battery:
    """Has said nothing for twelve minutes, though it was asked."""
    return battery(
        "Cave",
        at=at,
        age_s=720,
        soc=37,
        bat_power=0,
        ongrid_power=0,
        polled_at=at - timedelta(seconds=20),
        missed_polls=11,
        fault="device_unreachable",
        fault_detail="192.168.1.102:30003 did not answer ES.GetStatus (2 attempts).",
    )


def household(at: datetime = NOON) -> list[Battery]:
    """One that charges, one that feeds the house, one that is silent."""
    return [charging(at), feeding(at), silent(at)]


def a_day(of: Battery, at: datetime = NOON) -> None:
    """24 hours of one battery: sun at noon, lamps in the evening, two hours of silence."""
    BatteryStatusLog.objects.bulk_create(
        BatteryStatusLog(
            battery=of,
            timestamp=at - timedelta(minutes=minutes),
            soc=round(50 + 32 * sin((720 - minutes) / 230)),
            bat_power=round(760 * cos((720 - minutes) / 230)) if minutes % 7 else None,
            ongrid_power=round(-760 * cos((720 - minutes) / 230)),
        )
        for minutes in range(1, 1440, 3)
        if not 180 < minutes < 300
    )
    hour_at = at.replace(minute=0, second=0, microsecond=0)
    MethodHealth.objects.bulk_create(
        MethodHealth(
            battery=of,
            method=method,
            hour_at=hour_at - timedelta(hours=hours),
            asked=60 // every,
            answered=60 // every * share // 100,
            refused=hours == 7 and method == "ES.GetMode",
            latency_ms_total=60 // every * 48,
            latency_ms_max=90 + hours,
        )
        for method, every in (("ES.GetStatus", 1), ("EM.GetStatus", 1), ("ES.GetMode", 5))
        for hours, share in enumerate([100] * 3 + [40, 0] + [100] * 8 + [85] + [100] * 10)
    )


def an_answer(of: Battery, method: str, result: object, **changes: Any) -> LastAnswer:
    """What it last answered to `method`, at `NOON` where nothing else is said."""
    reply = {"id": 7, "src": f"{of.model}-{of.ble_mac}", "result": result}
    values = {
        "outcome": "answered",
        "asked_at": NOON,
        "answered_at": NOON + timedelta(milliseconds=48),
        "request": json.dumps({"id": 7, "method": method, "params": {"id": 0}}),
        "answer": json.dumps(reply),
    }
    return LastAnswer.objects.create(battery=of, method=method, **(values | changes))
