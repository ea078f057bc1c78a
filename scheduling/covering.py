"""Whether an order by hand lies over a red day or its eve, and what that costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from batteries import wording
from tempo.days import Colour

from .claims import Claim, Tier, claims_around, colour_of
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
    return claim.red_day is not None and not is_over and mode != SERVED_BY[Tier(claim.tier)]


def cover_sentence(cover: RedCover, name: str, until: datetime, now: datetime) -> str:
    """What it costs, in one sentence."""
    words = {"name": name, "until": wording.moment(until, now)}
    if cover.is_night and cover.is_red:
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
    return text % words
