"""What the discovery page shows of a search: its progress, and a card for each answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import wording
from .advice import fault_meanings, firmware_advice
from .discovery import INTERRUPTED, NOT_TAKEN
from .jobs import DiscoveryJob, DiscoveryState
from .owner import is_owned
from .registering import Offer, Standing, free_names, offers_of

PATIENCE = timedelta(seconds=6)  # a worker takes a search within a second


@dataclass(frozen=True, slots=True)
class FoundCard:
    """One answer in words. `name` is what to call it; a known one keeps its own."""

    key: str
    title: str
    firmware: str
    advice: str
    faults: tuple[str, ...]
    identity: str
    address: str
    standing: Standing
    sentence: str
    can_register: bool
    name: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """One search at a moment."""

    job: DiscoveryJob
    sentence: str
    advice: str
    is_trouble: bool
    cards: tuple[FoundCard, ...]

    @property
    def is_empty(self) -> bool:
        """Over, and nobody answered: time for first aid."""
        return self.job.is_over and not self.cards


def describe_search(job: DiscoveryJob, now: datetime) -> SearchView:
    """The search in words, and the cards of who answered."""
    cards = _cards(offers_of(job))
    if job.state == DiscoveryState.FAILED:
        return SearchView(job, failure(job), "", True, cards)
    if job.state == DiscoveryState.DONE:
        return SearchView(job, _found(len(cards)), "", not cards, cards)
    sentence, advice = _progress(job, now)
    return SearchView(job, sentence, advice, bool(advice), cards)


def failure(job: DiscoveryJob) -> str:
    """Why a search failed, in one sentence."""
    known = {
        NOT_TAKEN: _("The program that talks to the batteries did not take the search."),
        INTERRUPTED: _("The search was interrupted: the program that ran it ended."),
        "port_unavailable": _("None of the UDP ports is free: another program holds them."),
        "not_sent": _("This machine has no network to search: check its cable or Wi-Fi."),
        "gateway_closed": _("The search was interrupted: the program that ran it ended."),
        "deadline_passed": _("The search took too long: too many orders were in its way."),
    }
    return known.get(job.error) or _("The search failed: %(detail)s") % {
        "detail": job.error_detail or job.error
    }


def _found(count: int) -> str:
    if not count:
        return _("No battery answered.")
    return ngettext("%(n)d battery answered.", "%(n)d batteries answered.", count) % {"n": count}


def _progress(job: DiscoveryJob, now: datetime) -> tuple[str, str]:
    """What is going on, and what to do where nothing is."""
    if job.state == DiscoveryState.RUNNING:
        count = len(job.ports)
        words = ngettext(
            "Asking everybody on %(n)d port…", "Asking everybody on %(n)d ports…", count
        )
        return words % {"n": count}, ""
    if now - job.asked_at < PATIENCE or is_owned():
        return _("The search starts in a moment…"), ""
    return _("The search is waiting…"), _(
        "The program that talks to the batteries does not run: restart the service."
    )


def _cards(offers: list[Offer]) -> tuple[FoundCard, ...]:
    names = free_names() if any(offer.battery is None for offer in offers) else iter(())
    return tuple(
        _card(offer, offer.battery.name if offer.battery else next(names)) for offer in offers
    )


def _card(offer: Offer, name: str) -> FoundCard:
    one, profile = offer.sighting, offer.sighting.profile
    return FoundCard(
        key=one.key,
        title=one.model or _("A device that does not tell its model"),
        firmware=wording.firmware(one.firmware),
        advice=firmware_advice(profile),
        faults=tuple(fault_meanings(profile)),
        identity=one.ble_mac or "",
        address=f"{one.ip}:{one.port}",
        standing=offer.standing,
        sentence=_standing(offer),
        can_register=offer.can_register,
        name=name,
    )


def _standing(offer: Offer) -> str:
    battery = offer.battery
    words = {
        "name": battery.name if battery else "",
        "address": f"{battery.ip_address}:{battery.udp_port}" if battery else "",
        "others": ", ".join(offer.sighting.conflicts),
    }
    return {
        Standing.NEW: "",
        Standing.KNOWN: _("Already here, as “%(name)s”."),
        Standing.MOVED: _("This is “%(name)s”, which was at %(address)s before."),
        Standing.RETIRED: _("This is “%(name)s”, which was retired. Its history is still here."),
        Standing.CONTESTED: _(
            "Two devices claim to be this one (the other: %(others)s). None can be added before "
            "the wrong one is switched off."
        ),
        Standing.PLACE_TAKEN: _(
            "“%(name)s” is registered at this address, but another device answers there: retire "
            "“%(name)s” or correct its address."
        ),
    }[offer.standing] % words
