"""The catalogue: all that people may have to know, how urgent it is, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Severity(IntegerChoices):
    """How much it matters. Stored, and ordered by."""

    INFO = 1, pgettext_lazy("severity", "information")
    WARNING = 2, pgettext_lazy("severity", "warning")
    URGENT = 3, pgettext_lazy("severity", "urgent")


class Event(TextChoices):
    """What can happen. Stored: never rename one. Each has a `Kind` below and words in `wording`."""

    RED_TOMORROW = "red_tomorrow", _("Tomorrow is red")
    RED_IN_DANGER = "red_in_danger", _("Red day in danger")
    RED_RESULT = "red_result", _("Result of a red day")
    COLOUR_UNKNOWN = "colour_unknown", _("Colour unknown at 18:00")
    COLOUR_DISPUTED = "colour_disputed", _("Sources disagree on a colour")
    COLOUR_CHANGED = "colour_changed", _("A colour changed")
    COLOUR_AGAINST_RULES = "colour_against_rules", _("Colour against the rules")
    PRICES_CHANGED = "prices_changed", _("New prices")
    PRICES_OLD = "prices_old", _("Prices to be checked")
    ORDER_NOT_PROVED = "order_not_proved", _("Order not proved")
    CHANGED_BY_OTHER = "changed_by_other", _("Changed by somebody else")
    BATTERY_OFFLINE = "battery_offline", _("Battery silent, and back")
    BATTERY_RESET = "battery_reset", _("Battery lost its settings")
    BATTERIES_PUSHING = "batteries_pushing", _("Batteries push against each other")
    SOC_LOW = "soc_low", _("Battery nearly empty")
    SOC_FULL = "soc_full", _("Battery full")
    TEMPERATURE_HIGH = "temperature_high", _("Battery hot")
    METER_LOST = "meter_lost", _("House meter lost")
    FIRMWARE_FAULTY = "firmware_faulty", _("Firmware with known faults")
    PLANNED_TEST = "planned_test", _("Planned test")
    UNCLEAN_RESTART = "unclean_restart", _("Restarted after a sudden stop")
    CLOCK_WRONG = "clock_wrong", _("Clock not synchronised")
    DISK_FILLING = "disk_filling", _("Disk filling up")
    TEST = "test", _("Test message")


class Lifetime(Enum):
    """How a notice ends.

    STATE lasts until `recover`. MOMENT is repeated within its hours as one notice, and is a new
    one after. ONCE is one notice a subject, for ever (the subject holds a date).
    """

    STATE = "state"
    MOMENT = "moment"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A person's own limit of the value `param`: the notice is theirs from `usual` on, or from
    what they set.

    `falls`: from there downwards. It is over once the value is `slack` beyond the limit again.
    """

    param: str
    usual: int
    least: int
    most: int
    unit: str
    falls: bool = False
    slack: int = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """What the catalogue says of an event. `is_on`: whether people hear of it unless they choose.
    `wakes`: whether it passes through quiet hours."""

    severity: Severity = Severity.WARNING
    lifetime: Lifetime = Lifetime.STATE
    is_on: bool = True
    wakes: bool = False
    threshold: Threshold | None = None
    shown_for: timedelta = timedelta(hours=24)


STATE, MOMENT, ONCE = Lifetime
KINDS: dict[Event, Kind] = {
    Event.RED_TOMORROW: Kind(Severity.INFO, ONCE, shown_for=timedelta(hours=36)),
    Event.RED_IN_DANGER: Kind(Severity.URGENT, wakes=True),
    Event.RED_RESULT: Kind(Severity.INFO, ONCE),
    Event.COLOUR_UNKNOWN: Kind(),
    Event.COLOUR_DISPUTED: Kind(),
    Event.COLOUR_CHANGED: Kind(lifetime=ONCE, is_on=False),
    Event.COLOUR_AGAINST_RULES: Kind(Severity.INFO, ONCE),
    Event.PRICES_CHANGED: Kind(Severity.INFO, ONCE, shown_for=timedelta(days=14)),
    Event.PRICES_OLD: Kind(Severity.INFO),
    Event.ORDER_NOT_PROVED: Kind(),
    Event.CHANGED_BY_OTHER: Kind(lifetime=MOMENT, shown_for=timedelta(hours=2)),
    Event.BATTERY_OFFLINE: Kind(),
    Event.BATTERY_RESET: Kind(lifetime=MOMENT),
    Event.BATTERIES_PUSHING: Kind(),
    Event.SOC_LOW: Kind(
        Severity.INFO, is_on=False, threshold=Threshold("soc", 15, 5, 60, "%", falls=True)
    ),
    Event.SOC_FULL: Kind(Severity.INFO, is_on=False, threshold=Threshold("soc", 100, 60, 100, "%")),
    Event.TEMPERATURE_HIGH: Kind(threshold=Threshold("temperature", 45, 30, 60, "°C", slack=3)),
    Event.METER_LOST: Kind(),
    Event.FIRMWARE_FAULTY: Kind(Severity.INFO),
    Event.PLANNED_TEST: Kind(Severity.INFO, ONCE, is_on=False),
    Event.UNCLEAN_RESTART: Kind(lifetime=MOMENT),
    Event.CLOCK_WRONG: Kind(),
    Event.DISK_FILLING: Kind(),
    Event.TEST: Kind(Severity.INFO, MOMENT, is_on=False, wakes=True, shown_for=timedelta(0)),
}
CHOSEN = tuple(event for event in Event if event != Event.TEST)  # people choose among these
