"""Ten seasons of real Tempo colours replayed: what red days were worth, by strategy and fault.

One winter is lived through the real gateway, poller, planner, ledger and PostgreSQL
(`season_lived.py`); each of the ten by the real planner, consensus and PostgreSQL with the
simulator's physics (`season_house.py`). House: three batteries, the measured load of 2023-2024.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from statistics import mean
from typing import Any

from django.utils import timezone

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.series import Series
from bench.hmg50 import SHARED_DATA
from scheduling import charging
from scheduling.losses import wall_to_charge_w
from scheduling.planner import decide_all
from scheduling.situation import BatteryState, HouseholdRules, Rule, Situation
from scheduling.surroundings import cases_of, pays, usable_kwh
from scheduling.targets import TargetMode
from tempo.answers import Answer
from tempo.billing import current_grid
from tempo.consensus import Source
from tempo.days import Colour, DayColour, at_local, is_peak, tempo_day
from tempo.models import PriceGrid, TempoDay, TempoStatement
from tempo.seasons import Season, season_of
from tempo.selectors import colours_around
from tempo.services import record_answers
from tempo.worth import ChargeCase

from . import season_house
from .savings import POWER_W, RATED_WH, household
from .season_house import BATTERIES, Away, SeasonHouse, Steer
from .season_news import CALM, DAY, Troubles, Word, first_right, news, on_time, troubles

SEASONS = range(2014, 2024)
TARGET = 95
RULES = (
    Rule(1, "Jour", TargetMode.AUTO, time(6), time(22)),
    Rule(2, "Nuit", TargetMode.HOLD, time(22), time(6), power_w=0),
)
HOUSE_RULES = HouseholdRules(is_automatic=True, contract_va=9000, target_soc=TARGET)
PEERS_W = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at a moment, and what a charge in vain and a missed red day cost."""

    colours: Mapping[date, DayColour]
    cases: Mapping[date, ChargeCase]
    pays: Mapping[date, bool]


@dataclass
class Calendar:
    """The colours as they become known, through the real services and PostgreSQL."""

    words: Sequence[Word]
    told: int = 0
    _asked_at: datetime | None = None
    _known: Known | None = None

    def at(self, now: datetime) -> Known:
        """Everything that was said until now, settled; anew with each word and each hour."""
        had = self.told
        while self.told < len(self.words) and self.words[self.told].at <= now:
            word = self.words[self.told]
            record_answers(word.source, word.answers, word.at)
            self.told += 1
        hour = now.replace(minute=0)
        if self._known is None or self.told != had or self._asked_at != hour:
            self._known, self._asked_at = known_at(now), hour
        return self._known


def known_at(now: datetime) -> Known:
    """What the product knows at a moment."""
    colours = colours_around(now)
    full = [BatteryState(n, "", TARGET) for n in range(BATTERIES)]
    cases = cases_of(colours, now, usable_kwh(full, TARGET))
    return Known(colours, cases, pays(colours, cases))


@dataclass
class Ours:
    """The product's planner."""

    house: SeasonHouse
    calendar: Calendar
    nights: dict[date, Known] = field(default_factory=dict)  # by the day that comes
    _last_soc: dict[int, tuple[datetime, int]] = field(default_factory=dict)

    def __call__(self, now: datetime) -> list[int | None]:
        known = self.calendar.at(now)
        if not is_peak(now):
            note_night(self.nights, tempo_day(now) + DAY, known)
        situation = Situation(
            batteries=tuple(self._state(number, now) for number in range(BATTERIES)),
            rules=RULES,
            household=HOUSE_RULES,
            colours=known.colours,
            house_load_w=self.house.load_w(now),
            charge_pays=known.pays,
            cases=known.cases,
        )
        goals = [one.goal for one in decide_all(situation, now).values()]
        return [None if goal is None else goal.power_w for goal in goals]

    def _state(self, number: int, now: datetime) -> BatteryState:
        """Whole percents, as batteries say them; those of a silent one grow old."""
        if self.house.reaches(number, now):
            self._last_soc[number] = now, int(self.house.devices[number].soc_percent)
        at, soc = self._last_soc.get(number, (now, None))
        return BatteryState(number, "", soc if now - at < timedelta(hours=1) else None)


def note_night(nights: dict[date, Known], day: date, known: Known) -> None:
    """What is known in the night before a day: the last moment at which it is not sure, if any."""
    if day not in nights or not known.colours[day].is_binding:
        nights[day] = known


def greedy(house: SeasonHouse, charges: Callable[[date, datetime], bool]) -> Steer:
    """All that the contract allows, as soon as `charges(day that comes, now)`; holds otherwise."""

    def steer(now: datetime) -> Sequence[int | None]:
        if is_peak(now):
            return [None] * BATTERIES
        if not charges(tempo_day(now) + DAY, now):
            return [0] * BATTERIES
        socs = [device.soc_percent for device in house.devices]
        wanted = [
            _all_it_may(number, (TARGET - soc) / 100 * RATED_WH)
            for number, soc in enumerate(socs)
            if soc < TARGET and house.reaches(number, now)
        ]
        rooms = charging.rooms(HOUSE_RULES, house.load_w(now), 0)
        shares = charging.share(wanted, rooms)
        return [shares.get(number, 0) for number in range(BATTERIES)]

    return steer


def _all_it_may(number: int, missing_wh: float) -> charging.Charge:
    """Full power, and in the last five minutes what the cells miss [Wh]."""
    last_w = wall_to_charge_w(missing_wh * (timedelta(hours=1) / season_house.STEP))
    wanted_w = round(min(POWER_W, max(last_w, charging.LEAST_CHARGE_W)))
    return charging.Charge(number, 1, missing_wh, wanted_w, charging.LEAST_CHARGE_W)


def peers(house: SeasonHouse, colours: Mapping[date, Colour]) -> Steer:
    """Charge at 1 kW if tomorrow is red and today is not, with the colours known for certain."""

    def steer(now: datetime) -> list[int | None]:
        if is_peak(now):
            return [None] * BATTERIES
        today = tempo_day(now)
        is_eve = colours[today + DAY] == Colour.RED and colours[today] != Colour.RED
        socs = [device.soc_percent for device in house.devices]
        return [PEERS_W if is_eve and soc < TARGET else 0 for soc in socs]

    return steer


@dataclass
class Winter:
    """One season: its colours, its days, and the seed of everything that goes wrong."""

    season: Season
    colours: Mapping[date, Colour]
    load: Series
    days: list[date] = field(init=False)
    wrong: Troubles = field(init=False)
    drops: Away = field(init=False)
    outages: Away = field(init=False)

    def __post_init__(self) -> None:
        self.days = season_house.winter(self.season)
        self.wrong = troubles(self.colours, self.days, self._random("troubles"))
        red = [day for day in self.days if self.colours[day] == Colour.RED]
        self.drops = season_house.drops_only(self.days, self._random("drops"))
        self.outages = season_house.outages(self.days, red, self._random("outages"))

    @property
    def seed(self) -> str:
        return self.season.label

    def _random(self, kind: str) -> Random:
        return Random(f"{self.seed}/{kind}")

    def words(self, wrong: Troubles) -> list[Word]:
        """The autumn, known for good, and every word of the winter."""
        return [self.autumn(), *news(self.colours, self.days, self.seed, wrong)]

    def autumn(self) -> Word:
        first = at_local(self.days[0] - DAY, time(11, 30))
        before = [day for day in self.season.days() if day < self.days[0]]
        answers = tuple(Answer(day, self.colours[day]) for day in before)
        return Word(first, Source.RTE_SEASON, answers)

    def house(self, away: Away | None = None, wrong: Troubles = CALM) -> SeasonHouse:
        return SeasonHouse(self.load, self.days, away or Away(), wrong.machine_off)

    def ours(self, house: SeasonHouse, words: Sequence[Word]) -> Ours:
        """Live the winter by the planner, from an empty calendar."""
        TempoStatement.objects.all().delete()
        TempoDay.objects.all().delete()
        steer = Ours(house, Calendar(words))
        house.live(steer)
        return steer

    def possible(self) -> SeasonHouse:
        """What was still possible: the same troubles, and all power from the moment on at which
        any source was right."""
        house = self.house(self.outages, self.wrong)
        right = first_right(self.words(self.wrong), self.colours)
        is_red = [day for day in self.days if self.colours[day] == Colour.RED]
        house.live(greedy(house, lambda day, now: day in is_red and right[day] <= now))
        return house

    def run(self) -> dict[str, Any]:
        """Every strategy of one season."""
        best = self.house()
        self.ours(best, [self.autumn(), *on_time(self.colours, self.days)])
        calm = self.house(self.drops)
        calm_steer = self.ours(calm, self.words(CALM))
        storm = self.house(self.outages, self.wrong)
        storm_steer = self.ours(storm, self.words(self.wrong))
        followers, always = self.house(), self.house()
        followers.live(peers(followers, self.colours))
        always.live(greedy(always, lambda _day, _now: True))
        return {
            "red_days": sum(self.colours[day] == Colour.RED for day in self.days),
            "fault_free": self.figures(best, best),
            "no_outages": self.figures(calm, best, calm_steer.nights),
            "outages": self.figures(storm, self.possible(), storm_steer.nights),
            "peers_rule": self.figures(followers, best),
            "every_night": self.figures(always, best),
        }

    def figures(
        self, house: SeasonHouse, best: SeasonHouse, nights: Mapping[date, Known] | None = None
    ) -> dict[str, Any]:
        """(a) to (d) of one run, beside the run that it is measured by."""
        lived = Lived(house.devices, house.socs_at_6, nights)
        red = season_house.red_days(best.devices, best.socs_at_6, self.colours)
        return lived.figures(self.colours, self.days, sum(one.served_wh for one in red))


@dataclass(frozen=True)
class Lived:
    """A winter that was lived. `nights`: what was known in the night before each day; None where
    the colours were known for certain."""

    devices: Sequence[SimulatedDevice]
    socs_at_6: Mapping[date, Sequence[float]]
    nights: Mapping[date, Known] | None = None

    def figures(
        self, colours: Mapping[date, Colour], days: Sequence[date], best_wh: float
    ) -> dict[str, Any]:
        """What was delivered, what was charged in vain, how long batteries did not serve."""
        red = list(season_house.red_days(self.devices, self.socs_at_6, colours))
        wh = sum(one.served_wh for one in red)
        nights = list(season_house.nights_charged(self.devices, days))
        vain = [day for day, _wh in nights if colours[day] != Colour.RED]
        wrong_min = [minutes for one in red for minutes in one.wrong_min]
        return {
            "served_kwh": round(wh / 1000, 1),
            "served_percent": round(100 * wh / best_wh, 2) if best_wh else None,
            "nights_charged": len(nights),
            "in_vain": len(vain),
            "in_vain_where_known": sum(self._was_known(day) for day in vain),
            "in_vain_where_unknown": [self._bet(day, colours[day]) for day in vain if self.nights],
            "wrong_min_a_battery_and_day": round(mean(wrong_min), 2) if wrong_min else 0.0,
            "wrong_min_at_most": round(max(wrong_min, default=0.0), 1),
            "below_target_at_06_00": [_short(one) for one in red if is_short(one)],
        }

    def _was_known(self, day: date) -> bool:
        return self.nights is None or self.nights[day].colours[day].is_binding

    def _bet(self, day: date, came: Colour) -> str:
        """A night of unknown colour: the chance, both costs, and what came."""
        assert self.nights is not None
        case = self.nights[day].cases.get(day)
        if case is None:
            return f"{day}: charged, was {came}"
        odds = f"P(red) {case.red_probability:.2f}, in vain {case.in_vain_eur:.2f} EUR"
        return f"{day}: {odds}, missed {case.missed_eur:.2f} EUR: charged, was {came}"


def _short(day: season_house.RedDay) -> str:
    return f"{day.day}: " + ", ".join(f"{soc:.1f}" for soc in day.socs)


def is_short(day: season_house.RedDay) -> bool:
    """Whether some battery began it below its target."""
    return any(soc < TARGET - 1 for soc in day.socs)


def run(seasons: Sequence[int] = ()) -> dict[str, Any]:
    """Each season by the planner and the simulator's physics; where the data are missing, that."""
    results: dict[str, Any] = {}
    for year in seasons or SEASONS:
        started = clock.monotonic()
        try:
            winter = winter_of(year)
        except FileNotFoundError as error:
            return {"missing": f"{error.filename}: SHARED_DIR names the folder above its data/"}
        results[winter.seed] = winter.run() | {"took_s": round(clock.monotonic() - started)}
        print({winter.seed: results[winter.seed]}, flush=True)
    return results


def winter_of(first_year: int) -> Winter:
    """One season, the measured house in it. Raises FileNotFoundError."""
    measured, season = household(SHARED_DATA), Season(first_year)
    keep_todays_prices()
    own = {day: colour for day, colour in measured.colours.items() if season_of(day) == season}
    return Winter(season, own, season_house.load_series(measured.load_w))


def keep_todays_prices() -> None:
    """They hold in every season, for nobody remembers older ones."""
    grid = current_grid(timezone.now())
    if grid is not None:
        PriceGrid.objects.exclude(starts_on=grid.starts_on).delete()
        PriceGrid.objects.update(starts_on=date(2014, 1, 1))
