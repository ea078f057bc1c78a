"""What a card says of its battery's orders, and what its buttons offer.

Pure functions of rows and a moment, in the language that is active; no rendered ages, so equal
results are the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from batteries import wording
from batteries.models import Battery

from .answer_words import answer_words
from .coming import next_decisions, next_sentence
from .intentions import Decision
from .journal import decision_sentence
from .models import Order, OrderState
from .planner import decide_all
from .reasons import sentence
from .refusals import can_hold_power, limit_w
from .selectors import shown_orders, standing_decisions
from .situation import Situation
from .targets import LEASED, LEAST_W, LONGEST_MINUTES, MINUTES, TargetMode

USUAL_W = 600
TROUBLE = (OrderState.REFUSED, OrderState.NO_ANSWER, OrderState.UNDONE)


@dataclass(frozen=True, slots=True)
class PowerForm:
    """A form for a power: what it starts with, and its limits [W]."""

    mode_type: str
    power_w: int
    least_w: int
    most_w: int


class Reasons(NamedTuple):
    """Two sentences: why, and what comes next (empty: nothing within a day)."""

    why: str
    next: str


@dataclass(frozen=True, slots=True)
class OrderPanel:
    """The orders part of a card. `text` is empty where there is nothing to tell."""

    battery_id: int | None
    text: str
    detail: str
    why: str
    next: str
    is_trouble: bool
    can_cancel: bool
    can_hold: bool
    forms: tuple[PowerForm, ...]
    minutes: int = MINUTES
    longest_minutes: int = LONGEST_MINUTES


def order_panels(
    batteries: Sequence[Battery], situation: Situation, now: datetime
) -> tuple[OrderPanel, ...]:
    """One panel a battery of the situation, in their order: two queries."""
    ids = [battery.pk for battery in batteries]
    orders, decisions = shown_orders(ids, now), standing_decisions(ids)
    reasons = reasons_now(situation, decisions, now)
    wished = {wish.battery_id for wish in situation.wishes}
    return tuple(
        _panel(battery, orders.get(battery.pk), reasons[battery.pk], now, battery.pk in wished)
        for battery in batteries
    )


def reasons_now(
    situation: Situation, rows: Mapping[int, Decision], now: datetime
) -> dict[int, Reasons]:
    """Why each battery does what it does: as the journal has it, or as it would be decided now;
    and what comes next by the clock."""
    current = decide_all(situation, now)
    following = next_decisions(situation, now, current)
    found = {}
    for battery_id, decision in current.items():
        row, coming = rows.get(battery_id), following.get(battery_id)
        found[battery_id] = Reasons(
            sentence(decision, now) if row is None else decision_sentence(row, now),
            next_sentence(*coming, decision, now) if coming else "",
        )
    return found


def fleet_panel(batteries: Sequence[Battery]) -> OrderPanel:
    """The buttons for all batteries at once."""
    able = [battery for battery in batteries if can_hold_power(battery)]
    return OrderPanel(
        battery_id=None,
        text="",
        detail="",
        why="",
        next="",
        is_trouble=False,
        can_cancel=True,
        can_hold=bool(able),
        forms=_forms(able),
    )


def _panel(
    battery: Battery,
    order: Order | None,
    reasons: Reasons,
    now: datetime,
    is_wished: bool,
) -> OrderPanel:
    able = [battery] if can_hold_power(battery) else []
    state = "" if order is None else order.state
    return OrderPanel(
        battery_id=battery.pk,
        text="" if order is None else order_sentence(order, now),
        detail=answer_words(order.answer) if order is not None and state in TROUBLE else "",
        why=reasons.why,
        next=reasons.next,
        is_trouble=state in TROUBLE,
        can_cancel=is_wished,
        can_hold=bool(able),
        forms=_forms(able),
    )


def _forms(batteries: Sequence[Battery]) -> tuple[PowerForm, ...]:
    """Charge and discharge, within what the weakest of these batteries may."""
    if not batteries:
        return ()
    most = {
        mode: min(limit_w(battery, mode) for battery in batteries)
        for mode in (TargetMode.CHARGE, TargetMode.DISCHARGE)
    }
    return tuple(PowerForm(mode, min(USUAL_W, top), LEAST_W, top) for mode, top in most.items())


def order_sentence(order: Order, now: datetime) -> str:
    """The whole of an order in one line: what, who, when, and how far it has come."""
    words = {
        "what": target_words(order, now),
        "who": _who(order, now),
        "state": _state_words(order, now),
    }
    if order.is_end:
        return _("After an order: %(what)s – %(state)s") % words
    if order.closed_at is None:
        return _("In progress: %(what)s (%(who)s) – %(state)s") % words
    return _("Order: %(what)s (%(who)s) – %(state)s") % words


def target_words(order: Order, now: datetime) -> str:
    """What the battery shall do."""
    mode = TargetMode(order.mode_type)
    words = {
        TargetMode.AUTO: _("follows the house (Auto)"),
        TargetMode.AI: _("follows the vendor's price plan (AI)"),
        TargetMode.HOLD: _("stands still until %(until)s"),
        TargetMode.CHARGE: _("charges at %(power)s until %(until)s"),
        TargetMode.DISCHARGE: _("feeds the house with %(power)s until %(until)s"),
    }[mode]
    until = wording.moment(order.until, now) if order.until and mode in LEASED else ""
    return words % {"power": wording.watts(order.power_w or 0), "until": until}


def _who(order: Order, now: datetime) -> str:
    moment = wording.moment(order.asked_at, now)
    if order.asked_by is None:
        origin = order.get_origin_display()
        return _("asked by %(origin)s at %(moment)s") % {"origin": origin, "moment": moment}
    name = order.asked_by.get_username()
    return _("asked by %(name)s at %(moment)s") % {"name": name, "moment": moment}


def _state_words(order: Order, now: datetime) -> str:
    later = getattr(order, "replaced_by", None)
    if order.state == OrderState.SUPERSEDED and later is not None:
        return _("replaced: %(who)s") % {"who": _who(later, now)}
    words = {"state": _state_with_moment(order, now), "note": order.get_note_display()}
    if order.note:
        return _("%(state)s: %(note)s") % words
    if order.closed_at is None and order.state in TROUBLE:
        return _("%(state)s; it is tried again") % words
    return words["state"]


def _state_with_moment(order: Order, now: datetime) -> str:
    if order.state == OrderState.PROVED and order.proved_at is not None:
        words = {"moment": wording.moment(order.proved_at, now)}
        return _("proved at %(moment)s") % words
    if order.state == OrderState.ACKNOWLEDGED and order.verdict_at is None:
        return _("accepted, its effect is looked at")
    return str(order.get_state_display())
