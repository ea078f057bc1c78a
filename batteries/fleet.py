"""All batteries at a glance: totals, the house meter, and one sentence that says how things are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import wording
from .models import Battery, Polling
from .presentation import Card, Reading, describe, reading
from .remedies import remedy_for
from .selectors import stale_after


@dataclass(frozen=True, slots=True)
class Status:
    """The sentence on top. `since` is when the trouble began; None where there is none."""

    text: str
    advice: str = ""
    is_trouble: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the batteries whose readings are live; `left_out` names the others."""

    stored: str
    usable: str
    soc: int | None
    soc_floor: int
    power: str
    flow: wording.Flow
    house: Reading | None
    house_flow: wording.Flow
    answering: str
    left_out: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the home page shows."""

    status: Status
    totals: Totals
    cards: tuple[Card, ...]

    @property
    def digest(self) -> str:
        """Equal fleets have equal digests, whatever the time: ages are not part of them."""
        return hashlib.blake2b(repr(self).encode(), digest_size=12).hexdigest()


def describe_fleet(batteries: Sequence[Battery], now: datetime) -> Fleet:
    """Status, totals and cards at `now`."""
    cards = tuple(describe(battery, now) for battery in batteries)
    return Fleet(_status(batteries, cards, now), _totals(batteries, cards, now), cards)


def _totals(batteries: Sequence[Battery], cards: Sequence[Card], now: datetime) -> Totals:
    power_w = _sum(card.power_w for card in cards)
    meter = freshest_meter(batteries)
    house = _house(meter, now)
    grid_w = None if house is None or house.is_stale or meter is None else meter.grid_power
    answering = sum(not (card.is_silent or card.is_waiting) for card in cards)
    return Totals(
        stored=_energy(card.stored_wh for card in cards),
        usable=_energy(card.usable_wh for card in cards),
        soc=_share(batteries, cards),
        soc_floor=round(_mean([battery.soc_floor for battery in batteries])),
        power=_power(cards, power_w),
        flow=wording.flow_of(power_w),
        house=house,
        house_flow=wording.flow_of(grid_w),
        answering=_("%(count)d of %(total)d") % {"count": answering, "total": len(cards)},
        left_out=", ".join(card.name for card in cards if card.stored_wh is None),
    )


def freshest_meter(batteries: Iterable[Battery]) -> Battery | None:
    """The battery whose meter spoke last while connected: all see the same house, never summed."""
    seen = [
        (battery.meter_at, battery.pk, battery)
        for battery in batteries
        if battery.ct_connected and battery.meter_at and battery.grid_power is not None
    ]
    return max(seen)[2] if seen else None


def _house(meter: Battery | None, now: datetime) -> Reading | None:
    if meter is None:
        return None
    return reading(wording.house_power(meter.grid_power), meter.meter_at, meter, now)


def _power(cards: Sequence[Card], power_w: float | None) -> str:
    return wording.battery_power(power_w) if len(cards) == 1 else wording.fleet_power(power_w)


def _sum(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _energy(values_wh: Iterable[float | None]) -> str:
    total_wh = _sum(values_wh)
    return "" if total_wh is None else wording.kilowatt_hours(total_wh)


def _share(batteries: Sequence[Battery], cards: Sequence[Card]) -> int | None:
    """How full the live batteries are together [%]."""
    pairs = [
        (card.stored_wh, battery.rated_capacity)
        for battery, card in zip(batteries, cards, strict=True)
        if card.stored_wh is not None and battery.rated_capacity
    ]
    return round(100 * sum(p[0] for p in pairs) / sum(p[1] for p in pairs)) if pairs else None


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0


def _status(batteries: Sequence[Battery], cards: Sequence[Card], now: datetime) -> Status:
    """The worst first: nobody asks, a battery is silent, one is new, all is well."""
    asked = [battery for battery in batteries if battery.polling == Polling.NORMAL]
    if not batteries:
        return Status(_("No battery yet."))
    if not asked:
        return Status(_("No battery is asked: all are set to “orders only”."))
    silent = [b for b, card in zip(batteries, cards, strict=True) if card.is_silent]
    waiting = [card.name for card in cards if card.is_waiting]
    stopped_at = _polling_stopped_at(asked, now)
    if stopped_at is not None:
        return _nobody_asks(stopped_at, now)
    if silent:
        return _silence(silent, len(asked), now)
    if waiting:
        return Status(
            _("Waiting for the first answer of %(names)s.") % {"names": ", ".join(waiting)}
        )
    return _all_answer(len(asked))


def _polling_stopped_at(asked: Sequence[Battery], now: datetime) -> datetime | None:
    """Since when no battery was even asked, where that is longer than it should be."""
    polls: list[datetime] = [
        battery.polled_at for battery in asked if battery.polled_at is not None
    ]
    if not polls or now - max(polls) <= max(stale_after(battery) for battery in asked):
        return None
    return max(polls)


def _nobody_asks(since: datetime, now: datetime) -> Status:
    text = _("Nothing has asked the batteries since %(moment)s.")
    advice = _(
        "The program that talks to them does not run. Restart the service; its log says more."
    )
    moment = wording.moment(since, now)
    return Status(text % {"moment": moment}, advice, is_trouble=True, since=since)


def _silence(silent: Sequence[Battery], total: int, now: datetime) -> Status:
    if len(silent) > 1:
        names = ", ".join(battery.name for battery in silent)
        text = _("%(count)d of %(total)d batteries are silent: %(names)s.")
        return Status(
            text % {"count": len(silent), "total": total, "names": names}, is_trouble=True
        )
    battery = silent[0]
    cause = remedy_for(battery).cause
    words = {"name": battery.name, "cause": cause}
    if battery.last_seen_at is None:
        return Status(_("%(name)s has never answered: %(cause)s.") % words, is_trouble=True)
    words["moment"] = wording.moment(battery.last_seen_at, now)
    text = _("%(name)s has been silent since %(moment)s: %(cause)s.") % words
    return Status(text, is_trouble=True, since=battery.last_seen_at)


def _all_answer(count: int) -> Status:
    if count == 1:
        return Status(_("The battery answers."))
    return Status(
        ngettext("%(n)d battery answers.", "All %(n)d batteries answer.", count) % {"n": count}
    )
