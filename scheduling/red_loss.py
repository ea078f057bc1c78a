"""What orders by hand take from a red day: energy that the batteries would have served. Pure.

The plan is asked twice, with the orders and without them. In peak hours a battery counts as serving
with a usual power, or with what empties it within the whole day where that is more. The house's
evening is not known: a battery that is left to itself before the night may be empty when it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from .charging import USUAL_SERVED_W, deliverable_wh
from .planning import HOUR, plan
from .red_days import target_of
from .situation import BatteryState, Situation, Wish
from .targets import LEASED, TargetMode
from .windows import daytime, eve

PEAK_HOURS = 16
SMALL_WH = 50


@dataclass(frozen=True, slots=True)
class RedLoss:
    """Energy that the house buys on a red day, and what it costs then and by a charge, losses and
    wear included [c EUR/kWh]."""

    wh: float
    bought_c: float
    charged_c: float

    @property
    def eur(self) -> float:
        """What is lost by it [EUR]."""
        return self.wh / 1000 * (self.bought_c - self.charged_c) / 100

    @property
    def is_small(self) -> bool:
        """Whether it is hardly anything."""
        return self.wh < SMALL_WH


def lost_wh(situation: Situation, wishes: Sequence[Wish], day: date, now: datetime) -> float:
    """What these wishes, one a battery, keep from the house on the red day `day` [Wh]."""
    wished = {wish.battery_id: wish for wish in wishes}
    others = tuple(one for one in situation.wishes if one.battery_id not in wished)
    free = replace(situation, wishes=others)
    left = tuple(_left(one, wished.get(one.battery_id), day, now) for one in free.batteries)
    held = replace(free, batteries=left, wishes=(*others, *wishes))
    stored, kept = _stored_wh(free, day, now), _stored_wh(held, day, now)
    lost = 0.0
    for one in free.batteries:
        if one.battery_id in wished:
            least_wh, most_w = kept[one.battery_id], _pace_w(situation, one)
            served_wh = min(stored[one.battery_id], most_w * _hours(day, now))
            since = _serves_from(wished[one.battery_id], now)
            lost += max(0.0, served_wh - min(least_wh, most_w * _hours(day, since)))
    return lost


def _left(one: BatteryState, wish: Wish | None, day: date, now: datetime) -> BatteryState:
    """A charge that is not known counts as none, too: its plan is the other one's."""
    if wish is None or (
        one.soc is not None and (wish.mode_type in LEASED or now >= eve(day).until)
    ):
        return one
    return replace(one, soc=one.soc_floor)


def _stored_wh(situation: Situation, day: date, now: datetime) -> Mapping[int, float]:
    """What each battery can give when the day's peak hours begin, or now where they have begun."""
    hours = (eve(day).until - now) / HOUR
    plans = plan(situation, now, hours) if hours > 0 else {}
    stored = {}
    for one in situation.batteries:
        segments = plans.get(one.battery_id)
        soc = segments[-1].soc_end if segments else one.soc
        stored[one.battery_id] = deliverable_wh(
            one, target_of(situation, one) if soc is None else soc
        )
    return stored


def _pace_w(situation: Situation, one: BatteryState) -> float:
    return max(USUAL_SERVED_W, deliverable_wh(one, target_of(situation, one)) / PEAK_HOURS)


def _hours(day: date, since: datetime) -> float:
    """Of the peak hours from then on."""
    peak = daytime(day)
    return max(0.0, (peak.until - max(peak.since, since)) / HOUR)


def _serves_from(wish: Wish, now: datetime) -> datetime:
    return now if wish.mode_type == TargetMode.AUTO else wish.until
