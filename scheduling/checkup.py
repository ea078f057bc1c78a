"""What a check-up finds about automation and schedules; periodic tasks are the site's to check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batteries.models import Battery
from notifications.checkup import Catalogue, Finding, each

from .intentions import ScheduleConfig, household

CATALOGUE = Catalogue(
    {
        "scheduling.automation": gettext_lazy("Automation"),
        "scheduling.schedules": gettext_lazy("Schedules"),
    }
)


def findings(now: datetime) -> Iterator[Finding]:
    """Every check of this room."""
    return each((_automation, _schedules), now)


def _automation(_now: datetime) -> Iterator[Finding]:
    if not Battery.objects.active().exists():
        return
    if household().is_automatic:
        yield CATALOGUE.well("scheduling.automation", _("It is on."))
        return
    yield CATALOGUE.warning(
        "scheduling.automation",
        _("It is off: nothing is ordered by itself, on red days neither."),
        _("Switch it on on the page “Schedules”; it first says what will be ordered."),
    )


def _schedules(_now: datetime) -> Iterator[Finding]:
    if ScheduleConfig.objects.filter(is_active=True).exists():
        yield CATALOGUE.well("scheduling.schedules", _("There is at least one."))
    elif Battery.objects.active().exists():
        yield CATALOGUE.unsure(
            "scheduling.schedules",
            _("None is switched on: batteries follow the house (Auto), red days aside."),
            _("If that is not what you want, make some on the page “Schedules”."),
        )
