"""Looking at the effect of a write: a reading of our own, kept with its order, and judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from batteries.marstek.errors import MarstekError
from batteries.marstek.gateway import Answer
from batteries.marstek.profiles import Fault
from batteries.marstek.values import EnergyStatus, Mode, ModeStatus
from batteries.marstek.wire import Request
from batteries.models import Battery
from batteries.poller import Poller
from batteries.polling import MODE, STATUS
from batteries.profile import battery_profile
from batteries.writing import Writer

from . import evidence, ledger
from .models import Order, OrderState
from .proof import RESPONSE_S, Finding, Seen, contradicts, is_mode_missing, judge
from .taking_over import conclude_set_up
from .watching import conclude_proof, is_contradicted, settle

DEADLINE_S = 10.0


class Looker:
    """Reads state or mode of one battery beside its polls, ahead of waiting reads."""

    def __init__(self, writer: Writer, poller: Poller, clock: Callable[[], datetime]) -> None:
        self._writer, self._poller, self._clock = writer, poller, clock

    def look(self, battery_id: int) -> bool:
        """One look at what this battery does about its order. True where that may have to be
        written now. Raises `DatabaseError`."""
        order = ledger.open_order(battery_id)
        if order is None or order.written_at is None or order.look_at is None:
            return False
        is_proved = order.state in ledger.PROVED
        seen = self._seen(order, order.battery, is_proved or self._is_mode_due(order))
        now = self._clock()
        all_seen = evidence.note_seen(order, seen, now)
        if order.is_set_up:
            return conclude_set_up(order, all_seen, now)
        if seen is None:
            return False
        if is_proved:
            return self._recheck(order, all_seen, now)
        finding = judge(evidence.wanted_of(order), all_seen)
        if finding is Finding.CONTRARY or _was_not_heard(order, seen):
            settle(order, Battery.objects.get(pk=battery_id), now)
            return True
        if finding is not Finding.OPEN:
            conclude_proof(order, finding, now)
        return False

    def _recheck(self, order: Order, seen: list[Seen], now: datetime) -> bool:
        """The mode of an order that is proved: for the page, and to see a drop early."""
        is_lost = is_contradicted(evidence.wanted_of(order), seen)
        if is_lost:
            settle(order, Battery.objects.get(pk=order.battery_id), now)
        return is_lost

    def _is_mode_due(self, order: Order) -> bool:
        """Whether the look that is due reads the mode."""
        if order.written_at is None or order.look_at is None:
            return False
        planned_s = (order.look_at - order.written_at).total_seconds()
        quiet_s = battery_profile(order.battery).mode_read_quiet_s
        return is_mode_missing(
            evidence.wanted_of(order), quiet_s, evidence.seen_of(order), planned_s
        )

    def _seen(self, order: Order, battery: Battery, is_mode: bool) -> Seen | None:
        """Ask; None where nothing was told, or where it is too soon to read the mode."""
        never_tells = Fault.STATUS_SILENT in battery_profile(battery).faults
        try:
            value = self._read(battery, MODE if is_mode or never_tells else STATUS)
        except MarstekError:
            return None
        after_s = (self._clock() - (order.written_at or self._clock())).total_seconds()
        if isinstance(value, EnergyStatus):
            return Seen(after_s, power_w=value.battery_power_w, soc=value.soc_percent)
        if isinstance(value, ModeStatus) and isinstance(value.mode, Mode):
            return Seen(after_s, mode=value.mode.value)
        return None

    def _read(self, battery: Battery, method: str) -> object:
        if method == MODE:
            mode = self._writer.read_mode(battery, DEADLINE_S)
            return ModeStatus(mode=mode)
        exchange = self._writer.ask(battery, Request.read(method), DEADLINE_S)
        self._poller.keep(battery, exchange)
        if isinstance(exchange.result, Answer):
            return exchange.result.value
        raise exchange.result


def _was_not_heard(order: Order, seen: Seen) -> bool:
    """A write without an answer, and a first reading that speaks against it: it was lost."""
    if order.state != OrderState.NO_ANSWER or seen.power_w is None or seen.after_s < RESPONSE_S:
        return False
    return contradicts(evidence.wanted_of(order), seen.power_w, seen.soc)
