"""The home page's live part: batteries and their orders, as one picture with one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from batteries.fleet import Fleet, describe_fleet
from batteries.models import Battery
from batteries.presentation import Card
from batteries.selectors import dashboard_batteries
from notifications.models import Notification
from notifications.selectors import open_notices
from notifications.wording import Words, words
from scheduling.presentation import OrderPanel, fleet_panel, order_panels
from scheduling.readiness import Readiness, describe_readiness
from scheduling.surroundings import situation_at
from tempo.presentation import Strip, describe_strip


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A notice with its words; `battery_id`: the battery of this home that it is about."""

    notice: Notification
    said: Words
    battery_id: int | None


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page shows."""

    fleet: Fleet
    panels: tuple[OrderPanel, ...]
    all_panel: OrderPanel
    is_automatic: bool
    strip: Strip
    readiness: Readiness | None
    notices: tuple[OpenNotice, ...] = ()

    @property
    def rows(self) -> list[tuple[Card, OrderPanel]]:
        """Each card with its orders."""
        return list(zip(self.fleet.cards, self.panels, strict=True))

    @property
    def digest(self) -> str:
        """Equal homes have equal digests, whatever the time: ages are not part of them."""
        tariff = f"{self.strip!r}{self.readiness!r}"
        orders = f"{self.panels!r}{self.all_panel!r}{self.is_automatic}"
        picture = f"{self.fleet.digest}{orders}{tariff}"
        picture += repr([(one.notice.pk, one.said) for one in self.notices])
        return hashlib.blake2b(picture.encode(), digest_size=12).hexdigest()


def describe_home(now: datetime) -> Home:
    """Every battery, its orders and the tariff at `now`: a handful of queries."""
    batteries = dashboard_batteries()
    situation = situation_at(now, batteries)
    return Home(
        describe_fleet(batteries, now),
        order_panels(batteries, situation, now),
        fleet_panel(batteries),
        situation.household.is_automatic,
        describe_strip(now),
        describe_readiness(batteries, situation, now),
        tuple(_open_notice(notice, batteries) for notice in open_notices(now)),
    )


def _open_notice(notice: Notification, batteries: Sequence[Battery]) -> OpenNotice:
    """Its subject begins with `battery:3` where it is about one."""
    subject = f"{notice.subject}:"
    about = [one.pk for one in batteries if subject.startswith(f"battery:{one.pk}:")]
    return OpenNotice(notice, words(notice), about[0] if about else None)
