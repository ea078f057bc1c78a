"""What people may write to the bot about batteries, and the buttons under a red eve's message."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from notifications.buttons import buttons_under
from notifications.commands import on_command
from notifications.events import Event

from .bot_answers import plan_words, red_words, state_words, why_words
from .bot_night import night, night_buttons
from .bot_orders import automatic, charge, pause

SEE, ORDER = "batteries.view_battery", "batteries.order_battery"


def register() -> None:
    """Make the words known."""
    texts = {
        "etat": _("how each battery is"),
        "pourquoi": _("why it does that; with a battery’s name: of that one alone"),
        "plan": _("what changes in the next 24 hours"),
        "rouge": _("the next red day"),
        "charge": _("charge now: /charge 80, or /charge 80 Garage"),
        "pause": _("hands off: /pause 2h, or /pause 2h Garage"),
        "auto": _("end what was ordered by hand"),
        "nuit": _("the night before a red day: /nuit 80, /nuit oui, /nuit non"),
    }
    on_command(
        "etat", SEE, state_words, help_text=texts["etat"], aliases=("état", "state", "status")
    )
    on_command("pourquoi", SEE, why_words, help_text=texts["pourquoi"], aliases=("why",))
    on_command("plan", SEE, plan_words, help_text=texts["plan"])
    on_command("rouge", SEE, red_words, help_text=texts["rouge"], aliases=("red",))
    on_command("charge", ORDER, charge, help_text=texts["charge"], aliases=("charger",))
    on_command("pause", ORDER, pause, help_text=texts["pause"])
    on_command("auto", ORDER, automatic, help_text=texts["auto"], aliases=("automatic",))
    on_command("nuit", ORDER, night, help_text=texts["nuit"], aliases=("night",))
    buttons_under(Event.RED_TOMORROW, night_buttons)
