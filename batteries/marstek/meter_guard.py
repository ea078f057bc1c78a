"""Polling can take the house meter's channel from a battery, and self-consumption stops.

One `MeterGuard` a device; no clock, no I/O. Where a reading looks like that, polling slows down:
half the pace, then one ES.GetStatus each 10 minutes; it recovers one step at a time, and waits
twice as long before it tries a pace again that took the meter away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .values import Mode


class Pace(StrEnum):
    """How often a battery is polled."""

    NORMAL = "normal"
    HALVED = "halved"
    SPARSE = "sparse"  # ES.GetStatus alone


class Why(StrEnum):
    """Why the pace is what it is. Stable codes: never rename one."""

    UNDISTURBED = "undisturbed"
    METER_LOST = "meter_lost"  # the battery had its meter and lost it
    AUTO_IDLE = "auto_idle"  # Auto stands at 0 W while the house imports
    RECOVERING = "recovering"
    NOT_BY_POLLING = "not_by_polling"  # hours of rest did not help: something else is wrong


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known of a battery at one moment; None where it was not read.

    `battery_power_w` > 0 charges, `grid_power_w` > 0 imports. `is_prone`: its model is known to
    lose the meter by polling, so nothing else is to be suspected.
    """

    at: datetime
    ct_connected: bool | None = None
    mode: Mode | None = None
    battery_power_w: int | None = None
    grid_power_w: int | None = None
    soc_percent: int | None = None
    is_prone: bool = False


IDLE_W = 20
IMPORT_W = 300
EMPTY_PERCENT = 20  # at and below, a battery may refuse to discharge: idle means nothing
IDLE_LASTS = timedelta(seconds=90)  # Auto tests its phase for 20 s, and loads come and go
WORSE_AFTER = timedelta(minutes=5)
BETTER_AFTER = timedelta(minutes=15)
LONGEST_PATIENCE = timedelta(days=1)
RELAPSE_WITHIN = timedelta(hours=6)
FIRST_REST = timedelta(minutes=30)
LONGEST_REST = timedelta(hours=4)
SPARSE_INTERVAL_S = 600.0


@dataclass(slots=True)
class MeterGuard:
    """The pace of one battery. `why` says why, `since` from when, `rest` how long the present or
    next rest lasts; seed them after a restart."""

    pace: Pace = Pace.NORMAL
    why: Why = Why.UNDISTURBED
    since: datetime | None = None
    rest: timedelta = FIRST_REST
    has_had_meter: bool = False
    _idle_since: datetime | None = None
    _good_since: datetime | None = None
    _patience: timedelta = BETTER_AFTER  # how long all must be well before the pace is normal
    _sped_up_at: datetime | None = None

    def observe(self, seen: Observation) -> Pace:
        """Take in one reading; the pace from now on."""
        if self.since is None or self.since > seen.at:  # never seen, or the clock went back
            self.since = seen.at
        trouble = self._trouble(seen)
        if self.pace is Pace.SPARSE:
            self._rest_a_while(seen.at)
        elif trouble is not None:
            self._slow_down(trouble, seen)
        elif seen.ct_connected is True:  # a reading without the meter proves nothing
            self._speed_up(seen.at)
        return self.pace

    def poll_interval_s(self, normal_s: float) -> float:
        """Seconds between polls at this pace, from the profile's interval."""
        if self.pace is Pace.SPARSE:
            return max(SPARSE_INTERVAL_S, normal_s)
        return 2 * normal_s if self.pace is Pace.HALVED else normal_s

    def may_ask(self, method: str) -> bool:
        """Whether a periodic read may go out at this pace."""
        return self.pace is not Pace.SPARSE or method == "ES.GetStatus"

    def _trouble(self, seen: Observation) -> Why | None:
        had_meter = self.has_had_meter
        self.has_had_meter = had_meter or seen.ct_connected is True
        if had_meter and seen.ct_connected is False:
            return Why.METER_LOST
        return Why.AUTO_IDLE if self._is_idle_too_long(seen) else None

    def _is_idle_too_long(self, seen: Observation) -> bool:
        if not _is_idle(seen):
            self._idle_since = None
            return False
        if self._idle_since is None:
            self._idle_since = seen.at
        return seen.at - self._idle_since >= IDLE_LASTS

    def _slow_down(self, why: Why, seen: Observation) -> None:
        self._good_since, at = None, seen.at
        if self.why is Why.NOT_BY_POLLING and not seen.is_prone:
            return
        if self.pace is Pace.NORMAL:
            self._relearn_patience(at)
            self._change(Pace.HALVED, why, at)
        elif self.why is Why.RECOVERING:
            self._rest_longer(why, seen)
        elif self.since is not None and at - self.since >= WORSE_AFTER:
            self._change(Pace.SPARSE, why, at)

    def _relearn_patience(self, at: datetime) -> None:
        """The normal pace did harm again soon after it was tried: try it half as often."""
        is_relapse = self._sped_up_at is not None and at - self._sped_up_at < RELAPSE_WITHIN
        self._patience = min(2 * self._patience, LONGEST_PATIENCE) if is_relapse else BETTER_AFTER

    def _rest_longer(self, why: Why, seen: Observation) -> None:
        """The rest did not help, or not for long."""
        if self.rest >= LONGEST_REST and not seen.is_prone:
            self._change(Pace.NORMAL, Why.NOT_BY_POLLING, seen.at)
        else:
            self.rest = min(2 * self.rest, LONGEST_REST)
            self._change(Pace.SPARSE, why, seen.at)

    def _rest_a_while(self, at: datetime) -> None:
        """While sparse, the meter is not read: after the rest, half the pace is tried."""
        if self.since is not None and at - self.since >= self.rest:
            self._idle_since = None
            self._change(Pace.HALVED, Why.RECOVERING, at)

    def _speed_up(self, at: datetime) -> None:
        if self.why is Why.UNDISTURBED:
            return
        if self._good_since is None:
            self._good_since = at
        if at - self._good_since >= self._patience:
            self.rest, self._sped_up_at = FIRST_REST, at
            self._change(Pace.NORMAL, Why.UNDISTURBED, at)

    def _change(self, pace: Pace, why: Why, at: datetime) -> None:
        self.pace, self.why, self.since = pace, why, at
        self._good_since = None


def _is_idle(seen: Observation) -> bool:
    """Auto at 0 W while the house imports, with energy to give."""
    if seen.mode is not Mode.AUTO or seen.battery_power_w is None or seen.grid_power_w is None:
        return False
    has_energy = seen.soc_percent is None or seen.soc_percent > EMPTY_PERCENT
    is_still = abs(seen.battery_power_w) <= IDLE_W
    return has_energy and is_still and seen.grid_power_w > IMPORT_W
