"""One sentence for a decision: what a battery does, why, and until when.

Pure functions of a decision and a moment, in the language that is active. A parameter that an older
stored decision lacks leaves its part of the sentence out.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from batteries import wording
from tempo import wording as tariff
from tempo.days import Colour

from .situation import Decision, Reason
from .targets import TargetMode

LEFT_ALONE = (Reason.HANDS_OFF, Reason.YIELD)
WAITS = (Reason.WISH_WAITS, Reason.RED_EVE_WAITS, Reason.SCHEDULE_WAITS)
REACHED = (Reason.WISH_REACHED, Reason.RED_EVE_REACHED, Reason.SCHEDULE_REACHED)
RED_EVES = (
    Reason.RED_EVE,
    Reason.RED_EVE_MAYBE,
    Reason.RED_EVE_REACHED,
    Reason.RED_EVE_WAITS,
)


def sentence(decision: Decision, now: datetime) -> str:
    """The whole of it; a decision that automation is off for says what would be."""
    words = {"what": _what(decision), "why": _why(decision, now)}
    parts = [_("%(what)s: %(why)s") % words, *_details(decision, now)]
    text = ", ".join(part for part in parts if part)
    if "let_go" in decision.params:
        text = _("%(sentence)s; %(let_go)s") % {
            "sentence": text,
            "let_go": _let_go(decision.params["let_go"], now),
        }
    if decision.writes or decision.reason in LEFT_ALONE:
        return text
    return _("Automation is off; otherwise: %(sentence)s") % {
        "sentence": text[0].lower() + text[1:]
    }


def _what(decision: Decision) -> str:
    if decision.goal is None:
        return _("Left alone")
    if decision.reason in WAITS:
        return _("Waiting")
    mode = decision.goal.mode_type
    words = {
        TargetMode.AUTO: _("Following the house (Auto)"),
        TargetMode.AI: _("Following the vendor's price plan (AI)"),
        TargetMode.HOLD: _("On hold"),
        TargetMode.CHARGE: _("Charging at %(power)s"),
        TargetMode.DISCHARGE: _("Feeding the house with %(power)s"),
    }[mode]
    return words % {"power": wording.watts(decision.goal.power_w or 0)}


def _why(decision: Decision, now: datetime) -> str:
    reason, params = decision.reason, decision.params
    if reason in RED_EVES or reason == Reason.RED_DAY:
        return _red(params, now)
    if reason in (Reason.SCHEDULE, Reason.SCHEDULE_REACHED, Reason.SCHEDULE_WAITS):
        return _("schedule “%(name)s”") % {"name": params.get("rule", "?")}
    if reason in (Reason.WISH, Reason.WISH_REACHED, Reason.WISH_WAITS):
        return _asked(params)
    if reason == Reason.HANDS_OFF:
        return _("hands off, nothing is written, %(who)s") % {"who": _asked(params)}
    if reason == Reason.EMPTY:
        return _empty(params)
    return {
        Reason.FULL: _("it is as full as it may be"),
        Reason.NO_POWER: _("it takes no power orders"),
        Reason.YIELD: _("somebody else changed its mode"),
        Reason.NOTHING_SET: _("nothing else is set"),
    }[reason]


def _empty(params: Any) -> str:
    if params.get("soc") is None:
        return _("it has not told its charge yet, so it gives nothing")
    return _("it is as empty as it may be")


def _asked(params: Any) -> str:
    if params.get("wish_by"):
        return _("asked by %(name)s") % {"name": params["wish_by"]}
    return _("asked by hand")


def _red(params: Any, now: datetime) -> str:
    """Which day is red, or may be."""
    if "day" not in params:
        return _("for a red day")
    is_red = params.get("colour") == Colour.RED
    day, today = date.fromisoformat(params["day"]), localtime(now).date()
    ahead = (day - today).days
    if ahead == 0:
        return _("today is red") if is_red else _("today may be red")
    if ahead == 1:
        return _("tomorrow is red") if is_red else _("tomorrow may be red")
    words = {"day": date_format(day, "l j F")}
    return (_("%(day)s is red") if is_red else _("%(day)s may be red")) % words


def _details(decision: Decision, now: datetime) -> list[str]:
    """How far, how long and what limits it, as far as it is known."""
    params, reason = decision.params, decision.reason
    charge = _charge(params, is_reached=reason in REACHED)
    is_charging = decision.goal is not None and decision.goal.mode_type == TargetMode.CHARGE
    if is_charging or reason in WAITS:
        end = _moment("by" if "by" in params else "until", params, now)
        pays = _odds(params) if reason == Reason.RED_EVE_MAYBE else ""
        return [pays, f"{charge} {end}".strip(), _limit(params, waits=reason in WAITS)]
    if reason in (Reason.FULL, Reason.EMPTY):
        return [_share(params.get("soc"))]
    if reason in REACHED:
        return [charge, _moment("until", params, now)]
    if reason in (Reason.NOTHING_SET, Reason.NO_POWER):
        return []
    return [_moment("until", params, now)]


def _odds(params: Any) -> str:
    """Why a charge is worth it while the colour is not known, with both costs where they are."""
    if "p_red" not in params:
        return _("charging is worth it")
    words = {
        "chance": tariff.chance(params["p_red"]),
        "missed": tariff.number(params["missed_eur"], "€", 2),
        "in_vain": tariff.number(params["in_vain_eur"], "€", 2),
    }
    if params["in_vain_eur"] <= 0:
        return (
            _(
                "its colour is not known, red with %(chance)s: a charge in vain costs nothing, a "
                "missed red day %(missed)s"
            )
            % words
        )
    return (
        _(
            "its colour is not known, red with %(chance)s: a charge in vain costs %(in_vain)s, a "
            "missed red day %(missed)s"
        )
        % words
    )


def _let_go(odds: Any, now: datetime) -> str:
    """Why nothing is charged for a day that may be red, with both costs and their chances."""
    euros = ("missed_eur", "in_vain_eur", "weighed_missed_eur", "weighed_in_vain_eur")
    words = {name: tariff.number(odds[name], "€", 2) for name in euros}
    words |= {"may_be": _red(odds, now), "chance": tariff.chance(odds["p_red"])}
    return (
        _(
            "%(may_be)s (%(chance)s): charging for it does not pay, a charge in vain costs "
            "%(in_vain_eur)s, a missed red day %(missed_eur)s (weighed by their chances: "
            "%(weighed_in_vain_eur)s against %(weighed_missed_eur)s)"
        )
        % words
    )


def _charge(params: Any, *, is_reached: bool) -> str:
    target = params.get("target_soc")
    if target is None:
        return ""
    if is_reached:
        return _("%(target)s reached") % {"target": wording.percent(target)}
    words = {"soc": _share(params.get("soc")), "target": wording.percent(target)}
    return _("%(soc)s → %(target)s") % words if words["soc"] else _("to %(target)s") % words


def _share(soc: Any) -> str:
    return "" if soc is None else wording.percent(int(soc))


def _moment(key: str, params: Any, now: datetime) -> str:
    """A bare time within the coming 24 hours, else with its date."""
    if key not in params:
        return ""
    at = datetime.fromisoformat(params[key])
    if timedelta(0) <= at - now < timedelta(hours=24):
        words = {"clock": date_format(localtime(at), "H:i")}
        return (_("before %(clock)s") if key == "by" else _("until %(clock)s")) % words
    words = {"moment": wording.moment(at, now)}
    return (_("before %(moment)s") if key == "by" else _("until %(moment)s")) % words


def _limit(params: Any, *, waits: bool) -> str:
    limit = params.get("limited_by")
    if limit == "contract":
        return _("no room under the contract power") if waits else _("slowed by the contract power")
    if limit == "battery":
        return _("its own limit is too low") if waits else _("at its own limit")
    return ""
