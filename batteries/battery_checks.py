"""What can be wrong with one battery, from what the poller keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications.checkup import Catalogue, Finding

from . import wording
from .advice import fault_meanings, firmware_advice
from .marstek.profiles import Fault
from .models import Battery, BatteryStatusLog, ControlMethod, MethodHealth, Polling
from .presentation import is_silent, is_waiting
from .profile import IDENTITY_TAKEN, battery_profile
from .remedies import remedy_for
from .selectors import MISSED_POLLS_LOST, dashboard_batteries, stale_after

RATE_OVER, HISTORY_OVER = timedelta(hours=24), timedelta(hours=1)
FEW_ASKED = 20  # below, a share says nothing
POOR_PERCENT = 50  # firmware that is known to be lossy still answers two of three
WEAK_DBM = -75
LASTING = {  # faults that no next poll mends
    "wrong_device",
    "port_unavailable",
    "not_sent",
    "method_missing",
    "answer_malformed",
    IDENTITY_TAKEN,
}
CATALOGUE = Catalogue(
    {
        "battery.answers": gettext_lazy("Battery"),
        "battery.history": gettext_lazy("History"),
        "battery.firmware": gettext_lazy("Model and firmware"),
        "battery.rate": gettext_lazy("Answer rate"),
        "battery.signal": gettext_lazy("Wi-Fi signal"),
        "battery.meter": gettext_lazy("House meter"),
        "battery.pace": gettext_lazy("Pace of the questions"),
        "battery.readings": gettext_lazy("Readings"),
        "battery.clock": gettext_lazy("The battery's own clock"),
    }
)


@dataclass(frozen=True, slots=True)
class Record:
    """A battery, its datagrams of the last day, and its history of the last hour."""

    battery: Battery
    asked: int
    answered: int
    rows: int


def records(now: datetime) -> list[Record]:
    """Every battery that is not retired: three queries."""
    batteries = dashboard_batteries()
    ids = [battery.pk for battery in batteries]  # the key begins with them: no index on the moment
    rows = dict(
        BatteryStatusLog.objects.filter(battery__in=ids, timestamp__gt=now - HISTORY_OVER)
        .values_list("battery_id")
        .annotate(count=Count("timestamp"))
        .order_by()
    )
    health = MethodHealth.objects.filter(hour_at__gt=now - RATE_OVER).values_list("battery_id")
    sums = health.annotate(asked_sum=Sum("asked"), answered_sum=Sum("answered")).order_by()
    counts = {pk: (asked, answered) for pk, asked, answered in sums}
    return [
        Record(battery, *counts.get(battery.pk, (0, 0)), rows.get(battery.pk, 0))
        for battery in batteries
    ]


def _answers(record: Record, now: datetime) -> Iterator[Finding]:
    battery, name, code = record.battery, record.battery.name, "battery.answers"
    remedy = remedy_for(battery)
    cause = remedy.cause[:1].upper() + remedy.cause[1:] + "."
    if battery.polling == Polling.ORDERS_ONLY:
        yield CATALOGUE.well(code, _("It is never asked: “orders only” is set."), subject=name)
    elif _is_unasked(battery, now):
        text = _("Nobody asks it, so nothing can be said.")
        advice = _("See the program that talks to the batteries.")
        yield CATALOGUE.unsure(code, text, advice, subject=name)
    elif is_silent(battery, now) or battery.fault in LASTING:
        yield CATALOGUE.broken(code, cause, remedy.advice, subject=name)
    elif battery.fault and battery.missed_polls >= MISSED_POLLS_LOST:
        yield CATALOGUE.warning(code, cause, remedy.advice, subject=name)
    else:
        text = _("Last answer: %(moment)s.")
        moment = wording.moment(battery.last_seen_at or now, now)
        yield CATALOGUE.well(code, text % {"moment": moment}, subject=name)


def _is_unasked(battery: Battery, now: datetime) -> bool:
    if is_waiting(battery) or battery.polled_at is None:
        return battery.last_seen_at is None
    waited: timedelta = now - battery.polled_at
    return waited > stale_after(battery)


def _history(record: Record, now: datetime) -> Iterator[Finding]:
    """A poll that was answered leaves a row, in the same transaction."""
    name, told_at = record.battery.name, record.battery.status_at
    if record.rows:
        text = ngettext(
            "%(count)d reading was kept in the last hour.",
            "%(count)d readings were kept in the last hour.",
            record.rows,
        )
        yield CATALOGUE.well("battery.history", text % {"count": record.rows}, subject=name)
    elif told_at is not None and told_at > now - HISTORY_OVER:
        yield CATALOGUE.broken(
            "battery.history",
            _("It tells its state, and no reading was kept in the last hour."),
            _("Look at the free disk space and the log, then restart the service."),
            subject=name,
        )


def _firmware(record: Record, _now: datetime) -> Iterator[Finding]:
    battery, name, code = record.battery, record.battery.name, "battery.firmware"
    if not battery.model and battery.firmware is None:
        return
    profile = battery_profile(battery)
    named = f"{battery.model or '?'}, {wording.firmware(battery.firmware) or '?'}."
    if Fault.MODEL_UNKNOWN in profile.faults or Fault.FIRMWARE_UNKNOWN in profile.faults:
        advice = " ".join(fault_meanings(profile)[:1])
        yield CATALOGUE.unsure(code, named, advice, subject=name)
    elif profile.is_recommended is False:
        resets = Fault.API_RESETS in profile.faults
        more = f" {_('It may switch its local API off by itself.')}" if resets else ""
        yield CATALOGUE.warning(code, named + more, firmware_advice(profile), subject=name)
    else:
        yield CATALOGUE.well(code, named, subject=name)


def _rate(record: Record, _now: datetime) -> Iterator[Finding]:
    if record.asked < FEW_ASKED:
        return
    percent = 100 * record.answered / record.asked
    text = _("It answered %(percent)s of the questions of the last 24 hours.") % {
        "percent": wording.percent(percent)
    }
    if percent >= POOR_PERCENT:
        yield CATALOGUE.well("battery.rate", text, subject=record.battery.name)
        return
    advice = _("Improve its Wi-Fi, update its firmware, and stop other tools that ask it.")
    yield CATALOGUE.warning("battery.rate", text, advice, subject=record.battery.name)


def _signal(record: Record, _now: datetime) -> Iterator[Finding]:
    dbm: int | None = record.battery.rssi_dbm
    if dbm is None:
        return
    text = _("Its Wi-Fi signal is %(signal)s.") % {"signal": wording.signal(dbm)}
    if dbm > WEAK_DBM:
        yield CATALOGUE.well("battery.signal", text, subject=record.battery.name)
        return
    advice = _("Bring the router or a repeater nearer to the battery.")
    yield CATALOGUE.warning("battery.signal", text, advice, subject=record.battery.name)


def _meter(record: Record, _now: datetime) -> Iterator[Finding]:
    battery = record.battery
    if battery.ct_connected:
        yield CATALOGUE.well("battery.meter", subject=battery.name)
    elif battery.ct_connected is False:
        yield CATALOGUE.unsure(
            "battery.meter",
            _("No meter (CT or P1) is connected to it: in Auto it cannot follow the house."),
            _("Pair the meter in the Marstek app; where it shall have none, all is well."),
            subject=battery.name,
        )


def _pace(record: Record, _now: datetime) -> Iterator[Finding]:
    battery = record.battery
    text = wording.pace_meaning(battery.pace, battery.pace_reason)
    if not text:
        yield CATALOGUE.well("battery.pace", subject=battery.name)
        return
    advice = _("Check that the meter has power and is paired; nothing else is to be done here.")
    yield CATALOGUE.warning("battery.pace", text, advice, subject=battery.name)


def _readings(record: Record, _now: datetime) -> Iterator[Finding]:
    battery = record.battery
    if not battery.doubts:
        yield CATALOGUE.well("battery.readings", subject=battery.name)
        return
    text = " ".join(wording.doubt_meaning(code) for code in battery.doubts)
    advice = _("If the app shows the same, it is true; else set a scale override.")
    yield CATALOGUE.unsure("battery.readings", text, advice, subject=battery.name)


def _clock(record: Record, _now: datetime) -> Iterator[Finding]:
    """Nobody can read it over the local API, and the slots in the device go by it."""
    if record.battery.control_method != ControlMethod.MANUAL:
        return
    yield CATALOGUE.unsure(
        "battery.clock",
        _("Its time slots follow its own clock, which cannot be read from here."),
        _("Leave it connected to the Internet now and then: the vendor sets its clock from there."),
        subject=record.battery.name,
    )


CHECKS: tuple[Callable[[Record, datetime], Iterator[Finding]], ...] = (
    _answers,
    _history,
    _firmware,
    _rate,
    _signal,
    _meter,
    _pace,
    _readings,
    _clock,
)
