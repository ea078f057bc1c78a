"""What to know of a model and firmware before one relies on it, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .marstek.profiles import Fault, Profile

MEANINGS = {
    Fault.MODEL_UNKNOWN: gettext_lazy("This model is not known here: it is treated with care."),
    Fault.FIRMWARE_UNKNOWN: gettext_lazy(
        "This firmware is not known here: it is treated with care."
    ),
    Fault.API_RESETS: gettext_lazy("It may switch its local API off by itself."),
    Fault.METER_THEFT: gettext_lazy(
        "Being asked may cost it its house meter; we slow down where that is seen."
    ),
    Fault.STATUS_SILENT: gettext_lazy("It tells its state less precisely."),
    Fault.COUNTERS_FROZEN: gettext_lazy("Its energy counters stand still."),
    Fault.DOUBLE_REPLIES: gettext_lazy("It sometimes answers twice, which does no harm."),
    Fault.LOSSY: gettext_lazy("It leaves up to a third of the questions unanswered; we ask again."),
    Fault.MODE_READ_REVERTS: gettext_lazy(
        "Reading its mode too soon after an order undoes the order; we wait."
    ),
    Fault.UPS_STICKS: gettext_lazy("It may go on reporting UPS when another mode is chosen."),
    Fault.PV_POWER_ZERO: gettext_lazy("Its state leaves the sun out: we ask for that apart."),
    Fault.PASSIVE_IGNORED: gettext_lazy("It accepts a power for some minutes and ignores it."),
    Fault.PASSIVE_REFUSED: gettext_lazy("It takes no power for some minutes."),
    Fault.PASSIVE_LOST: gettext_lazy("It forgets an ordered power by itself."),
    Fault.POWER_IGNORED: gettext_lazy("It takes time slots, but not their power."),
    Fault.BROADCAST_ONLY: gettext_lazy("Some of these answer only questions to everybody."),
    Fault.MAC_MISSING: gettext_lazy("It may not tell its identity."),
}


def firmware_advice(profile: Profile) -> str:
    """Whether to update, in one sentence; empty where that is not known."""
    wanted = profile.recommended_firmware
    if profile.is_recommended is None:
        return ""
    if profile.is_recommended:
        return _("This firmware is recommended.")
    return _(
        "Update it to %(wanted)s or newer in the Marstek app: this one loses its connection."
    ) % {"wanted": wanted}


def fault_meanings(profile: Profile) -> list[str]:
    """The known troubles of this model and firmware, one sentence each."""
    return [str(MEANINGS[fault]) for fault in profile.faults]
