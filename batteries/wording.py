"""Words and numbers for people: power never without its direction, codes never bare.

Pure functions. Each returns text in the language that is active when it is called.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .marstek.attempts import Outcome
from .marstek.meter_guard import Why
from .marstek.plausibility import Doubt
from .models import ModeType, Pace

NO_BREAK = "\u00a0"
STILL_BELOW_W = 20


class Flow(StrEnum):
    """Where a battery's power goes."""

    CHARGES = "charges"
    FEEDS = "feeds"
    STILL = "still"
    UNKNOWN = "unknown"


def flow_of(power_w: float | None) -> Flow:
    """The direction of a power whose positive sign charges; below 20 W nothing moves."""
    if power_w is None:
        return Flow.UNKNOWN
    if abs(power_w) < STILL_BELOW_W:
        return Flow.STILL
    return Flow.CHARGES if power_w > 0 else Flow.FEEDS


def with_unit(value: float, unit: str, decimals: int = 0) -> str:
    """A number as the language writes it, and its unit on the same line."""
    rounded = Decimal(f"{value:.{decimals}f}") + 0  # number_format cuts off, it does not round
    number = number_format(rounded, decimals, use_l10n=True, force_grouping=True)
    number = number.replace("-", "\u2212")
    return f"{number}{NO_BREAK}{unit}"


def count(number: int) -> str:
    """A whole number, its thousands apart."""
    return number_format(number, 0, use_l10n=True, force_grouping=True)


def watts(power_w: float) -> str:
    """A magnitude [W]: the words around it give the direction."""
    return with_unit(abs(power_w), "W")


def kilowatt_hours(energy_wh: float) -> str:
    """Energy [Wh] as people buy it."""
    return with_unit(energy_wh / 1000, "kWh", 1)


def percent(value: float) -> str:
    return with_unit(value, "%")


def battery_power(power_w: float | None) -> str:
    """What one battery does, > 0 charges."""
    words = {
        Flow.CHARGES: _("Charges at %(power)s"),
        Flow.FEEDS: _("Feeds the house with %(power)s"),
        Flow.STILL: _("Stands still"),
        Flow.UNKNOWN: _("Power not known yet"),
    }[flow_of(power_w)]
    return words % {"power": watts(power_w or 0)}


def fleet_power(power_w: float | None) -> str:
    """What all batteries do together, > 0 charges."""
    words = {
        Flow.CHARGES: _("Together they charge at %(power)s"),
        Flow.FEEDS: _("Together they feed the house with %(power)s"),
        Flow.STILL: _("Together they stand still"),
        Flow.UNKNOWN: _("Power not known yet"),
    }[flow_of(power_w)]
    return words % {"power": watts(power_w or 0)}


def house_power(grid_power_w: float | None) -> str:
    """What the house takes from the public grid, > 0 imports."""
    words = {
        Flow.CHARGES: _("The house draws %(power)s from the grid"),
        Flow.FEEDS: _("The house gives %(power)s to the grid"),
        Flow.STILL: _("The house takes nothing from the grid"),
        Flow.UNKNOWN: _("No house meter answers"),
    }[flow_of(grid_power_w)]
    return words % {"power": watts(grid_power_w or 0)}


def signal(rssi_dbm: int) -> str:
    """Wi-Fi reception in a word, with the figure behind it."""
    if rssi_dbm >= -60:
        word = pgettext("signal", "strong")
    elif rssi_dbm >= -70:
        word = pgettext("signal", "good")
    elif rssi_dbm >= -80:
        word = pgettext("signal", "weak")
    else:
        word = pgettext("signal", "very weak")
    return f"{word} ({with_unit(rssi_dbm, 'dBm')})"


def mode_meaning(mode: int | None) -> str:
    """What a device does by itself in this mode."""
    return (
        {
            ModeType.AUTO: _("follows what the house uses"),
            ModeType.AI: _("follows the vendor's price plan"),
            ModeType.MANUAL: _("follows the time slots stored in it"),
            ModeType.PASSIVE: _("holds a power that was ordered for some minutes"),
            ModeType.UPS: _("stays full for a power cut"),
        }.get(ModeType(mode), "")
        if mode in ModeType.values
        else ""
    )


def pace_meaning(pace: object, reason: str) -> str:
    """Why we poll less, in one sentence; empty where there is nothing to say."""
    if reason == Why.NOT_BY_POLLING:
        return _("Its house meter stayed lost although it was left in peace: check the meter.")
    if pace == Pace.NORMAL:
        return ""
    how = (
        _("It is asked half as often as usual")
        if pace == Pace.HALVED
        else _("It is asked only every 10 minutes")
    )
    why = {
        Why.METER_LOST: _("it lost its house meter while it was asked"),
        Why.AUTO_IDLE: _("in Auto it stood still while the house drew from the grid"),
        Why.RECOVERING: _("it had trouble before and is being watched"),
    }.get(Why(reason) if reason in set(Why) else Why.UNDISTURBED, _("for its own good"))
    return _("%(how)s: %(why)s. It speeds up again by itself.") % {"how": how, "why": why}


def doubt_meaning(code: str) -> str:
    """Which reading is held back, from its code."""
    return (
        {
            Doubt.SOC_ZERO: _("A state of charge of %(zero)s is held back until confirmed.")
            % {"zero": percent(0)},
            Doubt.COUNTER_BACK: _("An energy counter went back: held back until it is confirmed."),
            Doubt.COUNTER_JUMPED: _("An energy counter jumped: held back until it is confirmed."),
            Doubt.TEMPERATURE_OUT_OF_RANGE: _("It reports a temperature that is hard to believe."),
            Doubt.POWER_WRAPPED: _("It reported a power that overflowed; it was set right."),
            Doubt.POWER_BEYOND_MODEL: _("It reports more power than its model can do."),
            Doubt.REMAINING_CONTRADICTS_SOC: _("Its energy does not fit its state of charge."),
        }.get(Doubt(code), "")
        if code in set(Doubt)
        else _("A doubtful reading is held back.")
    )


def method_name(method: str) -> str:
    """What a question is about; one that we have no words for keeps its own name."""
    return {
        "ES.GetStatus": _("Charge and power"),
        "EM.GetStatus": _("House meter"),
        "ES.GetMode": _("Mode"),
        "Bat.GetStatus": _("Temperature and cells"),
        "Wifi.GetStatus": _("Wi-Fi signal"),
        "Marstek.GetDevice": _("Model and firmware"),
        "PV.GetStatus": _("Panels"),
        "BLE.GetStatus": _("Bluetooth"),
        "ES.SetMode": _("Orders"),
    }.get(method, method)


def outcome(code: str) -> str:
    """How the asking ended, from its stored code."""
    return (
        {
            Outcome.ANSWERED: pgettext("outcome", "answered"),
            Outcome.REFUSED: pgettext("outcome", "refused"),
            Outcome.PARSE_ERROR: pgettext("outcome", "not understood, mostly because it was busy"),
            Outcome.MALFORMED: pgettext("outcome", "answered with something unreadable"),
            Outcome.WRONG_DEVICE: pgettext("outcome", "another battery answered"),
            Outcome.NO_ANSWER: pgettext("outcome", "no answer"),
            Outcome.NOT_SENT: pgettext("outcome", "could not be sent"),
        }.get(Outcome(code), code)
        if code in set(Outcome)
        else code
    )


def moment(at: datetime, now: datetime) -> str:
    """A moment on the household's clock, with its day where that is not today."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    if local.date() == today:
        return date_format(local, "H:i")
    return date_format(local, _("j F, H:i"))


def rough_duration(span: timedelta) -> str:
    """An estimate: hours and tens of minutes."""
    minutes = round(span.total_seconds() / 600) * 10
    hours, rest = divmod(max(minutes, 10), 60)
    if not hours:
        return with_unit(rest, "min")
    if not rest or hours >= 6:
        return with_unit(hours, "h")
    return f"{with_unit(hours, 'h')}{NO_BREAK}{rest:02d}"


def firmware(version: int | None) -> str:
    """A firmware as the vendor's app writes it: 1476 is 147.6."""
    if version is None:
        return ""
    return f"{version / 10:.1f}" if 1000 <= version < 2000 else str(version)
