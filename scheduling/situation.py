"""What the planner knows and what it says: plain values, no database, no clock.

Power is in watts, > 0 charges; energy in watt-hours; a state of charge in percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from tempo.days import DayColour
from tempo.worth import ChargeCase

from .targets import TargetMode

ALL_DAYS = 127  # bit 0 = Monday


class Condition(StrEnum):
    """When a schedule counts: asked of the Tempo day in force at its window's start."""

    ALWAYS = ""
    BLUE = "blue"
    WHITE = "white"
    RED = "red"
    RED_EVE = "red_eve"  # the Tempo day after the one in force is red


class WishKind(StrEnum):
    """What a person's override asks for."""

    TARGET = "target"
    HANDS_OFF = "hands_off"  # nothing is written, whatever happens
    YIELD = "yield"  # somebody else changed the battery: we step back for a while


class Reason(StrEnum):
    """Why a decision is what it is. Stored: never rename one."""

    HANDS_OFF = "hands_off"
    WISH = "wish"
    WISH_REACHED = "wish_reached"
    WISH_WAITS = "wish_waits"
    FULL = "full"
    EMPTY = "empty"
    RED_DAY = "red_day"
    RED_EVE = "red_eve"
    RED_EVE_REACHED = "red_eve_reached"
    RED_EVE_WAITS = "red_eve_waits"  # for its turn, or for room under the contract power
    RED_EVE_MAYBE = "red_eve_maybe"  # the colour is not known: charging pays
    YIELD = "yield"
    SCHEDULE = "schedule"
    SCHEDULE_REACHED = "schedule_reached"
    SCHEDULE_WAITS = "schedule_waits"
    NO_POWER = "no_power"  # a power is wanted of a battery that takes none: Auto
    NOTHING_SET = "nothing_set"  # no schedule says anything: Auto


@dataclass(frozen=True, slots=True)
class BatteryState:
    """One battery as it last said it is. `soc` None: never told.

    `power_w`: what it takes now. It counts against the contract power where the battery is left
    alone or follows the vendor's plan; 0 where it is not known.
    """

    battery_id: int
    name: str
    soc: int | None
    rated_wh: int = 5120
    soc_floor: int = 12
    soc_ceiling: int = 100
    charge_limit_w: int = 2500
    discharge_limit_w: int = 2500
    takes_power: bool = True
    power_w: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One schedule. `ends` == `starts`: until the next day's start; `ends` earlier: over midnight.

    Weekday and condition are those of the window's start. `power_w` None on a charge: as much as
    spreads the missing energy over the window. `battery_ids` empty: all.
    """

    rule_id: int
    name: str
    mode_type: TargetMode
    starts: time
    ends: time
    week_days: int = ALL_DAYS
    power_w: int | None = None
    battery_ids: frozenset[int] = frozenset()
    condition: Condition = Condition.ALWAYS
    target_soc: int | None = None
    floor_soc: int | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """One override: what somebody asked of one battery by hand, and until when."""

    wish_id: int
    battery_id: int
    kind: WishKind
    starts_at: datetime
    until: datetime
    mode_type: TargetMode | None = None
    power_w: int | None = None  # None on a charge: the most that limits allow
    target_soc: int | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class HouseholdRules:
    """What holds for the whole house. `unmetered_charge_w`: where no meter lives, the most that
    all batteries together may charge with by themselves [W]."""

    is_automatic: bool = False
    serves_red_days: bool = True
    contract_va: int = 9000
    unmetered_charge_w: int = 3000
    target_soc: int = 95


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that a decision depends on, the moment aside.

    `house_load_w`: what the house takes without the batteries, from a fresh meter; None without.
    `charge_pays`: per Tempo day of unknown colour, whether charging for it is worth its cost;
    `cases`: the costs behind it, where prices are known.
    `usual_load_w`: what batteries in Auto usually serve together; only plans expect with it.
    """

    batteries: tuple[BatteryState, ...]
    rules: tuple[Rule, ...] = ()
    wishes: tuple[Wish, ...] = ()
    household: HouseholdRules = field(default_factory=HouseholdRules)
    colours: Mapping[date, DayColour] = field(default_factory=dict)
    house_load_w: int | None = None
    charge_pays: Mapping[date, bool] = field(default_factory=dict)
    usual_load_w: int | None = None
    cases: Mapping[date, ChargeCase] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a battery shall do. `power_w` > 0 charges, None for auto and ai, 0 for hold."""

    mode_type: TargetMode
    power_w: int | None = None
    until_soc: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one battery shall do from now on, and why.

    `goal` None: it is left alone. `writes` False: decided and shown only (automation is off, or
    hands off). `since` and `until` bound the window or wish that gives it: the clock alone changes
    it no earlier than `until`. `params` are what the reason's sentence needs, JSON values only.
    """

    battery_id: int
    goal: Goal | None
    reason: Reason
    since: datetime
    until: datetime
    writes: bool = True
    rule_id: int | None = None
    wish_id: int | None = None
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a plan in which a battery's decision stays the same (its power aside).

    `soc_start` and `soc_end` are expected; None where the state of charge is not known.
    """

    starts_at: datetime
    ends_at: datetime
    decision: Decision
    soc_start: float | None
    soc_end: float | None
