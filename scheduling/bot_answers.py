"""What the bot tells when it is asked: states, reasons, the plan, the next red day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from batteries import wording
from batteries.models import Battery, ModeType
from batteries.presentation import is_silent, shown_power_w
from batteries.selectors import dashboard_batteries
from notifications.commands import Answer, Asked, CommandRefused
from tempo import wording as tempo_wording
from tempo.consensus import Settlement
from tempo.days import Colour, tempo_day
from tempo.presentation import colour_word
from tempo.seasons import season_of
from tempo.selectors import season_tallies, settlements

from .bot_words import batteries_named
from .explaining import NothingKnown, explain
from .outlook import outlooks
from .planning import expected_soc, plan
from .presentation import order_sentence
from .selectors import shown_orders
from .surroundings import situation_at
from .windows import DAY, eve

PLAN_HOURS = 24
SECOND = timedelta(seconds=1)


def state_words(asked: Asked) -> Answer:
    """Each battery in two or three lines."""
    found = batteries_named(asked.arguments)
    orders = shown_orders([one.pk for one in found], asked.now)
    lines: list[str] = []
    for battery in found:
        order = orders.get(battery.pk)
        lines += [_state(battery, asked.now), _mode(battery)]
        lines += [order_sentence(order, asked.now)] if order else []
        lines.append("")
    return Answer("\n".join(lines).strip())


def _state(battery: Battery, now: datetime) -> str:
    if battery.last_seen_at is None or is_silent(battery, now):
        return _("%(name)s: it does not answer.") % {"name": battery.name}
    power = wording.battery_power(shown_power_w(battery))
    words = {
        "name": battery.name,
        "soc": "—" if battery.soc is None else wording.percent(battery.soc),
        "power": power[:1].lower() + power[1:],
        "age": timesince(battery.last_seen_at, now, depth=1),
    }
    if now - battery.last_seen_at < timedelta(minutes=1):
        return _("%(name)s: %(soc)s, %(power)s") % words
    return _("%(name)s: %(soc)s, %(power)s (%(age)s ago)") % words


def _mode(battery: Battery) -> str:
    mode = ModeType(battery.mode).label if battery.mode is not None else "—"
    return _("Mode as read: %(mode)s") % {"mode": mode}


def why_words(asked: Asked) -> Answer:
    """The standing decision of each battery, and what comes next."""
    return Answer("\n\n".join(_why(one, asked.now) for one in batteries_named(asked.arguments)))


def _why(battery: Battery, now: datetime) -> str:
    try:
        found = explain(battery, now)
    except NothingKnown as unknown:
        raise CommandRefused(str(unknown)) from None
    words = _("%(name)s: %(sentence)s.") % {"name": battery.name, "sentence": found.sentence}
    return f"{words}\n{found.next}" if found.next else words


def plan_words(asked: Asked) -> Answer:
    """The changes of the next 24 hours."""
    wanted = {one.pk for one in batteries_named(asked.arguments)}
    situation = situation_at(asked.now)
    parts = [] if situation.household.is_automatic else [_("Automation is off. It would be:")]
    for one in outlooks(situation, asked.now, PLAN_HOURS):
        if one.battery_id in wanted:
            rows = [f"{row.when} – {row.why}" for row in one.changes if row.starts_at > asked.now]
            parts.append("\n".join([one.name, *(rows or [_("Nothing changes within a day.")])]))
    return Answer("\n\n".join(parts))


def red_words(asked: Asked) -> Answer:
    """The next red day as far as it is known, how ready we are, and how many are left."""
    now, today = asked.now, tempo_day(asked.now)
    found = settlements(today, today + DAY, now)
    tally = next(
        one for one in season_tallies(season_of(today), now).colours if one.colour == Colour.RED
    )
    lines = [_day(one, now) for one in found.values()]
    ahead = found[today + DAY].colour
    if ahead.colour == Colour.RED or ahead.may_be_red:
        lines += _readiness(now)
    left = {"left": tally.left, "quota": tally.quota}
    return Answer("\n".join([*lines, _("Red days left: %(left)d of %(quota)d.") % left]))


def _day(settled: Settlement, now: datetime) -> str:
    known = settled.colour
    words = {
        "when": tempo_wording.label_of(known.day, now),
        "day": tempo_wording.long_day(known.day),
        "colour": colour_word(known.colour.value if known.colour else tempo_wording.UNKNOWN),
        "status": tempo_wording.status(settled),
    }
    return _("%(when)s, %(day)s: %(colour)s (%(status)s)") % words


def _readiness(now: datetime) -> Iterator[str]:
    """What each battery is expected to have when the red day begins."""
    begins = eve(tempo_day(now) + DAY).until
    situation = situation_at(now)
    hours = (begins - now) / timedelta(hours=1)
    plans = plan(situation, now, hours)
    for battery in dashboard_batteries():
        soc = expected_soc(plans.get(battery.pk, []), begins - SECOND)
        words = {
            "name": battery.name,
            "clock": f"{timezone.localtime(begins):%H:%M}",
            "soc": "—" if soc is None else wording.percent(soc),
        }
        yield _("%(name)s: %(soc)s expected at %(clock)s") % words
    if not situation.household.is_automatic:
        yield _("Automation is off: nothing is charged by itself.")
