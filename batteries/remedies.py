"""What went wrong with a battery, from the code that the poller keeps, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from .models import Battery
from .profile import HEARS_ONLY_BROADCASTS, IDENTITY_TAKEN, SILENT_ALONE

BUSY = (
    _("this machine was too busy to ask in time"),
    _("It is asked again in the next minute."),
)
UNKNOWN = (
    _("something unexpected happened"),
    _("The line below and the log of the service say more."),
)
REMEDIES = {  # code: (cause, advice); causes are clauses without capital and full stop
    "": (_("no answer came yet"), _("Wait for the next poll.")),
    "device_unreachable": (
        _("nothing answers at %(address)s, port %(port)s"),
        _(
            "Check that it has power and Wi-Fi, that the local API is on in the Marstek app "
            "(some firmware switches it off by itself), and that address and port are right."
        ),
    ),
    "not_sent": (
        _("this machine cannot reach %(address)s"),
        _("Check this machine's network: cable, Wi-Fi, and that it is in the battery's network."),
    ),
    "device_refused": (
        _("it answers with errors"),
        _("This mostly passes by itself. If it lasts for an hour, restart the battery."),
    ),
    "answer_malformed": (
        _("its answers cannot be understood"),
        _("Check the address: another device may use it. Else update the battery's firmware."),
    ),
    "method_missing": (
        _("its firmware cannot report its state"),
        _("Update the firmware in the Marstek app."),
    ),
    "wrong_device": (
        _("another battery answers at %(address)s, port %(port)s"),
        _("Its address has changed: enter the new one here, and make it permanent in your router."),
    ),
    "port_unavailable": (
        _("UDP port %(port)s of this machine is taken by another program"),
        _("Stop the other program that talks to the batteries; we then go on by ourselves."),
    ),
    HEARS_ONLY_BROADCASTS: (
        _("it hears only what is sent to every battery at once"),
        _(
            "It can be read that way, but an order would reach every battery, so none is sent so. "
            "Update its firmware in the Marstek app."
        ),
    ),
    SILENT_ALONE: (
        _("it was silent alone, and answered what is sent to every battery at once"),
        _("Both ways are being tried. Where only the weak Wi-Fi is at fault, this passes."),
    ),
    IDENTITY_TAKEN: (
        _("the device at %(address)s is already known as “%(detail)s”"),
        _("Retire one of the two entries."),
    ),
    "deadline_passed": BUSY,
    "gateway_closed": BUSY,
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """A cause in words, and the next step."""

    cause: str
    advice: str


def remedy_for(battery: Battery) -> Remedy:
    """Words for the battery's fault code; an unknown code says so and points to the log."""
    cause, advice = REMEDIES.get(battery.fault, UNKNOWN)
    where = {
        "address": battery.ip_address,
        "port": battery.udp_port,
        "detail": battery.fault_detail,
    }
    return Remedy(str(cause) % where, str(advice))
