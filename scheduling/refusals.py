"""Why an order cannot be: one sentence, before anything is written or sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from batteries import wording
from batteries.limits import power_limits
from batteries.marstek.profiles import Fault, Profile
from batteries.marstek.values import Mode
from batteries.models import Battery, ControlMethod
from batteries.profile import IDENTITY_TAKEN, battery_profile
from batteries.selectors import stale_after

from .targets import LEASED, LEAST_W, LONGEST_MINUTES, LONGEST_OVERRIDE, Target, TargetMode

WIRE_MODES = {TargetMode.AUTO: Mode.AUTO, TargetMode.AI: Mode.AI}


class OrderRefused(Exception):
    """The order was not taken: nothing was written. `str()` is the sentence for a person."""


def refuse_impossible(
    battery: Battery, target: Target, now: datetime, *, begins_later: bool = False
) -> None:
    """Raise `OrderRefused` where the battery, its owner's limits or its firmware forbid it. What
    `begins_later` is not refused for the state of charge of now."""
    end = end_trouble(target.until, now) or _duration(target)
    sentence = _trouble(battery) or _mode(battery, target) or end
    if not sentence and target.mode_type in LEASED:
        sentence = _power(battery, target)
        if not begins_later:
            sentence = sentence or _charge(battery, target, now)
    if sentence:
        raise OrderRefused(sentence)


def end_trouble(until: datetime | None, now: datetime) -> str:
    """Why nothing can be ordered until then; empty where it can."""
    if until is None or timedelta(0) < until - now <= LONGEST_OVERRIDE:
        return ""
    if until <= now:
        words = {"moment": wording.moment(until, now)}
        return _("%(moment)s is over: choose an end that is still to come.") % words
    return _("What is ordered by hand lasts %(days)d days at most.") % {
        "days": LONGEST_OVERRIDE.days
    }


def limit_w(battery: Battery, mode_type: TargetMode) -> int:
    """The most that this battery may charge or discharge with [W]."""
    limits = power_limits(battery)
    return limits.charge.watts if mode_type == TargetMode.CHARGE else limits.discharge.watts


def can_hold_power(battery: Battery) -> bool:
    """Whether its firmware and its owner let it be given a power."""
    return not _mode(battery, Target.of(TargetMode.HOLD))


def _trouble(battery: Battery) -> str:
    words = {"name": battery.name}
    if not battery.is_active:
        return _("%(name)s is retired: take it back into service first.") % words
    if battery.fault in ("wrong_device", IDENTITY_TAKEN):
        return _("Another battery answers at the address of %(name)s: correct it first.") % words
    return ""


def _mode(battery: Battery, target: Target) -> str:
    profile = battery_profile(battery)
    wanted = WIRE_MODES.get(target.mode_type, Mode.PASSIVE)
    words = {"name": battery.name}
    if target.mode_type in LEASED and battery.control_method == ControlMethod.MODES_ONLY:
        return _("%(name)s is set to automatic modes only: it takes no power.") % words
    if wanted not in profile.modes:
        return _("The model of %(name)s does not have this mode.") % words
    if wanted == Mode.PASSIVE and _ignores_power(profile):
        return _("The firmware of %(name)s ignores a power: update it first.") % words
    return ""


def _ignores_power(profile: Profile) -> bool:
    return bool({Fault.PASSIVE_IGNORED, Fault.PASSIVE_REFUSED} & set(profile.faults))


def _duration(target: Target) -> str:
    if target.until is not None or target.minutes is None:
        return ""
    if 1 <= target.minutes <= LONGEST_MINUTES:
        return ""
    return _("An order lasts from 1 to %(most)d minutes.") % {"most": LONGEST_MINUTES}


def _power(battery: Battery, target: Target) -> str:
    if target.mode_type == TargetMode.HOLD or (
        target.mode_type == TargetMode.CHARGE and target.power_w is None
    ):
        return ""
    watts, most = abs(target.power_w or 0), limit_w(battery, target.mode_type)
    words = {"name": battery.name, "least": wording.watts(LEAST_W), "most": wording.watts(most)}
    if watts < LEAST_W:
        return _("%(name)s needs at least %(least)s: below, it holds no power well.") % words
    if watts <= most:
        return ""
    if target.mode_type == TargetMode.CHARGE:
        return _("%(name)s may charge at %(most)s at most.") % words
    return _("%(name)s may feed the house with %(most)s at most.") % words


def _charge(battery: Battery, target: Target, now: datetime) -> str:
    """An old state of charge forbids nothing: the battery itself knows better."""
    if battery.soc is None or battery.soc_at is None or now - battery.soc_at > stale_after(battery):
        return ""
    words = {"name": battery.name, "soc": wording.percent(battery.soc)}
    if target.mode_type == TargetMode.CHARGE and battery.soc >= battery.soc_ceiling:
        return _("%(name)s is full: %(soc)s.") % words
    if target.mode_type == TargetMode.CHARGE and battery.soc >= (target.until_soc or 101):
        return _("%(name)s has %(soc)s already.") % words
    if target.mode_type == TargetMode.DISCHARGE and battery.soc <= battery.soc_floor:
        return _("%(name)s is empty: %(soc)s.") % words
    return ""
