"""What was missed on a red day, in the language that is active."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from batteries.wording import rough_duration, with_unit
from tempo.wording import clock

from .intentions import OverrideKind
from .models import OrderState
from .red_causes import Miss, Missed
from .targets import TargetMode

NAMES = {**dict(OverrideKind.choices), **dict(TargetMode.choices), **dict(OrderState.choices)}
NONE = "—"


def missed_words(missed: Missed) -> str:
    """One cause as a sentence."""
    what = str(NAMES.get(missed.what, missed.what))
    asked_by = _("asked by %(name)s") % {"name": missed.by} if missed.by else ""
    return _text(missed) % {
        "battery": missed.battery,
        "at": _clock(missed.at),
        "until": _clock(missed.until),
        "soc": NONE if missed.soc is None else with_unit(missed.soc, "%"),
        "silent": rough_duration(timedelta(seconds=missed.silent_s)),
        "what": ", ".join(part for part in (what, asked_by) if part),
    }


def _clock(at: datetime | None) -> str:
    return clock(at) if at else NONE


def _text(missed: Missed) -> str:
    if missed.kind == Miss.UNPROVED and not missed.what:
        return _("%(battery)s followed its order late: proved only at %(until)s.")
    return {
        Miss.LATE_COLOUR: _("The colour was known only at %(at)s."),
        Miss.AUTOMATION_OFF: _("Automation was off, %(at)s to %(until)s."),
        Miss.NOT_READY: _("%(battery)s began the day at %(soc)s."),
        Miss.EMPTY: _("%(battery)s was empty from %(at)s on."),
        Miss.SILENT: _("%(battery)s was silent for %(silent)s."),
        Miss.OVERRIDE: _("%(battery)s was under an order by hand (%(what)s), %(at)s to %(until)s."),
        Miss.UNPROVED: _(
            "%(battery)s was not proved to follow its order (%(what)s), %(at)s to %(until)s."
        ),
    }[missed.kind]
