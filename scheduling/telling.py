"""What people must know of orders and batteries: from states to notices, each once.

`tell_state` compares what is with what was said: it costs one query while nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from batteries.models import Battery, BatteryStatusLog, ModeType
from batteries.presentation import shown_power_w
from batteries.profile import battery_profile
from batteries.selectors import MISSED_POLLS_LOST, stale_after
from notifications.events import KINDS, Event
from notifications.hearing import first_limits, reaches
from notifications.models import Notification
from notifications.notices import notify, recover, report_level

from .models import Note, Order, OrderState

PUSH_FROM_W = 150
PUSHING_FOR = timedelta(minutes=2)
METER_LOST_FOR = timedelta(minutes=10)
BAD = (OrderState.ACKNOWLEDGED, OrderState.REFUSED, OrderState.NO_ANSWER)
NO_FAULT = (Note.FULL, Note.EMPTY)
LEVELS = (Event.SOC_LOW, Event.SOC_FULL, Event.TEMPERATURE_HIGH)
WATCHED = (
    Event.BATTERY_OFFLINE,
    Event.METER_LOST,
    Event.BATTERIES_PUSHING,
    Event.FIRMWARE_FAULTY,
    *LEVELS,
)
TOLD_NOW = timedelta(minutes=2)


def subject_of(battery_id: int) -> str:
    """A battery as notices name it."""
    return f"battery:{battery_id}"


def tell_verdicts(orders: Iterable[Order], now: datetime) -> None:
    """Say which orders were not proved within their five minutes. A silent battery is told as
    silent, and one that is full or empty is no fault."""
    for order in orders:
        is_silent = order.state == OrderState.NO_ANSWER
        if order.state in BAD and order.note not in NO_FAULT and not is_silent:
            params = {"name": order.battery.name, "wanted": order.mode_type}
            subject = subject_of(order.battery_id)
            since = {"since": order.asked_at}
            notify(Event.ORDER_NOT_PROVED, subject, params=params | since, now=now)


def tell_proved(order: Order, now: datetime) -> None:
    """It follows its orders again."""
    recover(Event.ORDER_NOT_PROVED, subject_of(order.battery_id), now=now)


def tell_foreign(battery: Battery, until: datetime, now: datetime) -> None:
    """Somebody else changed its mode; we step back."""
    mode = ModeType(battery.mode).label if battery.mode in ModeType.values else ""
    params = {"name": battery.name, "mode": str(mode), "until": until}
    notify(Event.CHANGED_BY_OTHER, subject_of(battery.pk), params=params, now=now)


def tell_reset(battery: Battery, now: datetime) -> None:
    """It is as out of the factory: its limits are not to be trusted."""
    params = {"name": battery.name}
    notify(Event.BATTERY_RESET, subject_of(battery.pk), params=params, now=now)


def tell_state(batteries: Sequence[Battery], now: datetime) -> None:
    """After a sweep: who is silent or back, full, low, hot, without its meter, or pushing."""
    said = Said.at(now)
    limits = first_limits(LEVELS)
    for battery in batteries:
        _tell_silence(battery, said)
        _tell_meter(battery, said)
        _tell_firmware(battery, said)
        _tell_levels(battery, said, limits)
    _tell_pushing(batteries, said)


@dataclass(frozen=True, slots=True)
class Said:
    """What stands as said already, and the moment."""

    notices: Mapping[tuple[str, str], Mapping[str, Any]]
    now: datetime

    @classmethod
    def at(cls, now: datetime) -> Said:
        rows = Notification.objects.filter(closed_at=None, event__in=WATCHED)
        found = rows.values_list("event", "subject", "params")
        return cls({(event, subject): params for event, subject, params in found}, now)

    def tell(
        self, event: Event, subject: str, is_so: bool | None, params: Mapping[str, Any]
    ) -> None:
        """Notify what is so, recover what is over, leave what nobody knows."""
        was_so = (event.value, subject) in self.notices
        if is_so and not was_so:
            notify(event, subject, params=params, now=self.now)
        elif is_so is False and was_so:
            recover(event, subject, params=params, now=self.now)


def _tell_silence(battery: Battery, said: Said) -> None:
    is_silent = battery.missed_polls >= MISSED_POLLS_LOST
    since = {"since": battery.last_seen_at} if is_silent and battery.last_seen_at else {}
    params = {"name": battery.name} | since
    said.tell(Event.BATTERY_OFFLINE, subject_of(battery.pk), is_silent, params)


def _tell_meter(battery: Battery, said: Said) -> None:
    """The meter was there, and is away for ten minutes of a battery that follows the house."""
    is_fresh = battery.meter_at is not None and said.now - battery.meter_at <= stale_after(battery)
    is_lost: bool | None = None
    if battery.ct_connected and is_fresh:
        is_lost = False
    elif battery.grid_power is not None and battery.mode == ModeType.AUTO and is_fresh:
        is_lost = _has_lacked_meter(battery, said.now) or None
    said.tell(Event.METER_LOST, subject_of(battery.pk), is_lost, {"name": battery.name})


def _has_lacked_meter(battery: Battery, now: datetime) -> bool:
    recent = BatteryStatusLog.objects.filter(
        battery_id=battery.pk, timestamp__gt=now - METER_LOST_FOR
    )
    powers = list(recent.values_list("grid_power", flat=True))
    return len(powers) >= 3 and all(power is None for power in powers)


def _tell_firmware(battery: Battery, said: Said) -> None:
    is_old = battery_profile(battery).is_recommended is False if battery.firmware else None
    params = {"name": battery.name, "firmware": battery.firmware}
    said.tell(Event.FIRMWARE_FAULTY, subject_of(battery.pk), is_old, params)


def _tell_levels(battery: Battery, said: Said, limits: Mapping[Event, int | None]) -> None:
    """Values that were told just now, against the limits that people have set."""
    values: list[tuple[Event, float | None, datetime | None]] = [
        (Event.SOC_LOW, battery.soc, battery.soc_at),
        (Event.SOC_FULL, battery.soc, battery.soc_at),
        (Event.TEMPERATURE_HIGH, battery.bat_temp, battery.bat_at),
    ]
    for event, value, told_at in values:
        if value is not None and told_at is not None and said.now - told_at <= TOLD_NOW:
            _tell_level(event, battery, value, said, limits[event])


def _tell_level(
    event: Event, battery: Battery, value: float, said: Said, limit: int | None
) -> None:
    """Only where something may change: beyond the limit with another value, or told before."""
    subject, threshold = subject_of(battery.pk), KINDS[event].threshold
    assert threshold is not None  # noqa: S101  levels have one
    known = said.notices.get((event.value, subject))
    is_beyond = limit is not None and reaches(value, (limit, threshold))
    if is_beyond if known is None else known.get(threshold.param) != value:
        report_level(event, subject, value, params={"name": battery.name}, now=said.now)


def _tell_pushing(batteries: Sequence[Battery], said: Said) -> None:
    """Two in Auto, one charging with what the other gives, for more than two minutes."""
    flows = {one: _flow_w(one, said.now) for one in batteries if one.mode == ModeType.AUTO}
    for one, other in combinations(flows, 2):
        power_w = _pushed_w(flows[one], flows[other])
        ids = sorted([one.pk, other.pk])
        subject = f"batteries:{ids[0]}-{ids[1]}"
        is_pushing = None if power_w is None else power_w > 0 and _has_pushed(one, other, said.now)
        names = {"names": [one.name, other.name], "power_w": power_w or 0}
        said.tell(Event.BATTERIES_PUSHING, subject, is_pushing, names)


def _flow_w(battery: Battery, now: datetime) -> int | None:
    is_fresh = battery.status_at is not None and now - battery.status_at <= stale_after(battery)
    return shown_power_w(battery) if is_fresh else None


def _pushed_w(one_w: int | None, other_w: int | None) -> int | None:
    """The power that goes round in a circle; None where a flow is not known."""
    if one_w is None or other_w is None:
        return None
    return min(abs(one_w), abs(other_w)) if _is_push(one_w, other_w) else 0


def _is_push(one_w: int, other_w: int) -> bool:
    opposed = one_w * other_w < 0
    return opposed and min(abs(one_w), abs(other_w)) >= PUSH_FROM_W


def _has_pushed(one: Battery, other: Battery, now: datetime) -> bool:
    """Whether each log row of the last minutes says so, of both."""
    since = now - PUSHING_FOR - timedelta(minutes=1)
    return _kept_sign(one, since) and _kept_sign(other, since)


def _kept_sign(battery: Battery, since: datetime) -> bool:
    recent = BatteryStatusLog.objects.filter(battery_id=battery.pk, timestamp__gt=since)
    powers = [power for power in recent.values_list("bat_power", flat=True) if power is not None]
    same = all(power >= PUSH_FROM_W for power in powers) or all(
        power <= -PUSH_FROM_W for power in powers
    )
    return len(powers) >= 3 and same
