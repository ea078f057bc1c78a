"""What a claim asks of a battery, in words and numbers, before limits shape it. Pure."""

from __future__ import annotations

from typing import NamedTuple

from tempo.days import Colour

from .claims import Claim, Tier, colour_of
from .situation import Reason, Rule, Situation, Wish, WishKind
from .targets import TargetMode


class Aim(NamedTuple):
    """A mode (None: leave it alone), and the reasons for doing it, having done it and waiting.

    `stop_soc`: the charge or the floor at which it is done. `turn`: whose charges come first.
    `is_spread`: the power follows from the time that is left.
    """

    mode_type: TargetMode | None
    acts: Reason
    reached: Reason
    waits: Reason
    turn: int = 0
    power_w: int | None = None
    stop_soc: int | None = None
    is_spread: bool = False


WISHES = Reason.WISH, Reason.WISH_REACHED, Reason.WISH_WAITS
RED_EVES = Reason.RED_EVE, Reason.RED_EVE_REACHED, Reason.RED_EVE_WAITS
MAYBE_RED_EVES = Reason.RED_EVE_MAYBE, Reason.RED_EVE_REACHED, Reason.RED_EVE_WAITS
SCHEDULES = Reason.SCHEDULE, Reason.SCHEDULE_REACHED, Reason.SCHEDULE_WAITS


def aim_of(situation: Situation, claim: Claim | None) -> Aim:
    """What the claim that holds asks; Auto where there is none."""
    if claim is None or claim.tier == Tier.NOTHING:
        return _plain(TargetMode.AUTO, Reason.NOTHING_SET)
    if claim.wish is not None:
        return _wish_aim(claim.wish)
    if claim.rule is not None:
        return _rule_aim(claim.rule)
    if claim.tier == Tier.RED_DAY:
        return _plain(TargetMode.AUTO, Reason.RED_DAY)
    return _red_eve_aim(situation, claim)


def _plain(mode: TargetMode | None, reason: Reason) -> Aim:
    return Aim(mode, reason, reason, reason)


def _wish_aim(wish: Wish) -> Aim:
    if wish.kind == WishKind.HANDS_OFF:
        return _plain(None, Reason.HANDS_OFF)
    if wish.kind == WishKind.YIELD:
        return _plain(None, Reason.YIELD)
    mode = wish.mode_type or TargetMode.AUTO
    return Aim(mode, *WISHES, power_w=wish.power_w, stop_soc=wish.target_soc)


def _rule_aim(rule: Rule) -> Aim:
    stop_soc = rule.floor_soc if rule.mode_type == TargetMode.DISCHARGE else rule.target_soc
    is_spread = rule.mode_type == TargetMode.CHARGE and rule.power_w is None
    return Aim(rule.mode_type, *SCHEDULES, 2, rule.power_w, stop_soc, is_spread)


def _red_eve_aim(situation: Situation, claim: Claim) -> Aim:
    is_sure = claim.red_day is not None and colour_of(situation, claim.red_day) == Colour.RED
    reasons = RED_EVES if is_sure else MAYBE_RED_EVES
    target = situation.household.target_soc
    return Aim(TargetMode.CHARGE, *reasons, turn=1, stop_soc=target, is_spread=True)
