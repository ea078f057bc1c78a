"""The red day ahead, the one that runs, and what batteries will have by its 06:00. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from tempo.days import Colour, tempo_day

from .claims import counts_as_red
from .planning import HOUR, plan
from .situation import BatteryState, Reason, Segment, Situation
from .targets import TargetMode
from .windows import DAY, daytime, eve, starts_at

REHEARSED_FROM = time(18)
READY_SLACK = 1  # a battery is ready from one percent below the target
CHARGES = (Reason.RED_EVE, Reason.RED_EVE_MAYBE)


@dataclass(frozen=True, slots=True)
class Outlook:
    """One battery before a red day: what is expected of it at 06:00, with what is planned.

    `soc` None: its state of charge is not known. `charges_from` None: nothing has to be charged.
    """

    soc: float | None
    target: int
    charges_from: datetime | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it will be."""
        return self.soc is not None and self.soc >= self.target - READY_SLACK


def red_day_ahead(situation: Situation, now: datetime) -> date | None:
    """The Tempo day after the one in force, where it counts as red and is to be served."""
    return _served(situation, tempo_day(now) + DAY)


def red_day_running(situation: Situation, now: datetime) -> date | None:
    """The Tempo day in force, in its peak hours, where it counts as red and is to be served."""
    day = tempo_day(now)
    return _served(situation, day) if now < daytime(day).until else None


def _served(situation: Situation, day: date) -> date | None:
    is_red = situation.household.serves_red_days and counts_as_red(situation, day)
    return day if is_red else None


def is_certain(situation: Situation, day: date) -> bool:
    """Whether it is red for good."""
    known = situation.colours.get(day)
    return known is not None and known.is_binding and known.colour == Colour.RED


def rehearsed_from(day: date) -> datetime:
    """18:00 of the day before."""
    return starts_at(day - DAY, REHEARSED_FROM)


def target_of(situation: Situation, battery: BatteryState) -> int:
    """The charge that this battery shall begin a red day with [%]."""
    return min(situation.household.target_soc, battery.soc_ceiling)


def outlooks(situation: Situation, day: date, now: datetime) -> Mapping[int, Outlook]:
    """Each battery as the plan expects it at 06:00 of `day`, which lies ahead."""
    hours = (eve(day).until - now) / HOUR
    plans = plan(situation, now, hours)
    return {
        battery.battery_id: _outlook(plans[battery.battery_id], target_of(situation, battery))
        for battery in situation.batteries
    }


def _outlook(segments: list[Segment], target: int) -> Outlook:
    charges = [one.starts_at for one in segments if _is_charge(one)]
    soc = segments[-1].soc_end if segments else None
    return Outlook(soc, target, min(charges, default=None))


def _is_charge(segment: Segment) -> bool:
    goal = segment.decision.goal
    is_charging = goal is not None and goal.mode_type == TargetMode.CHARGE
    return is_charging and segment.decision.reason in CHARGES
