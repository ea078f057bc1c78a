"""A winter of the ten through everything that is ours: gateway, poller, planner, ledger, proof,
PostgreSQL, on virtual time, with loss, ignored writes, dropped modes, outages and power cuts.

Lived are every red day from its eve on (rehearsal at 18:00, 21:50-22:00), every other night in
which anything goes wrong (21:50-06:10), and the edges of the others before a day that can be red
(21:50-22:30, 05:45-06:10); the rest is slept through after a clean stop. `whole` lives it as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from batteries.models import Battery
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.faults import Faults
from batteries.simulator.spec import DeviceSpec
from notifications.models import Notification
from scheduling.intentions import ScheduleConfig
from scheduling.models import Order
from scheduling.red_watch import watch_red_days
from scheduling.restarting import note_clean_stop
from tempo.days import Colour, at_local, is_peak, tempo_day
from tempo.models import TempoDay, TempoStatement
from tempo.rules import can_be_red
from tempo.services import record_answers
from tempo.telling import tell_alerts
from tests.batteries.virtual_home import VirtualHome, virtual_home
from tests.scheduling.schedules import automatic, classic_set
from tests.scheduling.virtual_process import VirtualProcess

from .judge import Judge
from .season_house import red_days
from .season_news import DAY, Span, Word
from .seasons import Known, Lived, Winter, known_at, note_night, winter_of

AIR = Faults(
    lose_request_rate=0.03,
    lose_reply_rate=0.03,
    duplicate_rate=0.01,
    parse_error_rate=0.01,
    ignore_write_rate=0.02,
)
WATCHED_EVERY = timedelta(minutes=5)  # of the minute tasks: a fifth of their turns


@dataclass
class Season:
    """The household, and what it has been told so far."""

    home: VirtualHome
    winter: Winter
    words: Sequence[Word]
    told: int = 0
    socs_at_6: dict[date, list[float]] = field(default_factory=dict)
    nights: dict[date, Known] = field(default_factory=dict)
    former: list[VirtualProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.judge = Judge(self.home)
        self.process = VirtualProcess(self.home, self.judge.look)

    @property
    def now(self) -> datetime:
        return self.home.now

    def live_until(self, until: datetime) -> None:
        """Word by word, the red days looked after every five minutes, cuts of the power in between
        as sudden as they are."""
        while self.now < until:
            cut = next((one for one in self.winter.wrong.machine_off if one.holds(self.now)), None)
            if cut is not None:
                self._restart(cut.until)
                continue
            self._hear()
            watch_red_days(self.now)
            tell_alerts(self.now)
            self._note()
            self.process.pass_until(min(until, self._next_step()))

    def sleep_until(self, until: datetime) -> None:
        """Stopped cleanly; what is said meanwhile is heard at its hour."""
        self.process.desk.release()
        note_clean_stop(self.now)
        self._restart(until)

    def progress(self) -> str:
        """How far it is, and how the last red day went."""
        red = list(red_days(self.home.devices, self.socs_at_6, self.winter.colours))[-1:]
        false = sum(not one.is_true for one in self.judge.verdicts)
        return f"{self.now:%F %H:%M}, {len(self.judge.verdicts)} proved, {false} false, last {red}"

    def _restart(self, at: datetime) -> None:
        self.former.append(self.process)  # nobody resumes what it had in hand
        self.home.site.advance_to(at)
        self._hear()
        self.process = VirtualProcess(self.home, self.judge.look)

    def _hear(self) -> None:
        while self.told < len(self.words) and self.words[self.told].at <= self.now:
            word = self.words[self.told]
            record_answers(word.source, word.answers, word.at)
            self.told += 1

    def _next_step(self) -> datetime:
        six = at_local(tempo_day(self.now) + DAY, time(6))
        cuts = [one.since for one in self.winter.wrong.machine_off]
        words = [word.at for word in self.words[self.told : self.told + 1]]
        moments = [at for at in (six, *cuts, *words) if at > self.now]
        return min([self.now + WATCHED_EVERY, *moments])

    def _note(self) -> None:
        day = tempo_day(self.now)
        if not is_peak(self.now):
            note_night(self.nights, day + DAY, known_at(self.now))
        elif self.now < at_local(day, time(6, 5)):
            self.socs_at_6.setdefault(day, [one.soc_percent for one in self.home.devices])


def replay(*, whole: bool = False, days: int | None = None) -> dict[str, Any]:
    """The winter of 2023-2024, that of the measured house; where the data are missing, that."""
    try:
        winter = winter_of(2023)
    except FileNotFoundError as error:
        return {"missing": f"{error.filename}: SHARED_DIR names the folder above its data/"}
    return run(winter, whole=whole, days=days)


def run(winter: Winter, *, whole: bool = False, days: int | None = None) -> dict[str, Any]:
    """The figures of one winter, or of its first days; beside it what was still possible."""
    _clear()
    automatic(target_soc=95, contract_kva=9)
    lived_days = winter.days[:days]
    specs = [DeviceSpec(soc_percent=50.0)] * 3
    best = winter.possible()
    with virtual_home(specs, load_w=winter.load, starts_at=best.starts_at) as home:
        for number, device in enumerate(home.devices):
            _trouble(device, winter, number)
        season = Season(home, winter, winter.words(winter.wrong))
        classic_set()
        for span in _lived(winter, lived_days, whole=whole):
            if span.since > season.now:
                season.sleep_until(span.since)
            season.live_until(span.until)
            print(season.progress(), flush=True)
        best_red = red_days(best.devices, best.socs_at_6, winter.colours)
        best_wh = sum(one.served_wh for one in best_red if one.day in lived_days)
        lived = Lived(home.devices, season.socs_at_6, season.nights)
        return lived.figures(winter.colours, lived_days, best_wh) | _orders(season.judge)


def _lived(winter: Winter, days: Sequence[date], *, whole: bool) -> Iterator[Span]:
    """The hours that are lived, in order."""
    yield Span(at_local(days[0] - DAY, time(12)), at_local(days[0] - DAY, time(12, 20)))
    for day in days:
        eve = day - DAY
        if whole:
            yield Span(at_local(eve, time(12, 20)), at_local(day, time(12, 20)))
        elif winter.colours[day] == Colour.RED:
            yield Span(at_local(eve, time(17, 55)), at_local(eve, time(18, 12)))
            yield Span(at_local(eve, time(21, 50)), at_local(day, time(22)))
        elif _is_troubled(winter, day):
            yield Span(at_local(eve, time(21, 50)), at_local(day, time(6, 10)))
        elif can_be_red(day):
            yield Span(at_local(eve, time(21, 50)), at_local(eve, time(22, 30)))
            yield Span(at_local(day, time(5, 45)), at_local(day, time(6, 10)))


def _is_troubled(winter: Winter, day: date) -> bool:
    """Whether its news or its night is not as usual."""
    wrong, night = winter.wrong, Span(at_local(day - DAY, time(11)), at_local(day, time(6, 10)))
    spans = [
        *wrong.outages,
        *wrong.machine_off,
        *(s for some in winter.outages.api_off for s in some),
    ]
    is_away = any(one.since < night.until and one.until > night.since for one in spans)
    return is_away or day in wrong.lies | wrong.changes | wrong.degraded | wrong.late


def _trouble(device: SimulatedDevice, winter: Winter, number: int) -> None:
    device.trace.max_states = None
    device.faults = AIR
    for moment in winter.outages.drops[number]:
        if moment.timestamp() > device.now:
            device.schedule(moment.timestamp(), "drop_mode", {})
    for span in winter.outages.api_off[number]:
        change = {"api_off": True}
        device.overlay(change, since=span.since.timestamp(), until=span.until.timestamp())


def _orders(judge: Judge) -> dict[str, Any]:
    kinds = Counter(Order.objects.values_list("mode_type", "state"))
    return {
        "orders": {f"{mode} {state}": count for (mode, state), count in sorted(kinds.items())},
        "verdicts_proved": len(judge.verdicts),
        "false_verdicts": sum(not one.is_true for one in judge.verdicts),
        "false": [f"{one.at:%F %T} {one.about}" for one in judge.verdicts if not one.is_true],
        "notices": dict(Counter(Notification.objects.values_list("event", flat=True))),
    }


def _clear() -> None:
    for model in (Notification, Battery, ScheduleConfig, TempoStatement, TempoDay):
        model.objects.all().delete()
