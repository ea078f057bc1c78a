"""The night before a red day, as a person wants it: charged as planned, not at all, or less.

"No" and a share are overrides of that night alone, 22:00 to 06:00, in the person's name: no, and
batteries follow the house. "Yes" leaves the night to the plan, and orders it only where the plan
would not charge by itself. From 06:00 on the red day is served in each case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from batteries import wording
from batteries.models import Battery
from notifications.commands import Answer, Asked, CommandRefused, Offer
from notifications.models import Notification
from tempo.days import Colour, tempo_day

from .bot_orders import each_battery
from .bot_words import batteries_named, share_first
from .claims import colour_of, counts_as_red
from .covering import cost_sentence
from .intentions import Override
from .models import Origin
from .orders import cancel_order, order_later, place_order
from .red_worth import red_loss
from .situation import HouseholdRules, Situation, Wish, WishKind
from .surroundings import situation_at
from .targets import Target, TargetMode
from .windows import DAY, Window, eve

LESS = 80
YES, NO = ("oui", "yes"), ("non", "no")


def night_buttons(
    notice: Notification,
    _person: User,
) -> tuple[Sequence[Sequence[Offer]], datetime]:
    """Under “tomorrow is red”: yes, no, 80 %; until the red day begins."""
    day = date.fromisoformat(str(notice.params["day"]))
    offers = (
        Offer(pgettext("charge tonight", "Charge tonight: yes"), "nuit", f"oui {day}"),
        Offer(pgettext("charge tonight", "No"), "nuit", f"non {day}"),
        Offer(pgettext("charge tonight", "80 %"), "nuit", f"{LESS} {day}"),
    )
    return [offers[:1], offers[1:]], eve(day).until


def night(asked: Asked) -> Answer:
    """What shall be done in the night before the red day."""
    situation = situation_at(asked.now)
    wish, day = _wish_and_day(asked, situation)
    tonight = Night(asked, batteries_named(""), eve(day))
    if wish in NO:
        refusals = tonight.order(Target(TargetMode.AUTO, until=tonight.window.until))
        words = _(
            "Nothing is charged tonight: the batteries follow the house, on the red day too, with"
            " what they have."
        )
        return Answer("\n".join([*refusals, words, *tonight.cost(situation, day)]))
    if wish in YES:
        rules = situation.household
        share, refusals = rules.target_soc, tonight.as_planned(rules)
    else:
        share = _share(wish)
        refusals = tonight.charge(share)
    words = _("The batteries charge up to %(share)s, from %(since)s on.") % {
        "share": wording.percent(share),
        "since": wording.moment(max(tonight.window.since, asked.now), asked.now),
    }
    return Answer("\n".join([*refusals, words]))


def _share(wish: str) -> int:
    share, rest = share_first(wish)
    if share is None or rest:
        raise CommandRefused(_("Write /nuit oui, /nuit non or /nuit 80."))
    return share


def _wish_and_day(asked: Asked, situation: Situation) -> tuple[str, date]:
    """A button names its day; who types means the one that comes next."""
    wish, _blank, named = asked.arguments.partition(" ")
    try:
        day = date.fromisoformat(named) if named else tempo_day(asked.now) + DAY
    except ValueError:
        raise CommandRefused(_("Write /nuit oui, /nuit non or /nuit 80.")) from None
    if not eve(day).since - DAY < asked.now < eve(day).until:
        raise CommandRefused(_("This night is over, or does not come next: nothing was done."))
    if not counts_as_red(situation, day):
        raise CommandRefused(_("The coming day is not red: nothing was done."))
    return wish.casefold(), day


@dataclass(frozen=True, slots=True)
class Night:
    """One night of all batteries, and who orders it. Each order says whom it does not concern."""

    asked: Asked
    batteries: Sequence[Battery]
    window: Window

    def as_planned(self, rules: HouseholdRules) -> list[str]:
        """The plan charges; where it would not, the charge is ordered."""
        self._take_back()
        if rules.is_automatic and rules.serves_red_days:
            return []
        return self.charge(rules.target_soc)

    def charge(self, share: int) -> list[str]:
        """Up to this state of charge."""
        return self.order(Target.of(TargetMode.CHARGE, until_soc=share, until=self.window.until))

    def cost(self, situation: Situation, day: date) -> list[str]:
        """What it costs that nothing is charged; nothing to say where no price is known."""
        since, until = max(self.window.since, self.asked.now), self.window.until
        wishes = [
            Wish(0, one.pk, WishKind.TARGET, since, until, TargetMode.AUTO)
            for one in self.batteries
        ]
        loss = red_loss(situation, wishes, day, self.asked.now)
        is_red = colour_of(situation, day) == Colour.RED
        return [] if loss is None or loss.is_small else [cost_sentence(loss, is_red=is_red)]

    def order(self, target: Target) -> list[str]:
        """From 22:00 on, or now where it is later."""
        by, now, origin = self.asked.person, self.asked.now, Origin.BOT
        since = self.window.since
        if now < since:
            return each_battery(
                self.batteries,
                lambda one: order_later(
                    one, target, starts_at=since, by=by, origin=origin, now=now
                ),
            )
        return each_battery(
            self.batteries, lambda one: place_order(one, target, by=by, origin=origin, now=now)
        )

    def _take_back(self) -> None:
        """What a message ordered for this night before; a hand's order of now goes on."""
        standing = Override.objects.standing(self.asked.now).filter(origin=Origin.BOT)
        nightly = set(standing.filter(until=self.window.until).values_list("battery", flat=True))
        each_battery(
            [one for one in self.batteries if one.pk in nightly],
            lambda one: cancel_order(one, by=self.asked.person, now=self.asked.now),
        )
