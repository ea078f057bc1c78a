"""Why a battery does, did or will do what it does: the answer to "Why?" at any moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from batteries import wording
from batteries.models import Battery

from .coming import next_decisions, next_sentence
from .intentions import Decision as Row
from .journal import decision_json, decision_of
from .models import Order
from .planner import decide_all
from .planning import PLAN_HOURS, plan
from .presentation import order_sentence
from .reasons import sentence
from .situation import Decision
from .surroundings import situation_at


class NothingKnown(Exception):
    """Nobody can say why: no decision is known of that moment. `str()` is the sentence."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision in words and values, the orders that were in force with it, and what is next.

    `source`: `now` (decided live), `journal` (as it was decided then) or `plan` (a moment to come).
    """

    battery: Battery
    at: datetime
    source: str
    decision: Decision
    sentence: str
    next: str
    orders: tuple[Order, ...]
    order_sentences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "battery": self.battery.name,
            "at": self.at,
            "source": self.source,
            "sentence": self.sentence,
            "next": self.next,
            "decision": decision_json(self.decision),
            "orders": [
                {"id": order.pk, "state": order.state, "sentence": words}
                for order, words in zip(self.orders, self.order_sentences, strict=True)
            ],
        }


def explain(battery: Battery, now: datetime, at: datetime | None = None) -> Explanation:
    """Why `battery` does what it does at `at` (None: now). Raises `NothingKnown`."""
    if at is None or at == now:
        return _live(battery, now)
    if at > now:
        return _to_come(battery, at, now)
    decision = decision_of(_row_at(battery, at, now))
    return _explanation(battery, at, decision, source="journal", orders=_orders_at(battery, at))


def _live(battery: Battery, now: datetime) -> Explanation:
    situation = situation_at(now)
    current = decide_all(situation, now)
    if battery.pk not in current:
        raise NothingKnown(_("%(name)s is retired: nothing is decided.") % {"name": battery.name})
    mine = current[battery.pk]
    following = next_decisions(situation, now, current).get(battery.pk)
    words = next_sentence(*following, mine, now) if following else ""
    orders = _orders_at(battery, now)
    return _explanation(battery, now, mine, source="now", following=words, orders=orders)


def _to_come(battery: Battery, at: datetime, now: datetime) -> Explanation:
    for segment in plan(situation_at(now), now).get(battery.pk, []):
        if segment.starts_at <= at < segment.ends_at:
            return _explanation(battery, at, segment.decision, source="plan")
    words = {"hours": PLAN_HOURS, "moment": wording.moment(at, now)}
    raise NothingKnown(_("The plan knows the next %(hours)d hours, not %(moment)s.") % words)


def _row_at(battery: Battery, at: datetime, now: datetime) -> Row:
    rows = Row.objects.filter(battery=battery, at__lte=at)
    row = rows.filter(Q(ended_at=None) | Q(ended_at__gt=at)).order_by("-at", "-id").first()
    if row is None:
        words = {"name": battery.name, "moment": wording.moment(at, now)}
        raise NothingKnown(_("The journal has no decision about %(name)s at %(moment)s.") % words)
    return row


def _orders_at(battery: Battery, at: datetime) -> tuple[Order, ...]:
    """In force at that moment; none of them may have begun later."""
    orders = Order.objects.filter(battery=battery, asked_at__lte=at)
    in_force = orders.filter(Q(closed_at=None) | Q(closed_at__gt=at))
    people = "asked_by", "replaced_by__asked_by"
    return tuple(in_force.select_related(*people).prefetch_related("attempts").order_by("-id"))


def _explanation(
    battery: Battery,
    at: datetime,
    decision: Decision,
    *,
    source: str,
    following: str = "",
    orders: tuple[Order, ...] = (),
) -> Explanation:
    return Explanation(
        battery=battery,
        at=at,
        source=source,
        decision=decision,
        sentence=sentence(decision, at),
        next=following,
        orders=orders,
        order_sentences=tuple(order_sentence(order, at) for order in orders),
    )
