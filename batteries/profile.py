"""The wire profile of a battery: its model and firmware, and what its owner says of it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from .marstek.errors import ArgumentInvalid
from .marstek.gateway import Endpoint
from .marstek.profiles import Fault, Profile, profile_for
from .models import Battery, Pace
from .polling import DEVICE, METER, MODE, PACK, SOLAR, STATUS, WIFI, is_new_slot, slow_methods_due

log = logging.getLogger(__name__)
IDENTITY_TAKEN = "identity_taken"
HEARS_ONLY_BROADCASTS = "hears_only_broadcasts"
SILENT_ALONE = "silent_alone"  # it may be that one: being tried
TRY_ALONE_EVERY = timedelta(minutes=10)
SUSPECT_AFTER_POLLS = 2


def battery_profile(battery: Battery) -> Profile:
    """Scales, timings and capabilities of this very unit."""
    model = battery.model or None
    try:
        return profile_for(model, battery.firmware, battery.scale_overrides)
    except ArgumentInvalid as error:
        log.warning("%s: its scale overrides are left aside: %s", battery.name, error)
        return profile_for(model, battery.firmware)


def battery_endpoint(battery: Battery) -> Endpoint:
    """Where and how to reach this battery, and who must answer."""
    return Endpoint(
        ip=battery.ip_address,
        port=battery.udp_port,
        profile=battery_profile(battery),
        ble_mac=battery.ble_mac,
        hears_only_broadcasts=battery.fault == HEARS_ONLY_BROADCASTS,
    )


def poll_way(battery: Battery, now: datetime) -> tuple[bool, bool]:
    """Whether a poll at `now` may ask everybody in order to reach this battery, and whether it
    asks it alone first.

    One that hears only broadcasts is tried alone every 10 minutes: it may have been updated. One
    that a search has just found so is tried in both ways in every poll, until it answers alone or
    has been silent often enough. Where the firmware is known for it, two silent polls begin that.
    """
    if battery.fault == SILENT_ALONE:
        return True, True
    if battery.fault == HEARS_ONLY_BROADCASTS:
        return True, is_new_slot(battery.polled_at, now, TRY_ALONE_EVERY)
    is_known_for_it = Fault.BROADCAST_ONLY in battery_profile(battery).faults
    is_suspect = is_known_for_it and battery.missed_polls == SUSPECT_AFTER_POLLS
    return is_suspect, is_suspect


def silences_believed(profile: Profile) -> int:
    """After how many polls in a row, each silent alone and answered among all, a battery hears only
    broadcasts. With a quarter of all datagrams lost each way, loss alone brings three batteries
    there less than once a year (`docs/decisions.md`): a poll of one datagram is silent 44 % of the
    time, one of three 8 %.
    """
    return 4 if profile.read_retries >= 2 else 11


def fast_methods(battery: Battery) -> tuple[str, ...]:
    """What every poll asks: the state first, then the house meter.

    Firmware that never answers ES.GetStatus tells its state through ES.GetMode; where its state
    says nothing of the sun, that is asked for in between. At the sparse pace only the state is
    asked, so that the meter has its channel.
    """
    if battery.fault == IDENTITY_TAKEN:
        return ()
    profile = battery_profile(battery)
    state = MODE if Fault.STATUS_SILENT in profile.faults else STATUS
    solar = (SOLAR,) if Fault.PV_POWER_ZERO in profile.faults else ()
    wanted = (state,) if battery.pace == Pace.SPARSE else (state, *solar, METER)
    return tuple(
        method
        for method in wanted
        if profile.may_poll(method) and method not in battery.missing_methods
    )


def slow_methods(battery: Battery, now: datetime) -> tuple[str, ...]:
    """The rare reads whose turn it is in a poll at `now`.

    The poll itself leaves out what the profile forbids: it may learn the firmware only then. A
    battery whose device is another battery's already is only asked who it is.
    """
    if battery.fault == IDENTITY_TAKEN:
        return (DEVICE,)
    if battery.pace == Pace.SPARSE:
        return ()
    answered_at = {
        MODE: battery.mode_at,
        PACK: battery.bat_at,
        WIFI: battery.wifi_at,
        DEVICE: battery.device_at,
    }
    unwanted = {*fast_methods(battery), *battery.missing_methods}
    due = slow_methods_due(battery.polled_at, now, answered_at)
    return tuple(method for method in due if method not in unwanted)
