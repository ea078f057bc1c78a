"""A measured house with three batteries through a winter: the simulator's physics, and somebody who
wakes every five minutes and tells each battery what to do. No gateway and no ledger: what the
product itself does of it is in `season_lived.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.house import House
from batteries.simulator.modes import AUTO, PASSIVE
from batteries.simulator.series import Series, sampled
from batteries.simulator.spec import DeviceSpec
from tempo.days import Colour, at_local
from tempo.seasons import Season

from .season_news import DAY, Span

STEP = timedelta(minutes=5)
LEASE_S = 600.0
BATTERIES, FLOOR_SOC = 3, 12
WINTER_DAYS = 151  # from 1 November, 152 with 29 February
SAME_W, SAME = 100, 0.15
Steer = Callable[
    [datetime], Sequence[int | None]
]  # of each battery: watts, > 0 charges, or None for Auto


@dataclass(frozen=True)
class Away:
    """When each battery's API is off, and when its mode falls back silently."""

    api_off: Sequence[Sequence[Span]] = ((),) * BATTERIES
    drops: Sequence[Sequence[datetime]] = ((),) * BATTERIES


def winter(season: Season) -> list[date]:
    """The days of a season on which red is possible at all, weekends with them."""
    first = date(season.first_year, 11, 1)
    return [day for n in range(WINTER_DAYS + 1) if (day := first + n * DAY).month != 4]


def drops_only(days: Sequence[date], random: Random) -> Away:
    """Each battery loses its mode about every other day, at any time."""
    drops = [[_any_time(random, day) for day in days[::2]] for _battery in range(BATTERIES)]
    return Away(drops=drops)


def outages(days: Sequence[date], red: Sequence[date], random: Random) -> Away:
    """Drops, and of each battery four times no API for 20 minutes to 4 hours: twice around a red
    day, twice at any time."""
    calm = drops_only(days, random)
    spans = [
        [_off(random, day) for day in (*random.sample(red, 2), *random.sample(list(days), 2))]
        for _battery in range(BATTERIES)
    ]
    return Away(spans, calm.drops)


def _any_time(random: Random, day: date) -> datetime:
    return at_local(day, time()) + timedelta(minutes=random.randrange(24 * 60))


def _off(random: Random, day: date) -> Span:
    """From 20:00 of the eve on, or later."""
    since = at_local(day - DAY, time(20)) + timedelta(minutes=random.randrange(26 * 60))
    return Span(since, since + timedelta(minutes=random.randint(20, 240)))


def load_series(measured: Mapping[datetime, float]) -> Series:
    """The house of 2023-2024 on the same day and hour of any season; a gap keeps what was before.
    29 February is 28 February where the season has none."""

    def power_w(at: float) -> float:
        moment = datetime.fromtimestamp(at, UTC)
        year = 2023 if moment.month >= 9 else 2024
        start = moment.replace(year=year, minute=moment.minute // 30 * 30, second=0, microsecond=0)
        while start not in measured:
            start -= timedelta(minutes=30)
        return measured[start]

    return sampled(power_w, step_s=1800.0)


@dataclass
class SeasonHouse:
    """Batteries that stand at half, and what happened to them on red days and before."""

    load: Series
    days: Sequence[date]
    away: Away = field(default_factory=Away)
    cuts: Sequence[Span] = ()
    devices: list[SimulatedDevice] = field(init=False)
    socs_at_6: dict[date, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        house = House(load_w=self.load, starts_at=self.starts_at.timestamp())
        self.devices = [_device(number, house) for number in range(BATTERIES)]
        for device, drops in zip(self.devices, self.away.drops, strict=True):
            for moment in drops:
                if moment > self.starts_at:
                    device.schedule(moment.timestamp(), "drop_mode", {})

    @property
    def starts_at(self) -> datetime:
        """Noon before the first day."""
        return at_local(self.days[0] - DAY, time(12)).astimezone(UTC)

    def live(self, steer: Steer) -> None:
        """The winter, five minutes after five minutes."""
        now, until = self.starts_at, at_local(self.days[-1] + DAY, time(6))
        sixes = {at_local(day, time(6)): day for day in self.days}
        while now <= until:
            self.devices[0].advance(now.timestamp())
            if now in sixes:
                self.socs_at_6[sixes[now]] = [one.soc_percent for one in self.devices]
            if not any(cut.holds(now) for cut in self.cuts):
                self._tell(steer(now), now)
            now += STEP

    def reaches(self, number: int, now: datetime) -> bool:
        """Whether this battery answers."""
        return not any(span.holds(now) for span in self.away.api_off[number])

    def load_w(self, now: datetime) -> int:
        return round(self.load(now.timestamp())[0])

    def _tell(self, wanted: Sequence[int | None], now: datetime) -> None:
        for number, (device, power_w) in enumerate(zip(self.devices, wanted, strict=True)):
            if self.reaches(number, now):
                _order(device, power_w)


def _device(number: int, house: House) -> SimulatedDevice:
    spec = DeviceSpec(
        ip_address=f"127.0.0.{11 + number}", port=30001 + number, ble_mac=f"bc2a3300000{number + 1}"
    )
    return SimulatedDevice(spec, house, max_states=None)


def _order(device: SimulatedDevice, power_w: int | None) -> None:
    """As the write of a mode: only where the device does something else, or its lease runs out."""
    if power_w is None:
        if device.orders.mode != AUTO:
            device.enter(AUTO)
        return
    change_w = abs(power_w - device.orders.passive_power_w)
    is_same = device.orders.mode == PASSIVE and change_w < max(SAME_W, SAME * abs(power_w))
    if not is_same or device.orders.passive_until - device.now <= LEASE_S / 2:
        device.orders.start_passive(float(power_w), device.now + LEASE_S)
        device.enter(PASSIVE)


@dataclass(frozen=True, slots=True)
class RedDay:
    """What one red day was worth, from what the devices truly did 06:00-22:00."""

    day: date
    served_wh: float
    wrong_min: tuple[float, ...]  # of each battery, in any state but serving, empty aside
    socs: tuple[float, ...]  # at 06:00


def red_days(
    devices: Sequence[SimulatedDevice],
    socs_at_6: Mapping[date, Sequence[float]],
    colours: Mapping[date, Colour],
) -> Iterator[RedDay]:
    """Each red day that was lived."""
    for day in sorted(socs_at_6):
        if colours[day] == Colour.RED:
            since, until = at_local(day, time(6)).timestamp(), at_local(day, time(22)).timestamp()
            served = sum(_given_wh(one, since, until) for one in devices)
            wrong = tuple(_wrong_s(one, since, until) / 60 for one in devices)
            yield RedDay(day, served, wrong, tuple(socs_at_6[day]))


def _given_wh(device: SimulatedDevice, since: float, until: float) -> float:
    spans = device.trace.power_between(since, until)
    return sum(max(0.0, -one.power_w) * (one.until - one.since) for one in spans) / 3600


def _wrong_s(device: SimulatedDevice, since: float, until: float) -> float:
    """How long it did not follow the meter [s]. Standing still where it is empty is right."""
    return sum(
        end - start
        for start, end, state in device.trace.states_between(since, until)
        if state.mode != AUTO and state.soc_percent > FLOOR_SOC + 1
    )


def nights_charged(
    devices: Sequence[SimulatedDevice], days: Sequence[date]
) -> Iterator[tuple[date, float]]:
    """The day that follows each night in which batteries were told to charge, and how much [Wh]."""
    for day in days:
        since = at_local(day - DAY, time(22)).timestamp()
        until = at_local(day, time(6)).timestamp()
        charged_wh = sum(
            max(0.0, state.power_w) * (end - start) / 3600
            for device in devices
            for start, end, state in device.trace.states_between(since, until)
            if state.mode != AUTO
        )
        if charged_wh > 100:
            yield day, charged_wh
