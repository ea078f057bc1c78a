"""What a check-up finds about colours, their sources and the prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.checkup import Catalogue, Finding, each

from . import wording
from .alerts import alerts_due
from .billing import current_grid, is_old
from .consensus import Source
from .days import tempo_day
from .models import SourceContact, SourceFault
from .seasons import season_of
from .selectors import season_tallies
from .sources.catalogue import daily_sources

CATALOGUE = Catalogue(
    {
        "tempo.colours": gettext_lazy("Tempo colours"),
        "tempo.source": gettext_lazy("Tempo source"),
        "tempo.asked": gettext_lazy("Questions to the Tempo sources"),
        "tempo.season": gettext_lazy("Tempo season"),
        "tempo.prices": gettext_lazy("Tempo prices"),
    }
)
SILENT_AFTER = timedelta(hours=26)
A_FEW = 3


def findings(now: datetime) -> Iterator[Finding]:
    """Everything of this room."""
    return each((_asked, _sources, _colours, _season, _prices), now)


def _asked(now: datetime) -> Iterator[Finding]:
    if not daily_sources():
        text = _("Every source is switched off: no colour is known unless somebody enters it.")
        advice = _("Take one of RTE_SITE_URL, EDF_URL and COULEUR_TEMPO_URL out of the settings.")
        yield CATALOGUE.warning("tempo.asked", text, advice)
        return
    last = SourceContact.objects.filter(topic="").order_by("-asked_at").first()
    if last is None:
        advice = _("It comes within a minute or two of the start.")
        yield CATALOGUE.unsure("tempo.asked", _("The first question was not asked yet."), advice)
    elif now - last.asked_at > SILENT_AFTER:
        text = _("None was asked since %(moment)s.") % {"moment": _moment(last.asked_at)}
        advice = _("See whether the clock (beat) and the worker run; else restart the service.")
        yield CATALOGUE.broken("tempo.asked", text, advice)
    else:
        text = _("Last question: %(moment)s.") % {"moment": _moment(last.asked_at)}
        yield CATALOGUE.well("tempo.asked", text)


def _sources(_now: datetime) -> Iterator[Finding]:
    """Those that are in use; a slip or two is no matter, a refusal is."""
    used = [source.source for source in daily_sources()]
    for contact in SourceContact.objects.filter(topic="", source__in=used):
        subject = contact.get_source_display()
        is_refused = contact.fault_code == SourceFault.REFUSED
        if contact.failures < A_FEW and not is_refused:
            yield CATALOGUE.well("tempo.source", subject=subject)
            continue
        text = _("It %(fault)s (%(count)d times in a row). %(detail)s") % {
            "fault": contact.get_fault_code_display(),
            "count": contact.failures,
            "detail": contact.fault,
        }
        yield CATALOGUE.warning("tempo.source", text, _advice(contact), subject=subject)


def _advice(contact: SourceContact) -> str:
    if contact.source == Source.RTE_API and contact.fault_code == SourceFault.REFUSED:
        return _("Set RTE_CLIENT_ID and RTE_CLIENT_SECRET right, or take both out.")
    if contact.fault_code == SourceFault.UNREACHABLE:
        return _("Check this machine’s way to the Internet. The other sources are asked as well.")
    return _("It is asked again by itself, and the other sources as well.")


def _colours(now: datetime) -> Iterator[Finding]:
    urgent = [alert for alert in alerts_due(now) if alert.is_urgent]
    for alert in urgent:
        advice = _("Read the colour on EDF’s site and enter it under Tempo, colour statements.")
        yield CATALOGUE.warning("tempo.colours", alert.text, advice)
    if not urgent:
        yield CATALOGUE.well("tempo.colours")


def _season(now: datetime) -> Iterator[Finding]:
    season = season_of(tempo_day(now))
    note = wording.season_note(season_tallies(season, now).unknown)
    if note:
        advice = _("Until then, how many red days are left is not certain.")
        yield CATALOGUE.unsure("tempo.season", note, advice, look="manage.py tempo")
    else:
        yield CATALOGUE.well("tempo.season", season.label)


def _prices(now: datetime) -> Iterator[Finding]:
    grid = current_grid(now)
    if grid is None:
        text = _("There is no price grid: whether a charge pays cannot be told.")
        yield CATALOGUE.broken("tempo.prices", text, _("Enter one under Tempo, price grids."))
        return
    text = _("They are those of %(day)s.") % {"day": wording.day_and_year(grid.starts_on)}
    if is_old(grid, now):
        advice = _("Compare them with your last bill; enter new ones under Tempo, price grids.")
        yield CATALOGUE.unsure("tempo.prices", text, advice)
    else:
        yield CATALOGUE.well("tempo.prices", text)


def _moment(at: datetime) -> str:
    return f"{wording.day_and_year(timezone.localtime(at).date())}, {wording.clock(at)}"
