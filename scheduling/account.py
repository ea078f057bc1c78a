"""What batteries save. Pure: energies, colours and price grids are arguments.

For each quarter of an hour two costs. *With*: what the house took from the grid, at the price in
force. *Without*: the same house without batteries - what it took, plus what the batteries gave,
less what they took. *Saved* is the difference, and every sum is a sum of such lines.

- What goes to the grid is paid nothing. So what was given away while the batteries gave does not
  count as used by the house, and what they took beyond the import was sun that would have been
  given away: it costs nothing.
- Without a meter the batteries' own energy is all that is known: what they took counts as bought,
  what they gave as not bought.
- What nobody heard (a silent battery, a silent meter) is on neither side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from tempo.days import PARIS, Colour, at_local, tempo_day
from tempo.prices import Grid, Register, next_change, price_of, register_at

MIDNIGHT = time(0)
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Quarter:
    """Energies of an interval within which the price does not change.

    `imported_wh` None: no meter was heard.
    """

    starts_at: datetime
    charged_wh: float
    discharged_wh: float
    imported_wh: float | None = None
    exported_wh: float = 0.0

    @property
    def count(self) -> int:
        return 1

    @property
    def unmetered(self) -> int:
        return int(self.imported_wh is None)

    @property
    def with_wh(self) -> float:
        """What was bought."""
        return self.charged_wh if self.imported_wh is None else self.imported_wh

    @property
    def without_wh(self) -> float:
        """What would have been bought without batteries."""
        if self.imported_wh is None:
            return self.discharged_wh
        given_wh = self.discharged_wh - self.charged_wh
        if given_wh < 0:
            return max(0.0, self.imported_wh + given_wh)
        return self.imported_wh + max(0.0, given_wh - self.exported_wh)


@dataclass(frozen=True, slots=True)
class Period:
    """Quarters of one day that have one price, added up: `count` of them, the first at `starts_at`,
    `unmetered` without a meter."""

    starts_at: datetime
    charged_wh: float
    discharged_wh: float
    imported_wh: float
    exported_wh: float
    with_wh: float
    without_wh: float
    count: int
    unmetered: int


Energies = Quarter | Period


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds until a moment: the Tempo day, its register and price, None where not known."""

    until: datetime
    day: date
    register: Register | None
    c_per_kwh: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """Energies with their price: the row that every sum is made of."""

    energies: Energies
    price: InForce

    @property
    def with_eur(self) -> float:
        return self.energies.with_wh * (self.price.c_per_kwh or 0) / 100_000

    @property
    def without_eur(self) -> float:
        return self.energies.without_wh * (self.price.c_per_kwh or 0) / 100_000

    @property
    def saved_eur(self) -> float:
        return self.without_eur - self.with_eur

    @property
    def is_red_peak(self) -> bool:
        return self.price.register == Register(Colour.RED, True)


@dataclass(slots=True)
class Sums:
    """Lines added up. `unpriced`: how many quarters have no price, `unmetered`: no meter."""

    with_eur: float = 0.0
    without_eur: float = 0.0
    charged_wh: float = 0.0
    discharged_wh: float = 0.0
    imported_wh: float = 0.0
    exported_wh: float = 0.0
    quarters: int = 0
    unpriced: int = 0
    unmetered: int = 0

    @property
    def saved_eur(self) -> float:
        return self.without_eur - self.with_eur

    def add(self, line: Line) -> None:
        moved = line.energies
        self.with_eur += line.with_eur
        self.without_eur += line.without_eur
        self.charged_wh += moved.charged_wh
        self.discharged_wh += moved.discharged_wh
        self.imported_wh += moved.imported_wh or 0.0
        self.exported_wh += moved.exported_wh
        self.quarters += moved.count
        self.unmetered += moved.unmetered
        if line.price.c_per_kwh is None:
            self.unpriced += moved.count

    def join(self, other: Sums) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def priced(
    rows: Iterable[Energies], colours: Mapping[date, Colour], grids: Sequence[Grid]
) -> Iterator[Line]:
    """Each row with the price in force; they come in the order of time."""
    price: InForce | None = None
    for row in rows:
        if price is None or row.starts_at >= price.until:
            price = in_force(row.starts_at, colours, grids)
        yield Line(row, price)


def in_force(moment: datetime, colours: Mapping[date, Colour], grids: Sequence[Grid]) -> InForce:
    """What holds at a moment, until 06:00, 22:00 or midnight, when a new grid may begin."""
    midnight = at_local(moment.astimezone(PARIS).date() + timedelta(days=1), MIDNIGHT)
    return InForce(
        min(next_change(moment), midnight),
        tempo_day(moment),
        register_at(moment, colours),
        price_of(moment, colours, grids),
    )


def summed(lines: Iterable[Line]) -> Sums:
    """All of them together."""
    sums = Sums()
    for line in lines:
        sums.add(line)
    return sums


def grouped(lines: Iterable[Line], key: Callable[[date], Key]) -> dict[Key, Sums]:
    """Sums by something of the Tempo day: the day itself, its month, its season."""
    sums: dict[Key, Sums] = defaultdict(Sums)
    for line in lines:
        sums[key(line.price.day)].add(line)
    return dict(sums)
