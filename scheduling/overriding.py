"""What somebody wants of a battery by hand: carried out, or weighed first against a red day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from batteries.models import Battery

from .covering import cover_sentence, red_cover
from .models import Origin
from .orders import Person, end_of, hands_off, place_order
from .red_worth import red_loss
from .refusals import OrderRefused, end_trouble, refuse_impossible
from .situation import Wish, WishKind
from .surroundings import situation_at
from .targets import HandsOff, Target, Wanted


@dataclass(frozen=True, slots=True)
class RedWarning:
    """What a wish would cost on a red day [EUR, None without prices], and where it could end
    instead."""

    sentence: str
    resumes_at: datetime | None
    cost_eur: float | None


def override(
    battery: Battery, wanted: Wanted, *, by: Person, origin: Origin, now: datetime
) -> None:
    """Order a target, or keep hands off. Raises `OrderRefused` with one sentence."""
    if isinstance(wanted, HandsOff):
        hands_off(battery, until=wanted.until, by=by, origin=origin, now=now)
    else:
        place_order(battery, wanted, by=by, origin=origin, now=now)


def red_warning(batteries: Sequence[Battery], wanted: Wanted, now: datetime) -> RedWarning | None:
    """What to say before this is ordered; None where no red day is touched, and where nothing
    would be done anyway."""
    able = [battery for battery in batteries if not refusal(battery, wanted, now)]
    if not able:
        return None
    situation = situation_at(now)
    wishes = [_wish(battery, wanted, now) for battery in able]
    for wish in wishes:
        cover = red_cover(situation, wish.mode_type, now, wish.until)
        if cover is not None:
            loss = red_loss(situation, wishes, cover.day, now)
            names = ", ".join(one.name for one in able)
            sentence = cover_sentence(cover, names, wish.until, now, loss)
            return RedWarning(sentence, cover.resumes_at, loss.eur if loss else None)
    return None


def _wish(battery: Battery, wanted: Wanted, now: datetime) -> Wish:
    """The override that it would be."""
    target = wanted if isinstance(wanted, Target) else None
    return Wish(
        wish_id=0,
        battery_id=battery.pk,
        kind=WishKind.TARGET if target else WishKind.HANDS_OFF,
        starts_at=now,
        until=end_of(battery, wanted.ends_at(now), now),
        mode_type=target.mode_type if target else None,
        power_w=target.power_w if target else None,
        target_soc=target.until_soc if target else None,
    )


def refusal(battery: Battery, wanted: Wanted, now: datetime) -> str:
    """Why this cannot be ordered; empty where it can."""
    if isinstance(wanted, HandsOff):
        return end_trouble(wanted.until, now)
    try:
        refuse_impossible(battery, wanted, now)
    except OrderRefused as refused:
        return str(refused)
    return ""


def resumed(wanted: Wanted, at: datetime) -> Wanted:
    """The same, ended where a red day needs the batteries."""
    return replace(wanted, until=at)
