"""Does charging tonight pay while tomorrow's colour is not certain? Pure arithmetic, to be shown.

Charging in vain (tomorrow is not red): the energy costs the night's price over the round-trip
efficiency, and wear, and is worth what it replaces in peak hours. A missed red day: every kWh that
could have been delivered costs the red peak price instead. Charge where the expected gain is above
zero. At 80 % and 4.6 c of wear, prices of August 2026, a blue night: from a chance of about 9 % on.
"""

from __future__ import annotations

from dataclasses import dataclass

from .days import Colour, DayColour
from .prices import Grid

ROUND_TRIP = 0.80
WEAR_C_KWH = 4.6  # 1250 EUR for 5.12 kWh, 6000 cycles of 88 %


@dataclass(frozen=True, slots=True)
class ChargeCase:
    """Both sides of a charge [EUR], for `delivered_kwh` that reach the house.

    `in_vain_eur`: lost if charged and the day is not red; below zero, charging pays anyway.
    `missed_eur`: lost if not charged and the day is red.
    """

    red_probability: float
    delivered_kwh: float
    in_vain_eur: float
    missed_eur: float

    @property
    def expected_in_vain_eur(self) -> float:
        return (1 - self.red_probability) * self.in_vain_eur

    @property
    def expected_missed_eur(self) -> float:
        return self.red_probability * self.missed_eur

    @property
    def break_even_probability(self) -> float:
        """From this chance of red on it pays."""
        if self.in_vain_eur <= 0:
            return 0.0
        return self.in_vain_eur / (self.in_vain_eur + self.missed_eur)

    @property
    def is_worth(self) -> bool:
        """Whether charging is the better bet."""
        return self.expected_missed_eur > self.expected_in_vain_eur


def charge_pays(
    tomorrow: DayColour,
    tonight: Colour | None,
    grid: Grid,
    *,
    delivered_kwh: float = 1.0,
    round_trip: float = ROUND_TRIP,
    wear_c_kwh: float = WEAR_C_KWH,
) -> ChargeCase:
    """Weigh a charge in the coming night, billed in `tonight`'s colour (None: the dearest).

    Where tomorrow is not red it counts as blue, unless white is said.
    """
    otherwise = Colour.WHITE if tomorrow.colour == Colour.WHITE else Colour.BLUE
    spent_c = night_price(grid, tonight) / round_trip + wear_c_kwh
    eur = delivered_kwh / 100
    return ChargeCase(
        tomorrow.red_probability,
        delivered_kwh,
        in_vain_eur=(spent_c - grid.price(otherwise, peak=True)) * eur,
        missed_eur=(grid.price(Colour.RED, peak=True) - spent_c) * eur,
    )


def night_price(grid: Grid, tonight: Colour | None) -> float:
    """Off-peak [c EUR/kWh] in a colour; not known, the dearest."""
    if tonight is not None:
        return grid.price(tonight, peak=False)
    return max(grid.price(colour, peak=False) for colour in Colour)
