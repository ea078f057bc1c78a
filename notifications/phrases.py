"""The sentences of the catalogue. Their placeholders are params; `wording.SPOKEN` says each."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .events import Event


@dataclass(frozen=True, slots=True)
class Phrase:
    """A title and a text, before the params are filled in."""

    title: str | Promise
    text: str | Promise


TEXTS: dict[Event, Phrase] = {
    Event.RED_TOMORROW: Phrase(
        _("Red day: %(day)s"),
        _(
            "The batteries charge from %(from_at)s, are at %(target)s by %(by)s, and then feed the"
            " house until 22:00."
        ),
    ),
    Event.RED_IN_DANGER: Phrase(_("Red day in danger: %(name)s"), _("%(name)s is not ready.")),
    Event.RED_RESULT: Phrase(
        _("Red day over: %(served_wh)s from the batteries"),
        _(
            "%(day)s: in red hours the batteries gave the house %(served_wh)s of the %(needed_wh)s"
            " that it used. Saved: %(saved_eur)s. Nothing to do."
        ),
    ),
    Event.COLOUR_UNKNOWN: Phrase(
        _("Colour still unknown: %(day)s"),
        _(
            "No source has told the colour of %(day)s yet; we keep asking. Look at EDF’s site: if"
            " it is red and no charge is planned for tonight, order one from 22:00 on."
        ),
    ),
    Event.COLOUR_DISPUTED: Phrase(
        _("Sources disagree: %(day)s"),
        _(
            "%(says)s. Where one says red, the day counts as red and the batteries charge tonight."
            " Look at EDF’s site, and at the plan before 22:00."
        ),
    ),
    Event.COLOUR_CHANGED: Phrase(
        _("Now %(colour)s: %(day)s"),
        _(
            "The colour of %(day)s changed from %(before)s to %(colour)s. The plan follows by"
            " itself. Nothing to do."
        ),
    ),
    Event.COLOUR_AGAINST_RULES: Phrase(
        _("Unexpected colour: %(day)s"),
        _(
            "%(day)s is published as %(colour)s, which the rules of the tariff do not allow. It"
            " counts as published. Look at EDF’s site if in doubt."
        ),
    ),
    Event.PRICES_CHANGED: Phrase(
        _("New prices from %(day)s"),
        _(
            "From %(day)s on other prices count. Compare them with your contract, and correct them"
            " in the administration if they differ."
        ),
    ),
    Event.PRICES_OLD: Phrase(
        _("Prices to be checked"),
        _(
            "The prices in use are those of %(day)s. Compare them with your last bill, and enter"
            " new ones in the administration if they differ."
        ),
    ),
    Event.ORDER_NOT_PROVED: Phrase(
        _("%(name)s does not follow an order"),
        _(
            "Since %(since)s %(name)s is to %(wanted)s and does not. It is tried again by itself."
            " If it lasts, set the mode in the Marstek app, and check there that its local API"
            " is on."
        ),
    ),
    Event.CHANGED_BY_OTHER: Phrase(
        _("%(name)s was changed by somebody else"),
        _(
            "Not by us, %(name)s is now in mode %(mode)s. We leave it alone until %(until)s. To"
            " take it over at once, give it an order on the home page."
        ),
    ),
    Event.BATTERY_OFFLINE: Phrase(
        _("%(name)s is silent"),
        _(
            "%(name)s has not answered since %(since)s. Is it on, and its Wi-Fi in reach? Check in"
            " the Marstek app that its local API is on. We keep asking."
        ),
    ),
    Event.BATTERY_RESET: Phrase(
        _("%(name)s lost its settings"),
        _(
            "%(name)s is back to its factory values. Set its limits and its local API again in the"
            " Marstek app. What was planned is ordered anew by itself."
        ),
    ),
    Event.BATTERIES_PUSHING: Phrase(
        _("Batteries push against each other"),
        _(
            "%(names)s: one charges with what the other gives, %(power_w)s go round in a circle."
            " Put one of them on Hold on the home page, and check their house meters."
        ),
    ),
    Event.SOC_LOW: Phrase(
        _("%(name)s is at %(soc)s"),
        _("%(name)s is nearly empty. If you need it tonight, order a charge on the home page."),
    ),
    Event.SOC_FULL: Phrase(
        _("%(name)s is full: %(soc)s"),
        _("Sun that is left over goes to the grid now: a good moment for the washing machine."),
    ),
    Event.TEMPERATURE_HIGH: Phrase(
        _("%(name)s is hot: %(temperature)s"),
        _("Give it air and shade, and put it on Hold on the home page until it has cooled down."),
    ),
    Event.METER_LOST: Phrase(
        _("%(name)s lost its house meter"),
        _(
            "Since %(since)s %(name)s cannot follow what the house uses. Check that the meter has"
            " power and Wi-Fi, and that it is paired in the Marstek app."
        ),
    ),
    Event.FIRMWARE_FAULTY: Phrase(
        _("Firmware with known faults: %(name)s"),
        _(
            "%(name)s has firmware %(firmware)s, which has known faults: its card names them."
            " Update it in the Marstek app on a day when no red day is near."
        ),
    ),
    Event.PLANNED_TEST: Phrase(
        _("Test planned: %(name)s"),
        _(
            "At %(at)s %(name)s gets a short test order, to prove that it still obeys. Nothing to"
            " do: only leave its mode alone meanwhile."
        ),
    ),
    Event.UNCLEAN_RESTART: Phrase(
        _("Back after a sudden stop"),
        _(
            "This machine stood still from %(since)s to %(at)s. %(batteries)s. What was planned"
            " goes on. If it was no power cut, check its plug and its disk."
        ),
    ),
    Event.CLOCK_WRONG: Phrase(
        _("The machine’s clock is not synchronised"),
        _(
            "Schedules and red hours may come at the wrong time. Check the machine’s network:"
            " timedatectl must say that its clock is synchronised."
        ),
    ),
    Event.DISK_FILLING: Phrase(
        _("Disk nearly full: %(free_percent)s left"),
        _(
            "Once it is full, nothing is recorded and nothing is ordered. Delete what the machine"
            " does not need, or keep less history (HISTORY_DAYS)."
        ),
    ),
    Event.TEST: Phrase(
        _("Test message"),
        _("This channel works: what your batteries have to tell reaches you here. Nothing to do."),
    ),
}

OVER: dict[Event, Phrase] = {
    Event.RED_TOMORROW: Phrase(
        _("No longer red: %(day)s"),
        _("%(day)s is not red after all. Nothing to do: the usual schedules count."),
    ),
    Event.RED_IN_DANGER: Phrase(
        _("Red day safe again: %(name)s"),
        _("%(name)s does what the red day needs. Leave its mode in the Marstek app alone now."),
    ),
    Event.COLOUR_UNKNOWN: Phrase(
        _("Colour known: %(day)s"), _("%(day)s is %(colour)s. Nothing to do.")
    ),
    Event.COLOUR_DISPUTED: Phrase(
        _("Colour settled: %(day)s"), _("%(day)s is %(colour)s. Nothing to do.")
    ),
    Event.ORDER_NOT_PROVED: Phrase(
        _("%(name)s follows its orders again"), _("Nothing to do: what was planned goes on.")
    ),
    Event.BATTERY_OFFLINE: Phrase(
        _("%(name)s answers again"),
        _(
            "%(name)s answers since %(at)s; it was silent since %(since)s. Nothing to do: what was"
            " planned goes on."
        ),
    ),
    Event.BATTERIES_PUSHING: Phrase(
        _("Batteries no longer push against each other"), _("%(names)s: nothing more to do.")
    ),
    Event.SOC_LOW: Phrase(_("%(name)s is at %(soc)s again"), _("Nothing to do.")),
    Event.TEMPERATURE_HIGH: Phrase(
        _("%(name)s has cooled down: %(temperature)s"),
        _("Nothing to do. If you put it on Hold, set it back to Auto."),
    ),
    Event.METER_LOST: Phrase(
        _("%(name)s has its house meter again"), _("Nothing to do: it follows the house again.")
    ),
    Event.CLOCK_WRONG: Phrase(_("The machine’s clock is synchronised again"), _("Nothing to do.")),
    Event.DISK_FILLING: Phrase(_("The disk has room again"), _("Nothing to do.")),
}
