"""What a card shows of a battery: pure functions from a row and a moment to words and figures.

Nothing here depends on rendered ages, so two equal results are the same picture: the digest of a
fleet tells whether a page needs new cards. Every reading carries its moment and the age at which
it is no longer live.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from . import wording
from .models import Battery, ModeType, Polling
from .polling import MODE, PACK, SLOW_EVERY, STATUS, WIFI
from .profile import battery_profile
from .remedies import remedy_for
from .selectors import STALE_AFTER_INTERVALS, stale_after

OUTLOOK_FROM_W = 100  # below, an estimate of hours says nothing
OUTLOOK_UP_TO = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reading:
    """A value in words, the moment it was read, and until which age it counts as live."""

    text: str
    at: datetime | None
    live_for_s: int
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled reading and the method that brings it."""

    label: str
    reading: Reading
    method: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about a battery, and what to do about it."""

    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One battery on the home page. `power_w > 0` charges; None where it is not known."""

    id: int
    name: str
    flow: wording.Flow
    soc: int | None
    soc_floor: int
    charge: Reading
    power: Reading
    energy: str
    outlook: str
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]
    details: tuple[tuple[str, str], ...]
    is_silent: bool
    is_waiting: bool
    power_w: int | None
    stored_wh: float | None
    usable_wh: float | None


def describe(battery: Battery, now: datetime) -> Card:
    """The card of one battery at `now`."""
    power = reading(wording.battery_power(shown_power_w(battery)), battery.status_at, battery, now)
    waiting, silent = is_waiting(battery), is_silent(battery, now)
    return Card(
        id=battery.pk,
        name=battery.name,
        flow=wording.flow_of(shown_power_w(battery)),
        soc=battery.soc,
        soc_floor=battery.soc_floor,
        charge=_charge(battery, now),
        power=power,
        energy=_energy(battery),
        outlook="" if power.is_stale else _outlook(battery),
        facts=_facts(battery, now),
        notes=tuple(_notes(battery)),
        details=tuple(_details(battery)),
        is_silent=silent,
        is_waiting=waiting,
        power_w=None if power.is_stale else shown_power_w(battery),
        stored_wh=None if _charge(battery, now).is_stale else stored_wh(battery),
        usable_wh=None if _charge(battery, now).is_stale else usable_wh(battery),
    )


def reading(
    text: str,
    at: datetime | None,
    battery: Battery,
    now: datetime,
    *,
    every: timedelta = timedelta(0),
) -> Reading:
    """A reading with its staleness; `every` is the period of the rarely read values."""
    live_for = max(stale_after(battery), every * STALE_AFTER_INTERVALS)
    is_stale = at is None or now - at > live_for
    return Reading(text, at, int(live_for.total_seconds()), is_stale)


def is_waiting(battery: Battery) -> bool:
    """Entered, and neither polled nor heard yet."""
    return battery.polled_at is None and battery.last_seen_at is None


def is_silent(battery: Battery, now: datetime) -> bool:
    """Asked, and without any answer for longer than its readings stay live."""
    if battery.polling == Polling.ORDERS_ONLY or is_waiting(battery):
        return False
    return battery.last_seen_at is None or now - battery.last_seen_at > stale_after(battery)


def shown_power_w(battery: Battery) -> int | None:
    """The power to show [W], > 0 charges; what feeds the house counts without the back-up socket.

    A device that never said a battery power still says what it exchanges with the house.
    """
    power: int | None = battery.bat_power
    to_house: int | None = battery.ongrid_power
    if power is None:
        return None if to_house is None else -to_house
    feeds = power < 0 and to_house is not None and to_house >= wording.STILL_BELOW_W
    return -to_house if feeds and to_house is not None else power


def stored_wh(battery: Battery) -> float | None:
    """Energy in the battery [Wh], from its state of charge and rated energy."""
    soc: int | None = battery.soc
    if soc is None or battery.rated_capacity is None:
        return None
    return battery.rated_capacity * soc / 100


def usable_wh(battery: Battery) -> float | None:
    """Energy above the floor [Wh]: what the house can still get."""
    soc: int | None = battery.soc
    if soc is None or battery.rated_capacity is None:
        return None
    return battery.rated_capacity * max(0, soc - battery.soc_floor) / 100


def _charge(battery: Battery, now: datetime) -> Reading:
    text = "" if battery.soc is None else wording.percent(battery.soc)
    return reading(text, battery.soc_at, battery, now)


def _energy(battery: Battery) -> str:
    stored, usable = stored_wh(battery), usable_wh(battery)
    if stored is None or usable is None:
        return ""
    return _("%(stored)s, of which %(usable)s above %(floor)s") % {
        "stored": wording.kilowatt_hours(stored),
        "usable": wording.kilowatt_hours(usable),
        "floor": wording.percent(battery.soc_floor),
    }


def _outlook(battery: Battery) -> str:
    """When it is full or at its floor at the present power; empty where that is a guess."""
    power, stored = shown_power_w(battery), stored_wh(battery)
    if power is None or stored is None or battery.rated_capacity is None:
        return ""
    if abs(power) < OUTLOOK_FROM_W:
        return ""
    edge = battery.soc_ceiling if power > 0 else battery.soc_floor
    missing_wh = abs(battery.rated_capacity * edge / 100 - stored)
    left = timedelta(hours=missing_wh / abs(power))
    if left > OUTLOOK_UP_TO or left < timedelta(minutes=5):
        return ""
    words = _("full in about %(time)s") if power > 0 else _("lasts about %(time)s like this")
    return words % {"time": wording.rough_duration(left)}


def _facts(battery: Battery, now: datetime) -> tuple[Fact, ...]:
    def fact(label: str, text: str, at: datetime | None, method: str) -> Fact:
        return Fact(label, reading(text, at, battery, now, every=SLOW_EVERY[method]), method)

    mode = ModeType(battery.mode).label if battery.mode in ModeType.values else ""
    temp = "" if battery.bat_temp is None else wording.with_unit(battery.bat_temp, "°C", 1)
    signal = "" if battery.rssi_dbm is None else wording.signal(battery.rssi_dbm)
    facts = [
        fact(_("Mode"), str(mode), battery.mode_at, MODE),
        fact(_("Temperature"), temp, battery.bat_at, PACK),
        fact(_("Wi-Fi signal"), signal, battery.wifi_at, WIFI),
    ]
    shown = [f for f in facts if f.reading.at is not None or _can_say(battery, f.method)]
    return (*_extra_powers(battery, now), *shown)


def _can_say(battery: Battery, method: str) -> bool:
    """Whether this battery ever answers `method`: what it cannot say is not shown as missing."""
    return battery_profile(battery).may_poll(method) and method not in battery.missing_methods


def _extra_powers(battery: Battery, now: datetime) -> list[Fact]:
    """Solar panels and the back-up socket, where they do something."""
    facts = []
    if (battery.pv_power or 0) >= wording.STILL_BELOW_W:
        text = _("produce %(power)s") % {"power": wording.watts(battery.pv_power or 0)}
        facts.append(Fact(_("Panels"), reading(text, battery.status_at, battery, now), STATUS))
    if (battery.offgrid_power or 0) >= wording.STILL_BELOW_W:
        text = _("supplies %(power)s") % {"power": wording.watts(battery.offgrid_power or 0)}
        socket = reading(text, battery.status_at, battery, now)
        facts.append(Fact(_("Back-up socket"), socket, STATUS))
    return facts


def _notes(battery: Battery) -> list[Note]:
    notes = []
    if battery.fault:
        notes.append(_trouble(battery))
    if is_waiting(battery):
        notes.append(Note(_("It was just added: its first answer takes up to two minutes.")))
    if battery.polling == Polling.ORDERS_ONLY:
        notes.append(
            Note(
                _("It is never asked: “orders only” is set."), _("Change it in the administration.")
            )
        )
    notes += [Note(wording.doubt_meaning(code)) for code in battery.doubts]
    pace = wording.pace_meaning(battery.pace, battery.pace_reason)
    return [*notes, Note(pace)] if pace else notes


def _trouble(battery: Battery) -> Note:
    remedy = remedy_for(battery)
    return Note(remedy.cause[:1].upper() + remedy.cause[1:] + ".", remedy.advice)


def _details(battery: Battery) -> list[tuple[str, str]]:
    mode = wording.mode_meaning(battery.mode)
    rows = [
        (_("Model"), battery.model),
        (_("Firmware"), _firmware(battery)),
        (_("Address"), f"{battery.ip_address}:{battery.udp_port}"),
        (pgettext("detail", "In this mode it"), mode),
        (_("Rated energy"), _energy_or_nothing(battery.rated_capacity)),
        (_("Charged so far"), _energy_or_nothing(battery.charged_energy)),
        (_("Given back so far"), _energy_or_nothing(battery.discharged_energy)),
    ]
    return [(label, value) for label, value in rows if value]


def _firmware(battery: Battery) -> str:
    """The version, and whether a newer one answers better."""
    version = wording.firmware(battery.firmware)
    profile = battery_profile(battery)
    if not version or profile.is_recommended is not False:
        return version
    return _("%(version)s: known to lose its connection, update to %(wanted)s or newer") % {
        "version": version,
        "wanted": profile.recommended_firmware,
    }


def _energy_or_nothing(energy_wh: int | None) -> str:
    return "" if energy_wh is None else wording.kilowatt_hours(energy_wh)
