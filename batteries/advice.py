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

NOTHING_TO_DO = gettext_lazy("Nothing to do: it is allowed for here.")
UPDATE = gettext_lazy("An update of the firmware, in the Marstek app, ends it.")
REMEDIES = {
    Fault.MODEL_UNKNOWN: gettext_lazy(
        "Download its answers on this page and send them to the makers of this program."
    ),
    Fault.FIRMWARE_UNKNOWN: gettext_lazy(
        "Compare its figures with the Marstek app; where they differ, send us its answers."
    ),
    Fault.API_RESETS: gettext_lazy(
        "When it falls silent, look in the Marstek app whether the local API is still on; "
        "an update ends it."
    ),
    Fault.METER_THEFT: gettext_lazy(
        "If self-consumption still stops, set it to “orders only” in the administration."
    ),
    Fault.STATUS_SILENT: UPDATE,
    Fault.COUNTERS_FROZEN: gettext_lazy("Trust the powers and the state of charge, or update it."),
    Fault.PV_POWER_ZERO: UPDATE,
    Fault.UPS_STICKS: gettext_lazy("Trust its power rather than the name of its mode."),
    Fault.PASSIVE_IGNORED: UPDATE,
    Fault.PASSIVE_REFUSED: gettext_lazy("Give it modes only: Auto or its own time slots."),
    Fault.PASSIVE_LOST: UPDATE,
    Fault.POWER_IGNORED: gettext_lazy("Set its power in the Marstek app."),
    Fault.BROADCAST_ONLY: gettext_lazy("If it stays silent although it is on, update it."),
    Fault.MAC_MISSING: gettext_lazy("Enter its Bluetooth MAC by hand, as the app shows it."),
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


def fault_remedies(profile: Profile) -> list[tuple[str, str]]:
    """Each known trouble of this model and firmware, and what to do about it."""
    return [
        (str(MEANINGS[fault]), str(REMEDIES.get(fault, NOTHING_TO_DO))) for fault in profile.faults
    ]
