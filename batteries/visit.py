"""One battery during one sweep: what its answers mean, given what is remembered of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from . import services
from .marstek.errors import MarstekError, MethodMissing
from .marstek.gateway import Answer
from .marstek.values import BatteryStatus, Device, EnergyStatus, ModeStatus, PvStatus
from .models import Battery
from .polling import DEVICE, PollPlan, PollStep
from .profile import (
    HEARS_ONLY_BROADCASTS,
    IDENTITY_TAKEN,
    SILENT_ALONE,
    battery_endpoint,
    battery_profile,
    fast_methods,
    poll_way,
    silences_believed,
    slow_methods,
)
from .readings import Reading, energy_of_mode, take, take_silence
from .selectors import MISSED_POLLS_LOST
from .watch import Watch, guard_columns

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Visit:
    """The battery as the sweep found it, and the log row that its answers go to."""

    battery: Battery
    watch: Watch
    started_at: datetime
    plan: PollPlan = field(init=False)
    row_at: datetime | None = None

    def __post_init__(self) -> None:
        battery = self.battery
        asks_everybody, tries_alone = poll_way(battery, self.started_at)
        self.plan = PollPlan(
            battery_id=battery.pk,
            endpoint=replace(battery_endpoint(battery), hears_only_broadcasts=asks_everybody),
            fast=fast_methods(battery),
            slow=slow_methods(battery, self.started_at),
            scale_overrides=tuple(battery.scale_overrides.items()),
            tries_alone=tries_alone,
        )

    @property
    def state_method(self) -> str:
        """The method whose answer tells the state, and so makes the row."""
        return next(iter(self.plan.fast), DEVICE)

    def reading(self, step: PollStep) -> Reading:
        """What this step of the poll changes."""
        reading = Reading(row_at=self.row_at)
        for method, answer in step.answers().items():
            self._take_answer(reading, method, answer)
        for method, error in step.errors().items():
            self._take_error(reading, method, error)
        if self.state_method in step.methods():
            reading.state["polled_at"] = self.started_at
            self._guard_meter(reading, step)
        self.row_at = reading.row_at
        return self._refused(reading) if self.battery.fault == IDENTITY_TAKEN else reading

    def _refused(self, reading: Reading) -> Reading:
        """Another battery's readings are not this one's: only that it was asked is kept."""
        kept: dict[str, Any] = {"fault": IDENTITY_TAKEN, "fault_detail": self.battery.fault_detail}
        if "polled_at" in reading.state:
            kept["polled_at"] = reading.state["polled_at"]
        return Reading(state=kept)

    def _take_answer(self, reading: Reading, method: str, answer: Answer) -> None:
        at = answer.received_at
        reading.state["last_seen_at"] = at
        self.watch.refusals.pop(method, None)
        if method == self.state_method:
            reading.row_at = at
            fault = self._way_fault(answer)
            reading.state |= {"missed_polls": 0, "fault": fault, "fault_detail": ""}
        match answer.value:
            case Device() as device:
                take(device, reading, at)
                self._take_identity(reading, device)
            case EnergyStatus() | BatteryStatus() as value:
                self._take_checked(reading, value, at)
            case ModeStatus() as mode:
                take(mode, reading, at)
                if method == self.state_method:
                    has_pv = battery_profile(self.battery).has_pv
                    self._take_checked(reading, energy_of_mode(mode, has_pv=has_pv), at)
            case PvStatus():
                pass  # it is part of the state that it came with
            case value:
                take(value, reading, at)

    def _way_fault(self, answer: Answer) -> str:
        """How it hears us. Loss alone explains some silences: many in a row are needed before it
        counts as one that hears only broadcasts."""
        if not answer.was_broadcast:
            self.watch.silences_alone = 0
            return ""
        self.watch.silences_alone += self.plan.tries_alone
        needed = silences_believed(battery_profile(self.battery))
        if self.battery.fault == HEARS_ONLY_BROADCASTS:
            return HEARS_ONLY_BROADCASTS
        if self.watch.silences_alone < needed:
            return SILENT_ALONE
        log.warning("%s hears only broadcasts", self.battery.name)
        return HEARS_ONLY_BROADCASTS

    def _take_checked(
        self, reading: Reading, value: EnergyStatus | BatteryStatus, at: datetime
    ) -> None:
        """Doubtful values are left out of state and row, and named."""
        take(self.watch.checked(value, battery_profile(self.battery), at), reading, at)
        doubts = self.watch.doubt_codes()
        if doubts != self.battery.doubts:
            self.battery.doubts = reading.state["doubts"] = doubts

    def _take_identity(self, reading: Reading, device: Device) -> None:
        """Learn who answers here; a device that is another battery's is this one's fault."""
        battery = self.battery
        model, firmware = battery.model, battery.firmware
        battery.model = device.model or battery.model
        battery.firmware = reading.state.get("firmware", battery.firmware)
        if (model, firmware) != (battery.model, battery.firmware):
            self._forget_refusals(reading)
        if device.ble_mac is None:
            return
        is_ours = services.learn_identity(battery, device.ble_mac)
        if is_ours and battery.fault == IDENTITY_TAKEN:
            battery.fault = reading.state["fault"] = ""
        elif not is_ours:
            owner = Battery.objects.filter(ble_mac=device.ble_mac).first()
            battery.fault, battery.fault_detail = IDENTITY_TAKEN, owner.name if owner else ""

    def _forget_refusals(self, reading: Reading) -> None:
        """An update, or another device, may have what was missing."""
        self.watch.refusals.clear()
        if self.battery.missing_methods:
            self.battery.missing_methods = reading.state["missing_methods"] = []

    def _take_error(self, reading: Reading, method: str, error: MarstekError) -> None:
        if method == self.state_method:
            take_silence(reading, error)
            self._keep_its_way(reading)
        if isinstance(error, MethodMissing) and self.watch.is_missing(method):
            log.warning("%s does not have %s: no longer asked", self.battery.name, method)
            self.battery.missing_methods = sorted({*self.battery.missing_methods, method})
            reading.state["missing_methods"] = self.battery.missing_methods

    def _keep_its_way(self, reading: Reading) -> None:
        """A battery that hears only broadcasts misses one like any other datagram."""
        is_lost = self.battery.missed_polls + 1 >= MISSED_POLLS_LOST
        if self.battery.fault in (HEARS_ONLY_BROADCASTS, SILENT_ALONE) and not is_lost:
            reading.state["fault"] = self.battery.fault

    def _guard_meter(self, reading: Reading, step: PollStep) -> None:
        """Slow down where polling takes the house meter's channel, and say so."""
        guard = self.watch.guard
        if self.watch.observe(self.battery, step.answers()):
            log.warning("%s: polling is %s now (%s)", self.battery.name, guard.pace, guard.why)
        for name, value in guard_columns(guard).items():  # those that were not stored before, too
            if getattr(self.battery, name) != value:
                reading.state[name] = value
