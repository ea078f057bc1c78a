"""The page of one battery: its card, its day, how it answers, its firmware and its limits.

Nothing here depends on rendered ages, so equal details are the same picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import wording
from .advice import fault_remedies, firmware_advice
from .answer_rates import AnswerRate, answer_rates, hour_of
from .day import Day, day_bins, day_edges, describe_day
from .fleet import Status, describe_fleet
from .last_answer import LastAnswer
from .limits import PowerLimit, power_limits
from .marstek.attempts import Outcome
from .models import Battery
from .plotting import strip
from .polling import METER, SLOW_EVERY, STATUS
from .presentation import Card, describe
from .profile import battery_profile
from .shared_answers import last_answers

HOURS = 24
ASKED = (STATUS, METER, *SLOW_EVERY)
GRADES = ((98, "all"), (80, "most"), (50, "some"), (1, "few"), (0, "none"))  # answered [%]


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last time that a question was not answered well."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MethodAnswers:
    """How one kind of question was answered. `strip`: a path for each grade of its hours."""

    name: str
    share: str
    counts: str
    speed: str
    worst: str
    strip: tuple[tuple[str, str], ...]
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in words, and where it comes from."""

    label: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Detail:
    """What the page of a battery shows."""

    status: Status
    card: Card
    day: Day
    methods: tuple[MethodAnswers, ...]
    device: tuple[tuple[str, str], ...]
    advice: str
    faults: tuple[tuple[str, str], ...]
    limits: tuple[Limit, ...]
    answer_count: int

    @property
    def digest(self) -> str:
        """Equal details have equal digests, whatever the time: ages are not part of them."""
        return hashlib.blake2b(repr(self).encode(), digest_size=12).hexdigest()


def describe_detail(battery: Battery, now: datetime) -> Detail:
    """Everything about one battery at `now`: three queries, flat as history grows."""
    answers, card = last_answers(battery), describe(battery, now)
    profile = battery_profile(battery)
    return Detail(
        status=_status(battery, now),
        card=card,
        day=describe_day(battery, day_bins(battery.pk, *day_edges(now)), now),
        methods=tuple(_methods(battery, answers, now)),
        device=tuple(_device(battery, card)),
        advice=firmware_advice(profile),
        faults=tuple(fault_remedies(profile)),
        limits=tuple(_limits(battery)),
        answer_count=sum(row.answered_at is not None for row in answers),
    )


def _status(battery: Battery, now: datetime) -> Status:
    if not battery.is_active:
        return Status(_("It is retired: its history is kept, and it is not asked any more."))
    return describe_fleet([battery], now).status


def _device(battery: Battery, card: Card) -> list[tuple[str, str]]:
    """The card's details, with the bare version: what to think of it stands below."""
    plain = {_("Firmware"): wording.firmware(battery.firmware)}
    return [(label, plain.get(label, value)) for label, value in card.details]


def _methods(battery: Battery, answers: Sequence[LastAnswer], now: datetime) -> list[MethodAnswers]:
    since = hour_of(now) - timedelta(hours=HOURS - 1)
    rates = sorted(answer_rates(battery, since), key=_rank)
    return [_method(rate, _trouble(rate.method, answers), since) for rate in rates]


def _rank(rate: AnswerRate) -> int:
    """What is asked most often comes first."""
    return ASKED.index(rate.method) if rate.method in ASKED else len(ASKED)


def _trouble(method: str, answers: Sequence[LastAnswer]) -> Trouble | None:
    """The youngest row that is no good answer; rows come the youngest first."""
    for row in answers:
        if row.method == method and row.outcome != Outcome.ANSWERED:
            return Trouble(wording.outcome(row.outcome), row.asked_at)
    return None


def _method(rate: AnswerRate, trouble: Trouble | None, since: datetime) -> MethodAnswers:
    return MethodAnswers(
        name=wording.method_name(rate.method),
        share=wording.percent(rate.answered_percent),
        counts=_counts(rate),
        speed=_speed(rate),
        worst=_worst(rate),
        strip=tuple(strip(_grades(rate, since)).items()),
        trouble=trouble,
    )


def _counts(rate: AnswerRate) -> str:
    words = ngettext(
        "%(answered)s of %(asked)s question answered",
        "%(answered)s of %(asked)s questions answered",
        rate.asked,
    ) % {"answered": wording.count(rate.answered), "asked": wording.count(rate.asked)}
    return words + _refused(rate.refused) if rate.refused else words


def _refused(count: int) -> str:
    return ngettext(", %(n)d with an error", ", %(n)d with errors", count) % {"n": count}


def _speed(rate: AnswerRate) -> str:
    if rate.latency_ms_mean is None:
        return ""
    return _("in %(mean)s on average, %(most)s at most") % {
        "mean": wording.with_unit(rate.latency_ms_mean, "ms"),
        "most": wording.with_unit(rate.latency_ms_max, "ms"),
    }


def _worst(rate: AnswerRate) -> str:
    """The hour with most questions unanswered; empty where every one was answered."""
    worst = min(rate.hours, key=lambda hour: hour.answered_percent)
    if worst.answered == worst.asked:
        return ""
    return _("Worst hour: from %(hour)s on, %(share)s.") % {
        "hour": date_format(timezone.localtime(worst.hour_at), "H:i"),
        "share": wording.percent(worst.answered_percent),
    }


def _grades(rate: AnswerRate, since: datetime) -> list[str]:
    """One word an hour, the oldest first."""
    shares = {hour.hour_at: hour.answered_percent for hour in rate.hours if hour.asked}
    hours = (since + timedelta(hours=number) for number in range(HOURS))
    return [_grade(shares.get(hour)) for hour in hours]


def _grade(percent: int | None) -> str:
    if percent is None:
        return "unasked"
    return next(word for least, word in GRADES if percent >= least)


def _limits(battery: Battery) -> list[Limit]:
    power = power_limits(battery)
    charges, feeds = _("charges at %(power)s at most"), _("feeds the house with %(power)s at most")
    owner = _("set here")
    return [
        Limit(
            _("Charging"), charges % {"power": wording.watts(power.charge.watts)}, _by(power.charge)
        ),
        Limit(
            _("Discharging"),
            feeds % {"power": wording.watts(power.discharge.watts)},
            _by(power.discharge),
        ),
        Limit(_("Discharge stops at"), wording.percent(battery.soc_floor), owner),
        Limit(_("Charge stops at"), wording.percent(battery.soc_ceiling), owner),
        Limit(_("Powers are given as"), str(battery.get_control_method_display()), owner),
    ]


def _by(limit: PowerLimit) -> str:
    return _("set here") if limit.is_own else _("what the model allows")
