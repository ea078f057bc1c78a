"""What batteries will do: the planner asked again at each event to come. Pure.

Between events powers are constant, so a state of charge is known at each. The house's load is taken
as it is now; what batteries in Auto give is expected from its usual load, where that is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from .losses import charged_w, discharged_w
from .planner import decide_all
from .situation import BatteryState, Decision, Segment, Situation
from .targets import TargetMode
from .windows import eve

PLAN_HOURS = 48
HOUR = timedelta(hours=1)


class Step(NamedTuple):
    """A stretch without an event. `socs`: expected at its start, `rates`: percent an hour in it.

    `situation` has the states of charge as batteries would tell them: in whole percent.
    """

    starts_at: datetime
    ends_at: datetime
    situation: Situation
    decisions: Mapping[int, Decision]
    socs: Mapping[int, float | None]
    rates: Mapping[int, float]

    def soc_at(self, battery_id: int, moment: datetime) -> float | None:
        """The state of charge that is expected within the step."""
        soc = self.socs[battery_id]
        hours = (moment - self.starts_at) / HOUR
        return None if soc is None else _snapped(soc + self.rates[battery_id] * hours)


def _snapped(soc: float) -> float:
    """Whole percents without the rounding of sums."""
    return float(round(soc)) if abs(soc - round(soc)) < 1e-4 else soc


def plan(
    situation: Situation, now: datetime, hours: float = PLAN_HOURS
) -> dict[int, list[Segment]]:
    """Each battery's segments over [now, now + hours), without gap or overlap."""
    plans: dict[int, list[Segment]] = {each.battery_id: [] for each in situation.batteries}
    for step in steps(situation, now, hours):
        for battery_id, segments in plans.items():
            _append(segments, _segment(step, battery_id))
    return plans


def expected_soc(segments: Sequence[Segment], moment: datetime) -> float | None:
    """The state of charge that a plan expects at a moment; None outside it or not known."""
    for segment in segments:
        if segment.starts_at <= moment <= segment.ends_at:
            if segment.soc_start is None or segment.soc_end is None:
                return None
            share = (moment - segment.starts_at) / (segment.ends_at - segment.starts_at)
            return segment.soc_start + share * (segment.soc_end - segment.soc_start)
    return None


def steps(situation: Situation, now: datetime, hours: float) -> Iterator[Step]:
    """From event to event: an edge of the clock, or a battery that tells another percent."""
    moment = now.astimezone(UTC)
    end = moment + timedelta(hours=hours)
    socs: dict[int, float | None] = {each.battery_id: each.soc for each in situation.batteries}
    while moment < end:
        decisions = decide_all(situation, moment)
        rates = _rates(situation, decisions)
        until = min([end, *(decision.until for decision in decisions.values())])
        until = min([until, *_nights(situation, moment)])
        until = min([until, *_next_percents(situation, socs, rates, moment)])
        step = Step(moment, until, situation, decisions, socs, rates)
        yield step
        socs = {battery_id: step.soc_at(battery_id, until) for battery_id in socs}
        situation = _told(situation, socs)
        moment = until


def _nights(situation: Situation, moment: datetime) -> Iterator[datetime]:
    """Where nights begin and end whose charge was weighed."""
    edges = (edge for day in situation.cases for edge in eve(day)[:2])
    return (edge for edge in edges if edge > moment)


def _rates(situation: Situation, decisions: Mapping[int, Decision]) -> dict[int, float]:
    serving = [each for each in situation.batteries if _serves(each, decisions[each.battery_id])]
    load_w = max(0, situation.usual_load_w or 0) / max(1, len(serving))
    return {
        each.battery_id: _cells_w(
            each, decisions[each.battery_id], load_w if each in serving else 0
        )
        / each.rated_wh
        * 100
        for each in situation.batteries
    }


def _serves(battery: BatteryState, decision: Decision) -> bool:
    """Whether Auto can still feed the house."""
    is_auto = decision.goal is not None and decision.goal.mode_type == TargetMode.AUTO
    return is_auto and battery.soc is not None and battery.soc > battery.soc_floor


def _cells_w(battery: BatteryState, decision: Decision, load_w: float) -> float:
    """What goes into the cells (> 0) or out of them."""
    if battery.soc is None or decision.goal is None:
        return 0.0
    power_w = decision.goal.power_w
    if power_w is None:
        return -discharged_w(min(load_w, battery.discharge_limit_w)) if load_w else 0.0
    return charged_w(power_w) if power_w >= 0 else -discharged_w(-power_w)


def _next_percents(
    situation: Situation,
    socs: Mapping[int, float | None],
    rates: Mapping[int, float],
    moment: datetime,
) -> Iterator[datetime]:
    """When each battery that charges or discharges will be a whole percent further."""
    for battery in situation.batteries:
        soc, rate = socs[battery.battery_id], rates[battery.battery_id]
        if soc is None or battery.soc is None or rate == 0:
            continue
        next_soc = battery.soc + (1 if rate > 0 else -1)
        yield moment + timedelta(hours=(next_soc - soc) / rate, microseconds=1)


def _told(situation: Situation, socs: Mapping[int, float | None]) -> Situation:
    """The situation with the percents that batteries tell: others once they came all the way."""
    batteries = tuple(_telling(each, socs[each.battery_id]) for each in situation.batteries)
    return replace(situation, batteries=batteries)


def _telling(battery: BatteryState, soc: float | None) -> BatteryState:
    if soc is None or battery.soc is None or abs(soc - battery.soc) < 1:
        return battery
    return replace(battery, soc=min(100, max(0, round(soc))))


def _segment(step: Step, battery_id: int) -> Segment:
    return Segment(
        step.starts_at,
        step.ends_at,
        step.decisions[battery_id],
        step.socs[battery_id],
        step.soc_at(battery_id, step.ends_at),
    )


def _append(segments: list[Segment], segment: Segment) -> None:
    """Longer, where only the power differs; else one more."""
    if segments and _kind(segments[-1].decision) == _kind(segment.decision):
        segments[-1] = replace(segments[-1], ends_at=segment.ends_at, soc_end=segment.soc_end)
    else:
        segments.append(segment)


def _kind(decision: Decision) -> tuple[object, ...]:
    mode = None if decision.goal is None else decision.goal.mode_type
    is_let_go = "let_go" in decision.params
    return mode, decision.reason, decision.rule_id, decision.wish_id, decision.writes, is_let_go
