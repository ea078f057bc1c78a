"""Losses between the wall and the cells, as measured with a wall clamp (protocol.md section 6).

Power here is in watts, > 0 into the battery, < 0 out of it.
"""

from bisect import bisect_left

# (AC power [W], efficiency)
CHARGE = (
    (63.0, 0.60),
    (250.0, 0.885),
    (500.0, 0.938),
    (1000.0, 0.955),
    (1500.0, 0.954),
    (2500.0, 0.944),
)
DISCHARGE = (
    (63.0, 0.75),
    (250.0, 0.856),
    (500.0, 0.898),
    (1000.0, 0.912),
    (1500.0, 0.909),
    (2500.0, 0.893),
)
LOWEST_W = 63.0
CHARGE_OVERHEAD_W = LOWEST_W * (1 - 0.60)  # below the lowest measured power the loss stays
DISCHARGE_OVERHEAD_W = LOWEST_W / 0.75 - LOWEST_W

Curve = tuple[tuple[float, float], ...]


def efficiency(curve: Curve, ac_power_w: float) -> float:
    """Linear between the measured points, flat beyond the last; for powers >= 63 W."""
    index = bisect_left(curve, (ac_power_w, 0.0))
    if index == 0:
        return curve[0][1]
    if index == len(curve):
        return curve[-1][1]
    (low_w, low), (high_w, high) = curve[index - 1], curve[index]
    return low + (high - low) * (ac_power_w - low_w) / (high_w - low_w)


def cell_power_w(ac_power_w: float) -> float:
    """What reaches the cells (> 0) or leaves them (< 0) for a power at the wall."""
    if ac_power_w > 0:
        if ac_power_w < LOWEST_W:
            return max(0.0, ac_power_w - CHARGE_OVERHEAD_W)
        return ac_power_w * efficiency(CHARGE, ac_power_w)
    if ac_power_w < 0:
        if ac_power_w > -LOWEST_W:
            return ac_power_w - DISCHARGE_OVERHEAD_W
        return ac_power_w / efficiency(DISCHARGE, -ac_power_w)
    return 0.0


def wall_power_from_panels_w(panels_w: float) -> float:
    """AC power that panels alone can carry without touching the cells: the safe side, so that an
    empty battery never falls through its floor."""
    if panels_w >= LOWEST_W / 0.75:
        return panels_w * 0.75
    return max(0.0, panels_w - DISCHARGE_OVERHEAD_W)
