"""Writing to one battery: one write a call, so that whoever orders decides on the next one."""

from __future__ import annotations

from dataclasses import replace

from .marstek.errors import MarstekError
from .marstek.front import Front
from .marstek.gateway import Gateway, Priority
from .marstek.values import Mode, ModeStatus
from .marstek.wire import Request
from .models import Battery
from .polling import MODE, Exchange
from .profile import battery_endpoint
from .readings import Reading, take
from .services import record_step

MARGIN_S = 5.0  # the gateway keeps the deadline itself; this only ends a front that hangs


class Writer:
    """Writes and reads modes ahead of everything else that waits for a battery."""

    def __init__(self, front: Front, gateway: Gateway) -> None:
        self._front, self._gateway = front, gateway

    def ask(self, battery: Battery, request: Request, deadline_s: float) -> Exchange:
        """Send it (a write once, a read with its retries) within the deadline; never raises a
        `MarstekError`."""
        endpoint = battery_endpoint(battery)
        once = replace(endpoint.profile, write_retries=0)
        question = self._gateway.ask(
            replace(endpoint, profile=once),
            request,
            priority=Priority.ORDER,
            deadline_s=deadline_s,
        )
        try:
            answer = self._front.call(question, deadline_s + MARGIN_S)
        except MarstekError as error:
            return Exchange(request.method, error)
        return Exchange(request.method, answer)

    def read_mode(self, battery: Battery, deadline_s: float) -> Mode | None:
        """The mode that it says, kept as a reading. Raises `ModeReadTooSoon` and other
        `MarstekError`s."""
        exchange = self.ask(battery, Request.read(MODE), deadline_s)
        reading = Reading()
        if isinstance(exchange.result, MarstekError):
            record_step(battery.pk, reading, (exchange,))
            raise exchange.result
        value = exchange.result.value
        take(value, reading, exchange.result.received_at)
        record_step(battery.pk, reading, (exchange,))
        return value.mode if isinstance(value, ModeStatus) else None
