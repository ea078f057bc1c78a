"""A winter week on virtual time: what happens, and what one person hears of it on the phone.

Real poller, desk, planner, telling, outbox and PostgreSQL; simulated batteries and a local server
that behaves as Telegram's. Two batteries are silent for a while, one is reset, one ignores its
order on the red morning, one source lies, and the machine is off for two hours. With `--days 7`
every hour is lived; else those in which nothing is scripted are left out, after a clean stop as a
person does it, and the red day's charge is nearly whole before its night.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.test import override_settings

from batteries.models import Battery
from batteries.simulator.faults import Faults
from batteries.simulator.spec import DeviceSpec
from marstek_site.roles import Role, grant_role
from notifications.addressees import Channel, Preference, TelegramBot
from notifications.delivering import deliver_due
from notifications.models import Notification
from scheduling.intentions import ScheduleConfig
from scheduling.models import Order
from scheduling.red_result import report_red_days
from scheduling.red_watch import watch_red_days
from scheduling.restarting import note_clean_stop
from tempo.answers import Answer
from tempo.consensus import Source
from tempo.days import PARIS, Colour
from tempo.models import TempoDay, TempoStatement
from tempo.services import record_answers
from tempo.telling import tell_alerts
from tests.notifications.bot_api import BotApi, running_bot_api
from tests.scheduling.order_home import MINUTE, OrderHome, order_home
from tests.scheduling.schedules import automatic, classic_set

MONDAY = date(2026, 1, 12)
RED = date(2026, 1, 15)
LATE = timedelta(minutes=2)
DAY = timedelta(days=1)
Script = Callable[["Week"], object]


def at(day: int, clock: str) -> datetime:
    """A moment of January."""
    return datetime.combine(date(2026, 1, day), time.fromisoformat(clock), PARIS)


@dataclass(frozen=True)
class Due:
    """One message that has to come: its title's beginning, and from when on."""

    event: str
    moment: datetime
    title: str


STARTS = at(12, "12:00")
FIRST_REPORT = at(12, "22:10")
DEAF_UNTIL = at(15, "06:13")
ORDINARY = (12, 18, 19)


def due_messages(safe_at: datetime) -> tuple[Due, ...]:
    """What has to come. `safe_at`: when the ledger has the deaf battery's order proved again."""
    return (
        Due("battery_offline", at(13, "10:07"), "Garage is silent"),
        Due("battery_offline, over", at(13, "10:25"), "Garage answers again"),
        Due("colour_disputed", at(14, "07:00"), "Sources disagree"),
        Due("colour_disputed, over", at(14, "11:20"), "Colour settled"),
        Due("red_tomorrow", at(14, "11:20"), "Red day: "),
        Due("red_in_danger", at(15, "06:06"), "Red day in danger: Cave"),
        Due("red_in_danger, over", safe_at, "Red day safe again: Cave"),
        Due("red_result", at(16, "07:00"), "Red day over: "),
        Due("battery_offline", at(16, "13:07"), "Cave is silent"),
        Due("battery_offline, over", at(16, "13:25"), "Cave answers again"),
        Due("battery_reset", at(16, "15:01"), "Garage lost its settings"),
        Due("unclean_restart", at(17, "14:00"), "Back after a sudden stop"),
    )


@dataclass
class Week:
    """The household, its phone, and what has arrived."""

    home: OrderHome
    api: BotApi
    is_whole: bool = False
    next_report: datetime = FIRST_REPORT
    arrived: list[tuple[datetime, str]] = field(default_factory=list)
    safe_at: datetime = DEAF_UNTIL

    @property
    def now(self) -> datetime:
        return self.home.now

    def live_until(self, moment: datetime) -> None:
        """Minute by minute, as the clock wakes the tasks."""
        while self.now < moment:
            self.home.pass_until(min(moment, self.now + MINUTE))
            self._tell()

    def _tell(self) -> None:
        watch_red_days(self.now)
        tell_alerts(self.now)
        if self.now >= self.next_report:
            report_red_days(self.now)
            self.next_report += DAY
        before = len(self.api.arrived)
        deliver_due(lambda: self.now)
        self.arrived += [(self.now, text) for _chat, text in self.api.arrived[before:]]

    def skip_until(self, moment: datetime) -> None:
        """Stopped cleanly, every battery in Auto; or lived, where the week is lived whole."""
        if self.is_whole:
            self.live_until(moment)
        else:
            self.home.desk.release()
            note_clean_stop(self.now)
            self.off_until(moment)

    def off_until(self, moment: datetime) -> None:
        """No current: nothing is tended, nothing signed."""
        self.home.home.site.advance_to(moment)
        self.home.new_process()
        self.home.next_sweep = moment

    def says(self, source: Source, colour: Colour) -> None:
        record_answers(source, [Answer(RED, colour)], self.now)


def run(days: int | None) -> dict[str, Any]:
    """The table, and the texts: of every hour of so many days, else of the hours that matter."""
    _clear()
    with running_bot_api() as api, override_settings(TELEGRAM_API_URL=api.url):
        _household(api)
        specs = [DeviceSpec(soc_percent=60.0), DeviceSpec(soc_percent=70.0, seed=2)]
        with order_home(specs, load_w=load_w, starts_at=STARTS) as home:
            week = Week(home, api, is_whole=days is not None)
            for moment, is_lived, action in script():
                if days is not None and moment > STARTS + days * DAY:
                    break
                print(f"winter: {_clock(week.now)}, {len(week.arrived)} messages", flush=True)
                (week.live_until if is_lived else week.skip_until)(moment)
                action(week)
            wanted = [due for due in due_messages(week.safe_at) if due.moment < week.now]
            return _table(week.arrived, wanted)


def load_w(moment: float) -> float:
    """The house takes something by day: what is left out of the night costs no charge."""
    return 300.0 if 6 <= datetime.fromtimestamp(moment, PARIS).hour < 22 else 0.0


def script() -> Iterator[tuple[datetime, bool, Script]]:
    """Up to when, lived or slept through, and what happens then."""
    yield at(12, "12:20"), True, nothing  # Monday: ordinary
    yield at(12, "21:55"), False, nothing
    yield at(12, "22:10"), True, nothing
    yield at(13, "10:00"), False, nothing
    yield at(13, "10:04"), True, lambda week: device(week, 0).switch_api_off(1200)
    yield at(13, "10:35"), True, nothing
    yield at(14, "06:20"), False, dispute
    yield at(14, "06:30"), True, nothing
    yield at(14, "06:55"), False, nothing
    yield at(14, "07:05"), True, nothing
    yield at(14, "11:15"), False, nothing
    yield at(14, "11:19"), True, lambda week: week.says(Source.RTE_SITE, Colour.RED)
    yield at(14, "11:30"), True, nothing
    yield at(14, "17:58"), False, nothing
    yield at(14, "18:10"), True, nothing
    yield at(14, "21:55"), False, charged_by_sun
    yield at(14, "22:20"), True, nothing
    yield at(15, "05:50"), False, nothing
    yield at(15, "05:59"), True, lambda week: deaf(week, 1.0)
    yield DEAF_UNTIL, True, lambda week: deaf(week, 0.0)
    yield at(15, "06:45"), True, note_safety
    yield at(15, "06:58"), False, nothing
    yield at(15, "07:05"), True, nothing
    yield at(15, "21:55"), False, nothing
    yield at(15, "22:10"), True, nothing
    yield at(16, "06:58"), False, nothing
    yield at(16, "07:05"), True, nothing
    yield at(16, "13:00"), False, nothing
    yield at(16, "13:04"), True, lambda week: device(week, 1).switch_api_off(1200)
    yield at(16, "13:35"), True, nothing
    yield at(16, "14:50"), False, nothing
    yield at(16, "15:00"), True, lambda week: device(week, 0).reset_to_defaults()
    yield at(16, "15:20"), True, nothing
    yield at(17, "11:50"), False, nothing
    yield at(17, "12:00"), True, lambda week: week.off_until(at(17, "14:00"))
    yield at(17, "14:10"), True, nothing
    yield at(18, "12:00"), False, nothing
    yield at(18, "12:20"), True, nothing  # Sunday: ordinary
    yield at(19, "12:00"), False, nothing


def nothing(_week: Week) -> None:
    """Nothing happens."""


def device(week: Week, number: int) -> Any:
    return week.home.home.devices[number]


def charged_by_sun(week: Week) -> None:
    """Nearly ready before a night that is left out: a quarter of an hour of its charge is lived."""
    if not week.is_whole:
        for one in week.home.home.devices:
            one.set_soc(94)


def dispute(week: Week) -> None:
    """In the early morning two sources speak of tomorrow, and one of them lies."""
    week.says(Source.COULEUR_TEMPO, Colour.BLUE)
    week.says(Source.RTE_SITE, Colour.RED)


def deaf(week: Week, rate: float) -> None:
    """The second battery accepts orders and ignores them."""
    device(week, 1).faults = Faults(ignore_write_rate=rate)


def note_safety(week: Week) -> None:
    """When the deaf battery's order was proved after all."""
    order = Order.objects.open().get(battery__name="Cave")
    week.safe_at = order.proved_at or week.now


def _clear() -> None:
    for model in (Notification, Battery, ScheduleConfig, TempoStatement, TempoDay, User):
        model.objects.all().delete()


def _household(api: BotApi) -> None:
    automatic()
    classic_set()
    anna = User.objects.create_user("anna")
    grant_role(anna, Role.OPERATOR)
    Preference.objects.create(person=anna, language="en", quiet_from=time(22), quiet_until=time(7))
    bot = {"token": api.token, "username": api.username, "changed_at": at(12, "11:00")}
    TelegramBot.objects.update_or_create(pk=TelegramBot.ONLY, defaults=bot)
    Channel.objects.create(
        person=anna, kind="telegram", name="Telegram", chat_id=42, created_at=at(12, "11:00")
    )
    for number in range(-1, 9):
        day = MONDAY + timedelta(days=number)
        if day != RED:
            noon = datetime.combine(day - timedelta(days=1), time(12), PARIS)
            record_answers(Source.RTE_SITE, [Answer(day, Colour.BLUE)], noon)


def _table(arrived: list[tuple[datetime, str]], wanted: Sequence[Due]) -> dict[str, Any]:
    """Each message that was due with the one that came; what else came is superfluous."""
    rest, rows = list(arrived), {}
    for due in wanted:
        found = next(
            (one for one in rest if one[1].startswith(due.title) and one[0] >= due.moment - LATE),
            None,
        )
        if found is not None:
            rest.remove(found)
        came = "never" if found is None else _clock(found[0])
        is_late = found is not None and found[0] > due.moment + LATE
        row = f"due {_clock(due.moment)}, came {came}{', LATE' if is_late else ''}"
        rows[f"{_clock(due.moment)} {due.event}"] = row
    days = Counter(moment.astimezone(PARIS).day for moment, _text in arrived)
    return {
        "messages": rows,
        "due": len(wanted),
        "sent": len(arrived),
        "late": sum(row.endswith("LATE") for row in rows.values()),
        "superfluous": len(rest),
        "superfluous_texts": [f"{_clock(moment)} {text}" for moment, text in rest],
        "most_a_day": max(days.values(), default=0),
        "on_ordinary_days": sum(days[day] for day in ORDINARY),
        "longest": max((len(text) for _moment, text in arrived), default=0),
        "texts": [f"{_clock(moment)} {text}" for moment, text in arrived],
    }


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%a %H:%M}"
