"""How ready the batteries are for a red day, or what they still have for the one that runs.

Functions of rows and a moment, in the language that is active; no rendered ages, so equal results
are the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from batteries import wording
from batteries.models import Battery
from tempo.wording import long_day

from .charging import deliverable_wh
from .red_days import (
    Outlook,
    is_certain,
    outlooks,
    red_day_ahead,
    red_day_running,
    rehearsed_from,
    target_of,
)
from .rehearsal import FAILED, Found
from .rehearsing import is_silent, rehearsals
from .situation import BatteryState, Situation


@dataclass(frozen=True, slots=True)
class BatteryReadiness:
    """One battery: its charge, the target's tick, and what is expected of it; `short`: the same for
    a phone."""

    name: str
    soc: int | None
    floor: int
    target: int
    text: str
    short: str
    target_text: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """All batteries together. `share`: of the target, in percent."""

    title: str
    headline: str
    share: int
    note: str
    batteries: tuple[BatteryReadiness, ...]


def describe_readiness(
    batteries: Sequence[Battery], situation: Situation, now: datetime
) -> Readiness | None:
    """For the red day that runs, else for the one ahead; None where neither is. One query at
    most."""
    running, ahead = red_day_running(situation, now), red_day_ahead(situation, now)
    if not batteries:
        return None
    if running is not None:
        return _of_today(situation, running)
    silent = frozenset(one.pk for one in batteries if is_silent(one, now))
    return _of_tomorrow(situation, ahead, silent, now) if ahead is not None else None


def _of_today(situation: Situation, day: date) -> Readiness:
    stored_kwh, full_kwh, share = _energies(situation)
    words = {"left": _kwh(stored_kwh), "full": _kwh(full_kwh)}
    return Readiness(
        _title(situation, day),
        _("%(left)s left of %(full)s") % words,
        share,
        _("The batteries feed the house until 22:00."),
        tuple(_row(one, situation, _charge_text(one)) for one in situation.batteries),
    )


def _of_tomorrow(
    situation: Situation, day: date, silent: frozenset[int], now: datetime
) -> Readiness:
    stored_kwh, full_kwh, share = _energies(situation)
    words = {"share": wording.percent(share), "kwh": _kwh(stored_kwh), "full": _kwh(full_kwh)}
    expected = outlooks(situation, day, now)
    found = {one.battery_id: Found(one.outcome) for one in rehearsals(day)}
    found |= dict.fromkeys(silent, Found.SILENT)
    return Readiness(
        _title(situation, day),
        _("Ready at %(share)s: %(kwh)s of %(full)s") % words,
        share,
        _note(situation, day, found.values(), now),
        tuple(_row_before(one, situation, expected, found) for one in situation.batteries),
    )


def _title(situation: Situation, day: date) -> str:
    words = {"day": long_day(day)}
    if is_certain(situation, day):
        return _("Red day: %(day)s") % words
    return _("Possibly red: %(day)s") % words


def _energies(situation: Situation) -> tuple[float, float, int]:
    """What the batteries can give now and at their targets [kWh], and the share of it [%]."""
    stored = full = 0.0
    for one in situation.batteries:
        target = target_of(situation, one)
        stored += deliverable_wh(one, min(one.soc or 0, target))
        full += deliverable_wh(one, target)
    return stored / 1000, full / 1000, round(100 * stored / full) if full else 0


def _kwh(kwh: float) -> str:
    return wording.kilowatt_hours(kwh * 1000)


def _row_before(
    one: BatteryState,
    situation: Situation,
    expected: Mapping[int, Outlook],
    found: Mapping[int, Found],
) -> BatteryReadiness:
    outcome = found.get(one.battery_id)
    trouble = str(outcome.label) if outcome in FAILED and outcome is not None else ""
    soc = expected[one.battery_id].soc
    text = short = _charge_text(one)
    if soc is not None and situation.household.is_automatic and outcome != Found.SILENT:
        words = {"now": text, "soc": wording.percent(round(soc))}
        short = f"{text} → {words['soc']}"
        text = _("%(now)s; expected at 06:00: %(soc)s") % words
    return _row(one, situation, text, short, trouble)


def _row(
    one: BatteryState, situation: Situation, text: str, short: str = "", trouble: str = ""
) -> BatteryReadiness:
    target = target_of(situation, one)
    aim = _("target %(target)s") % {"target": wording.percent(target)}
    return BatteryReadiness(
        one.name, one.soc, one.soc_floor, target, text, short or text, aim, trouble
    )


def _charge_text(one: BatteryState) -> str:
    return pgettext("charge", "not known") if one.soc is None else wording.percent(one.soc)


def _note(situation: Situation, day: date, found: Iterable[Found], now: datetime) -> str:
    """What is to come, and how the rehearsal went."""
    outcomes = list(found)
    if not situation.household.is_automatic:
        return _("Automation is off: nothing is charged by itself.")
    if not outcomes:
        is_to_come = now < rehearsed_from(day)
        plain = _("Charge from 22:00 to 06:00.")
        return _("Rehearsal at 18:00, charge from 22:00 to 06:00.") if is_to_come else plain
    if Found.TESTING in outcomes:
        return _("The rehearsal is under way.")
    if any(one in FAILED for one in outcomes):
        return _("Not every battery is ready to be charged: look below.")
    return _("The rehearsal went well; charge from 22:00 to 06:00.")
