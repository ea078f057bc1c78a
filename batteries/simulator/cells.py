"""The energy in one battery: what it holds, what it can take and give, and how it warms.

Power is in watts, > 0 charges. Everything is exact between two boundaries, so time is crossed in
steps of any length.
"""

import math

from batteries.simulator.efficiency import cell_power_w, wall_power_from_panels_w

# (SOC [%] from which it holds, part of the charging power that the BMS still takes)
TAPER = ((95.0, 0.6), (97.0, 0.35), (98.5, 0.2))
RESTART_BELOW_FULL_PERCENT = 2.0
RESTART_ABOVE_FLOOR_PERCENT = 1.0
CLOSE_WH = 1e-6
WARMTH_C_PER_W = 0.005
WARMING_TIME_H = 1.5


class Cells:
    """State of charge, permissions, counters and temperature of one battery."""

    def __init__(
        self,
        capacity_wh: float,
        soc_percent: float,
        *,
        full_percent: float = 100.0,
        floor_percent: float = 12.0,
        bms_floor_percent: float | None = None,
        ambient_c: float = 18.0,
    ) -> None:
        self.capacity_wh = capacity_wh
        self.energy_wh = capacity_wh * soc_percent / 100
        self.full_percent = full_percent
        self.floor_percent = floor_percent
        self.bms_floor_percent = bms_floor_percent
        self.ambient_c = ambient_c
        self.temperature_c = ambient_c
        self.charged_wh = self.discharged_wh = self.panels_wh = 0.0
        self.ac_power_w = self.cell_power_w = self.panels_power_w = 0.0
        self.is_full = self.is_empty = False
        self.refresh()

    @property
    def soc_percent(self) -> float:
        return self.energy_wh / self.capacity_wh * 100

    @property
    def lowest_percent(self) -> float:
        """The floor in force: the depth that was set, or the BMS where it is stricter."""
        return max(self.floor_percent, self.bms_floor_percent or 0.0)

    def refresh(self) -> None:
        """Full and empty, each with its hysteresis."""
        full_wh = self._wh(self.full_percent)
        floor_wh = self._wh(self.lowest_percent)
        if self.energy_wh >= full_wh - CLOSE_WH:
            self.is_full = True
        elif self.energy_wh < full_wh - self._wh(RESTART_BELOW_FULL_PERCENT):
            self.is_full = False
        if self.energy_wh <= floor_wh + CLOSE_WH:
            self.is_empty = True
        elif self.energy_wh >= floor_wh + self._wh(RESTART_ABOVE_FLOOR_PERCENT) - CLOSE_WH:
            self.is_empty = False

    def taper(self) -> float:
        """Part of the charging power that the BMS takes now (0 when full)."""
        if self.is_full:
            return 0.0
        part = 1.0
        for from_percent, allowed in TAPER:
            if self.energy_wh >= self._wh(from_percent) - CLOSE_WH:
                part = allowed
        return part

    def can_give_w(self, panels_w: float) -> float:
        """How much AC power may leave: without end above the floor, below it what panels carry."""
        return wall_power_from_panels_w(panels_w) if self.is_empty else math.inf

    def run(self, ac_power_w: float, panels_w: float) -> None:
        """Set the powers from now on. Panels are throttled when the cells are full."""
        cells_w = cell_power_w(ac_power_w) if ac_power_w else 0.0
        if self.is_full and cells_w + panels_w > 0:
            panels_w = max(0.0, -cells_w)
        self.ac_power_w, self.panels_power_w = ac_power_w, panels_w
        self.cell_power_w = cells_w + panels_w

    def settle(self, hours: float) -> None:
        """Let the powers act for so many hours. The caller stops at `hours_to_boundary`."""
        self.energy_wh = min(self.capacity_wh, max(0.0, self.energy_wh + self.cell_power_w * hours))
        if self.ac_power_w > 0:
            self.charged_wh += self.ac_power_w * hours
        else:
            self.discharged_wh -= self.ac_power_w * hours
        self.panels_wh += self.panels_power_w * hours
        goal_c = self.ambient_c + WARMTH_C_PER_W * abs(self.ac_power_w)
        self.temperature_c = goal_c + (self.temperature_c - goal_c) * math.exp(
            -hours / WARMING_TIME_H
        )

    def hours_to_boundary(self) -> float:
        """Until the powers must be looked at again: full, floor, or the next step of the taper."""
        if self.cell_power_w > 0:
            steps = (*(percent for percent, _ in TAPER), self.full_percent)
            ahead = [wh for wh in map(self._wh, steps) if wh > self.energy_wh + CLOSE_WH]
            return (min(ahead) - self.energy_wh) / self.cell_power_w if ahead else math.inf
        floor_wh = self._wh(self.lowest_percent)
        if self.cell_power_w < 0 and self.energy_wh > floor_wh + CLOSE_WH:
            return (floor_wh - self.energy_wh) / self.cell_power_w
        return math.inf

    def _wh(self, percent: float) -> float:
        return self.capacity_wh * percent / 100
