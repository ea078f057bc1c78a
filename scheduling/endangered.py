"""Which batteries put a red day in danger, and why. Rows and a moment in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min

from batteries.models import Battery, ModeType

from . import mirror
from .ledger import PROVED, VERDICT_WITHIN
from .models import Order, OrderState
from .red_days import Outlook, target_of
from .rehearsal import Found
from .rehearsing import is_silent
from .situation import BatteryState, Situation, Wish, WishKind
from .targets import TargetMode
from .telling import BAD, NO_FAULT
from .windows import eve

LASTING = timedelta(hours=1)  # a person's short order on a red day is no danger
UNDONE_TIMES = 3
TRIED = ("no_answer", "not_proved", "too_slow")
BEFORE_NIGHT = (Found.NOT_PROVED, Found.NO_POWER)


@dataclass(frozen=True, slots=True)
class Danger:
    """One battery that will not be ready, or does not serve. `why`: a code of the message;
    `tried`: how often its order was written, since `tried_at`."""

    battery: Battery
    day: date
    phase: str
    why: str
    soc: int | None = None
    target: int | None = None
    until: datetime | None = None
    tried: int = 0
    tried_at: datetime | None = None

    @property
    def subject(self) -> str:
        return f"battery:{self.battery.pk}:{self.day}"

    @property
    def params(self) -> dict[str, Any]:
        """For the notice, as JSON keeps it."""
        said = {"soc": self.soc, "target": self.target}
        if self.until is not None:
            said["until"] = self.until.isoformat()  # type: ignore[assignment]
        if self.tried_at is not None:
            said |= {"tried": self.tried, "tried_at": self.tried_at.isoformat()}  # type: ignore[dict-item]
        known = {name: value for name, value in said.items() if value is not None}
        own = {"name": self.battery.name, "day": str(self.day)}
        return own | {"phase": self.phase, "why": self.why} | known


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one battery. `was_in_danger`: it is over only when it is proved."""

    battery: Battery
    state: BatteryState
    order: Order | None
    now: datetime
    was_in_danger: bool = False


def danger_before(
    case: Case, situation: Situation, day: date, outlook: Outlook, rehearsed: str
) -> Danger | None:
    """On the eve, from 18:00 on: whether this battery will have too little at 06:00."""
    soc = None if outlook.soc is None else int(outlook.soc)
    if _charges_by_itself(case) or _is_ready_now(case, outlook):
        return None
    why, until = _why_before(case, situation, day, outlook, rehearsed)
    if not why:
        return None
    return Danger(case.battery, day, "eve", why, soc, outlook.target, until, *_tried(case, why))


def danger_during(case: Case, situation: Situation, day: date) -> Danger | None:
    """From 06:00 to 22:00: whether this battery does not serve the house. An empty one need not."""
    why, until = ("", None) if _is_empty(case.state) else _why_during(case, situation)
    if not why:
        return None
    target = target_of(situation, case.state)
    soc = case.state.soc
    return Danger(case.battery, day, "day", why, soc, target, until, *_tried(case, why))


def _tried(case: Case, why: str) -> tuple[int, datetime | None]:
    """How often the order that stands was written, and since when: one query."""
    if case.order is None or why not in TRIED:
        return 0, None
    found = case.order.attempts.aggregate(times=Count("id"), since=Min("sent_at"))
    return found["times"], found["since"]


def _why_before(
    case: Case, situation: Situation, day: date, outlook: Outlook, rehearsed: str
) -> tuple[str, datetime | None]:
    wish = _covering(situation.wishes, case.battery.pk, eve(day).since)
    if not situation.household.is_automatic and wish is None:
        return "automation_off", None
    if is_silent(case.battery, case.now):
        return "no_answer", None
    if wish is not None and not outlook.is_ready:
        return _word(wish), wish.until
    if case.now < eve(day).since:
        return ("not_proved" if rehearsed in BEFORE_NIGHT else ""), None
    return _why_at_night(case, outlook), None


def _why_at_night(case: Case, outlook: Outlook) -> str:
    if _fails(case):
        return "not_proved"
    return "too_slow" if outlook.soc is not None and not outlook.is_ready else ""


def _why_during(case: Case, situation: Situation) -> tuple[str, datetime | None]:
    order = case.order
    if order is not None and order.mode_type == TargetMode.AUTO:
        return ("not_proved" if _fails(case) else ""), None
    if case.battery.mode == ModeType.AUTO:
        return "", None
    wish = _covering(situation.wishes, case.battery.pk, case.now + LASTING)
    if wish is not None:
        return _word(wish), wish.until
    if not situation.household.is_automatic:
        return "automation_off", None
    return ("no_answer" if is_silent(case.battery, case.now) else ""), None


def _is_empty(state: BatteryState) -> bool:
    return state.soc is not None and state.soc <= state.soc_floor


def _word(wish: Wish) -> str:
    return "hands_off" if wish.kind == WishKind.HANDS_OFF else "override"


def _covering(wishes: tuple[Wish, ...], battery_id: int, until: datetime) -> Wish | None:
    """What a person wants of this battery now, for longer than `until`."""
    own = (one for one in wishes if one.battery_id == battery_id and one.until > until)
    return next((one for one in own if one.kind != WishKind.YIELD), None)


def _is_ready_now(case: Case, outlook: Outlook) -> bool:
    """It has what the day needs, as heard not long ago, and nothing takes it out again."""
    is_full = case.state.soc is not None and case.state.soc >= outlook.target - 1
    return is_full and outlook.is_ready and not is_silent(case.battery, case.now)


def _charges_by_itself(case: Case) -> bool:
    """Whether its own program does what the red day needs: heard or not, it goes on."""
    order = case.order
    is_proved = order is not None and order.state in PROVED
    return order is not None and is_proved and mirror.serves_by_itself(order)


def _fails(case: Case) -> bool:
    """Whether its order is not followed: the verdict says so, or it was undone again and again."""
    order = case.order
    if order is None or order.note in NO_FAULT or order.state in PROVED:
        return False
    if case.was_in_danger:
        return True
    if order.state == OrderState.UNDONE:
        return order.undone_count >= UNDONE_TIMES
    if order.state not in BAD or order.verdict_at is None:
        return False
    written_at = order.written_at or order.asked_at
    return order.proved_at is None or case.now - written_at >= VERDICT_WITHIN
