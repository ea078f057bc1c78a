"""People: somebody who can administrate, and who is kept out by the login lock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batteries.wording import moment
from notifications.checkup import Catalogue, Finding

from ..login_links import has_administrator

CATALOGUE = Catalogue(
    {
        "people.administrator": gettext_lazy("Administrator"),
        "people.locked": gettext_lazy("Login lock"),
    }
)


def _administrator(_now: datetime) -> Iterator[Finding]:
    if has_administrator():
        yield CATALOGUE.well("people.administrator")
        return
    text = _("There is no administrator yet.")
    advice = _("Type the command and open the link that it prints.")
    yield CATALOGUE.broken("people.administrator", text, advice, look="manage.py login_link")


def _locked(now: datetime) -> Iterator[Finding]:
    """Pairs of name and address; names are left to the administration."""
    lasts = timedelta(hours=settings.AXES_COOLOFF_TIME)
    wrong = AccessAttempt.objects.filter(
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gt=now - lasts
    )
    locked = dict(wrong.order_by("attempt_time").values_list("ip_address", "attempt_time"))
    for address, at in locked.items():
        text = _("Too many wrong passwords from %(address)s: locked out until %(moment)s.") % {
            "address": address,
            "moment": moment(at + lasts, now),
        }
        advice = _("If it was you, wait, or type the command. If not, somebody tries passwords.")
        look = f"manage.py axes_reset_ip {address}"
        yield CATALOGUE.warning("people.locked", text, advice, subject=address or "", look=look)
    if not locked:
        yield CATALOGUE.well("people.locked")


CHECKS = (_administrator, _locked)
