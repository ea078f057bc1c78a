"""Batteries that the router gave another address: found by their identity, and followed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from .marstek.discovery import FoundDevice, discover
from .marstek.front import Front
from .marstek.gateway import Gateway
from .models import Battery
from .selectors import lost_batteries

log = logging.getLogger(__name__)
SEARCH_EVERY = timedelta(minutes=10)
SEARCH_TIMEOUT_S = 60.0  # old firmware: three rounds, each with its gaps


class Search:
    """Broadcasts for lost batteries, at most once in ten minutes."""

    def __init__(self) -> None:
        self._searched_at: datetime | None = None

    def follow_moved(self, front: Front, gateway: Gateway, now: datetime) -> list[Battery]:
        """Look for batteries that went silent; those that answer elsewhere are followed there."""
        lost = lost_batteries()
        if not lost or (self._searched_at and now - self._searched_at < SEARCH_EVERY):
            return []
        self._searched_at = now
        ports = sorted({battery.udp_port for battery in lost})
        found = front.call(discover(gateway, ports), timeout_s=SEARCH_TIMEOUT_S)
        return [battery for battery in lost if follow(battery, found)]


def follow(battery: Battery, found: Sequence[FoundDevice]) -> bool:
    """Take the new address, unless two devices claim this identity."""
    claims = {(it.ip, it.port) for it in found if it.device.ble_mac == battery.ble_mac}
    if len(claims) > 1:
        log.error("%s: two devices claim its identity, at %s", battery.name, sorted(claims))
    if len(claims) != 1 or (battery.ip_address, battery.udp_port) in claims:
        return False
    ip, port = claims.pop()
    log.warning("%s moved from %s to %s:%d", battery.name, battery.ip_address, ip, port)
    Battery.objects.filter(pk=battery.pk).update(ip_address=ip, udp_port=port)
    return True
