"""From a claim to a battery: only a person does this step, and one claim at a time.

Identity is the Bluetooth MAC. A battery that is known by it is updated, never doubled; a claim
that another one contradicts is refused, because nobody here can tell which of them is true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from notifications.queue import start_task

from .jobs import DiscoveryJob
from .models import Battery
from .searching import Sighting

POLL_TASK = "batteries.poll_batteries"


class Standing(StrEnum):
    """How a sighting relates to the batteries that are registered."""

    NEW = "new"
    KNOWN = "known"
    MOVED = "moved"
    RETIRED = "retired"
    CONTESTED = "contested"
    PLACE_TAKEN = "place_taken"


@dataclass(frozen=True, slots=True)
class Offer:
    """A sighting, and the battery that it is or that stands in its place."""

    sighting: Sighting
    standing: Standing
    battery: Battery | None = None

    @property
    def can_register(self) -> bool:
        """Whether there is something to do that a person may decide."""
        return self.standing in (Standing.NEW, Standing.MOVED, Standing.RETIRED)


@dataclass(frozen=True, slots=True)
class Registered:
    """The battery, and whether it was not known before."""

    battery: Battery
    is_new: bool


class RegistrationRefused(Exception):
    """Nothing was changed; the text says why, in the active language."""


def offers_of(job: DiscoveryJob) -> list[Offer]:
    """What a search found, beside what is registered now: two queries, however many answered."""
    sightings = [Sighting.from_json(values) for values in job.results]
    macs = [one.ble_mac for one in sightings if one.ble_mac]
    by_mac = {battery.ble_mac: battery for battery in Battery.objects.filter(ble_mac__in=macs)}
    by_place = {
        (battery.ip_address, battery.udp_port): battery for battery in Battery.objects.active()
    }
    return [
        _offer(one, by_mac.get(one.ble_mac), by_place.get((one.ip, one.port))) for one in sightings
    ]


def _offer(one: Sighting, itself: Battery | None, there: Battery | None) -> Offer:
    """`itself` has the sighting's MAC, `there` is the active battery at its address."""
    if one.conflicts:
        return Offer(one, Standing.CONTESTED, itself)
    is_entered_anew = there is not None and there.ble_mac is None
    if itself is not None and (itself.is_active or not is_entered_anew):
        return Offer(one, _standing_of(itself, one), itself)
    if there is None:
        return Offer(one, Standing.NEW)
    is_same = one.ble_mac is None or there.ble_mac is None
    return Offer(one, Standing.KNOWN if is_same else Standing.PLACE_TAKEN, there)


def _standing_of(itself: Battery, one: Sighting) -> Standing:
    if not itself.is_active:
        return Standing.RETIRED
    is_there = (itself.ip_address, itself.udp_port) == (one.ip, one.port)
    return Standing.KNOWN if is_there else Standing.MOVED


def register_found(job: DiscoveryJob, key: str, name: str = "") -> Registered:
    """Register or update the battery behind one sighting, and have it polled at once.

    A new one needs a name; a known one keeps its own and takes the address. Raises
    `RegistrationRefused`.
    """
    offer = next((it for it in offers_of(job) if it.sighting.key == key), None)
    if offer is None:
        raise RegistrationRefused(_("This search did not find such a device: search again."))
    _refuse(offer)
    try:
        with transaction.atomic():
            battery = _register(offer, name.strip())
            start_task(POLL_TASK, [battery.pk])
    except IntegrityError as error:
        raise RegistrationRefused(_("Somebody else was faster: search again.")) from error
    return Registered(battery, is_new=offer.standing == Standing.NEW)


def free_names() -> Iterator[str]:
    """Those of “Battery 1”, “Battery 2”, ... that no battery has: one query."""
    taken = set(Battery.objects.values_list("name", flat=True))
    names = (_("Battery %(number)d") % {"number": number} for number in count(1))
    return (name for name in names if name not in taken)


def _refuse(offer: Offer) -> None:
    """Say in one sentence why this sighting cannot become a battery."""
    if offer.standing == Standing.CONTESTED:
        text = _(
            "Several devices claim to be this battery (%(others)s too): switch the wrong "
            "one off and search again."
        )
        raise RegistrationRefused(text % {"others": ", ".join(offer.sighting.conflicts)})
    if offer.battery is None or offer.can_register:
        return
    words = {"name": offer.battery.name}
    if offer.standing == Standing.PLACE_TAKEN:
        text = _("“%(name)s” is registered at this address: retire it or correct its address.")
        raise RegistrationRefused(text % words)
    raise RegistrationRefused(_("It is registered already, as “%(name)s”.") % words)


def _register(offer: Offer, name: str) -> Battery:
    one = offer.sighting
    if offer.battery is not None:
        return _take_address(offer.battery, one)
    if not name:
        raise RegistrationRefused(_("Give the battery a name."))
    battery = Battery(
        name=name,
        ip_address=one.ip,
        udp_port=one.port,
        ble_mac=one.ble_mac,
        model=one.model,
        firmware=one.firmware,
    )
    try:
        battery.full_clean()
    except ValidationError as error:
        raise RegistrationRefused(" ".join(error.messages)) from error
    battery.save(force_insert=True)
    return battery


def _take_address(battery: Battery, one: Sighting) -> Battery:
    """The poller writes the same row meanwhile: only these fields are saved. Two batteries that
    swapped their addresses pass through a moment where both have the same."""
    battery.ip_address, battery.udp_port, battery.is_active = one.ip, one.port, True
    battery.save(update_fields=["ip_address", "udp_port", "is_active"])
    return battery
