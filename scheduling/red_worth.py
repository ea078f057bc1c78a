"""What it costs to miss a part of a red day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tempo.billing import current_grid
from tempo.days import Colour
from tempo.worth import ROUND_TRIP, WEAR_C_KWH, night_price

from .claims import colour_of
from .red_loss import RedLoss, lost_wh
from .situation import Situation, Wish


def red_loss(
    situation: Situation, wishes: Sequence[Wish], day: date, now: datetime
) -> RedLoss | None:
    """What these wishes would cost on the red day `day`. None without prices."""
    grid = current_grid(now)
    if grid is None:
        return None
    charge_c = night_price(grid, colour_of(situation, day - timedelta(days=1)))
    return RedLoss(
        lost_wh(situation, wishes, day, now),
        bought_c=grid.price(Colour.RED, peak=True),
        charged_c=charge_c / ROUND_TRIP + WEAR_C_KWH,
    )
