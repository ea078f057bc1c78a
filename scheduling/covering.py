"""Whether an order by hand lies over a red day or its eve, and what that costs, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from batteries import wording
from tempo import wording as tariff
from tempo.days import Colour

from .claims import Claim, Tier, claims_around, colour_of
from .red_loss import RedLoss
from .situation import Situation
from .targets import LONGEST_OVERRIDE, TargetMode

SERVED_BY = {Tier.RED_EVE: TargetMode.CHARGE, Tier.RED_DAY: TargetMode.AUTO}


@dataclass(frozen=True, slots=True)
class RedCover:
    """The first red day, or the night before it, that would pass without being served.

    `resumes_at`: where it begins; None where it has begun.
    """

    day: date
    is_night: bool
    is_red: bool
    resumes_at: datetime | None


def red_cover(
    situation: Situation, mode: TargetMode | None, now: datetime, until: datetime
) -> RedCover | None:
    """What `mode` (None: nothing is written) from `now` to `until` takes away from a red day.

    A day that is only possibly red counts by its night, in which charging for it is a bet.
    """
    claims = claims_around(situation, now, LONGEST_OVERRIDE.days + 1)
    covered = (
        claim
        for claim in claims
        if _is_covered(claim, mode, now, until)
        and (claim.tier == Tier.RED_EVE or _is_red(situation, claim.red_day))
    )
    first = min(covered, key=lambda claim: claim.since, default=None)
    if first is None or first.red_day is None:
        return None
    return RedCover(
        day=first.red_day,
        is_night=first.tier == Tier.RED_EVE,
        is_red=_is_red(situation, first.red_day),
        resumes_at=first.since if first.since > now else None,
    )


def _is_red(situation: Situation, day: date | None) -> bool:
    return day is not None and colour_of(situation, day) == Colour.RED


def _is_covered(claim: Claim, mode: TargetMode | None, now: datetime, until: datetime) -> bool:
    is_over = claim.until <= now or claim.since >= until
    serving = SERVED_BY.get(Tier(claim.tier))
    return serving is not None and not is_over and mode != serving


def cover_sentence(
    cover: RedCover, name: str, until: datetime, now: datetime, loss: RedLoss | None
) -> str:
    """What it does to the red day and what that costs; without prices (`loss` None) only what it
    does."""
    words = {"name": name, "until": wording.moment(until, now)}
    if loss is not None and loss.is_small:
        text = _(
            "This lasts until %(until)s, over hours that count for a red day. As planned hardly "
            "anything is lost: what %(name)s has, and the time that is left, are enough."
        )
    elif cover.is_night and cover.is_red:
        text = _(
            "This lasts until %(until)s, over the night before a red day: "
            "%(name)s would not be charged for it."
        )
    elif cover.is_night:
        text = _(
            "This lasts until %(until)s, over the night before a day that may be red: "
            "%(name)s would not be charged for it."
        )
    else:
        text = _(
            "This lasts until %(until)s, over a red day: %(name)s would not feed the house "
            "while power is most expensive."
        )
    costs = "" if loss is None or loss.is_small else cost_sentence(loss, is_red=cover.is_red)
    return f"{text % words} {costs}".strip()


def cost_sentence(loss: RedLoss, *, is_red: bool) -> str:
    """How much [EUR], and where the figure comes from."""
    words = {
        "cost": tariff.number(loss.eur, "€", 2),
        "energy": wording.kilowatt_hours(loss.wh),
        "bought": tariff.price(loss.bought_c),
        "charged": tariff.price(loss.charged_c),
    }
    if is_red:
        text = _(
            "That costs about %(cost)s: %(energy)s bought at %(bought)s, the red peak price, while "
            "a charge costs %(charged)s with its losses and wear."
        )
    else:
        text = _(
            "If it is red, that costs about %(cost)s: %(energy)s bought at %(bought)s, the red "
            "peak price, while a charge costs %(charged)s with its losses and wear."
        )
    return text % words
