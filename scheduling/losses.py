"""What a battery loses between the wall and its cells, as measured with a wall clamp. Pure.

Magnitudes in watts; linear between the measured points and on beyond the last.
"""

from __future__ import annotations

from bisect import bisect_right

Points = tuple[float, ...]

# An inverter takes about 25 W for itself: below 63 W hardly anything arrives.
CHARGE_WALL_W: Points = (0, 63, 250, 500, 1000, 1500, 2500)
CHARGE_CELLS_W: Points = (0, 37.8, 221.25, 469, 955, 1431, 2360)
DISCHARGE_WALL_W: Points = (0, 63, 250, 500, 1000, 1500, 2500)
DISCHARGE_CELLS_W: Points = (0, 84, 292, 557, 1096, 1650, 2800)


def charged_w(wall_w: float) -> float:
    """What reaches the cells of a charging power at the wall."""
    return _between(CHARGE_WALL_W, CHARGE_CELLS_W, wall_w)


def wall_to_charge_w(cells_w: float) -> float:
    """The power at the wall that puts so much into the cells."""
    return _between(CHARGE_CELLS_W, CHARGE_WALL_W, cells_w)


def discharged_w(wall_w: float) -> float:
    """What leaves the cells for a power at the wall."""
    return _between(DISCHARGE_WALL_W, DISCHARGE_CELLS_W, wall_w)


def wall_to_discharge_w(cells_w: float) -> float:
    """The power at the wall that takes so much from the cells."""
    return _between(DISCHARGE_CELLS_W, DISCHARGE_WALL_W, cells_w)


def _between(xs: Points, ys: Points, x: float) -> float:
    index = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    slope = (ys[index] - ys[index - 1]) / (xs[index] - xs[index - 1])
    return ys[index - 1] + (x - xs[index - 1]) * slope
