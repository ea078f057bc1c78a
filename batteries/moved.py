"""Lost batteries: those that the router gave another address are found by their identity and
followed, those that answered where they are may hear only broadcasts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from .marstek.discovery import Answered, FoundDevice, discover
from .marstek.front import Front
from .marstek.gateway import Gateway
from .models import Battery
from .profile import SILENT_ALONE
from .search_pace import SearchPace
from .selectors import lost_batteries

log = logging.getLogger(__name__)
SEARCH_TIMEOUT_S = 60.0  # old firmware: three rounds, each with its gaps


class Search:
    """Broadcasts for lost batteries, the rarer the longer one is lost."""

    def __init__(self) -> None:
        self._pace = SearchPace()

    def follow_moved(self, front: Front, gateway: Gateway, now: datetime) -> list[Battery]:
        """Look for batteries that went silent; those whose way was found."""
        lost = lost_batteries()
        places = [(it.pk, it.ip_address, it.udp_port) for it in lost]
        due = self._pace.due(places, gateway.broadcasts.everywhere(), now)
        if not due:
            return []
        ports = sorted({port for _battery, _ip, port in due})
        found = front.call(discover(gateway, ports), timeout_s=SEARCH_TIMEOUT_S)
        return [battery for battery in lost if heed(battery, found)]


def heed(battery: Battery, found: Sequence[FoundDevice]) -> bool:
    """Learn from a search where a lost battery is, or how it hears us; whether it was there."""
    return _follow(battery, found) or _address_everybody(battery, found)


def _follow(battery: Battery, found: Sequence[FoundDevice]) -> bool:
    """Take the new address, unless two devices claim this identity."""
    if battery.ble_mac is None:
        return False
    claims = {(it.ip, it.port) for it in found if it.device.ble_mac == battery.ble_mac}
    if len(claims) > 1:
        log.error("%s: two devices claim its identity, at %s", battery.name, sorted(claims))
    if len(claims) != 1 or (battery.ip_address, battery.udp_port) in claims:
        return False
    ip, port = claims.pop()
    log.warning("%s moved from %s to %s:%d", battery.name, battery.ip_address, ip, port)
    Battery.objects.filter(pk=battery.pk).update(ip_address=ip, udp_port=port)
    return True


def _address_everybody(battery: Battery, found: Sequence[FoundDevice]) -> bool:
    """It left what was sent to it alone unanswered and heard the broadcast: the next polls try
    both ways, and tell whether that was loss."""
    if battery.fault != "device_unreachable" or not any(_is_it(battery, it) for it in found):
        return False
    log.info("%s was silent alone and heard a broadcast", battery.name)
    silent = Battery.objects.filter(pk=battery.pk, fault=battery.fault)
    return bool(silent.update(fault=SILENT_ALONE, fault_detail="", missed_polls=0))


def _is_it(battery: Battery, found: FoundDevice) -> bool:
    is_here = (found.ip, found.port) == (battery.ip_address, battery.udp_port)
    is_other = bool(battery.ble_mac and found.device.ble_mac not in (None, battery.ble_mac))
    return is_here and not is_other and found.answered is Answered.BROADCAST
