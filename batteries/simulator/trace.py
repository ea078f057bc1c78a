"""What a device truly did: the judge of every verdict.

Power is in watts at the wall, > 0 charges, as everywhere outside the wire. Moments are seconds
since 1970 (UTC).
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple


class State(NamedTuple):
    """What a device does from `at` until the next state."""

    at: float
    mode: str
    set_point_w: float | None  # None: it follows the meter
    power_w: float
    soc_percent: float
    reason: str


class Span(NamedTuple):
    """A stretch of time with one power."""

    since: float
    until: float
    power_w: float


@dataclass(slots=True)
class Request:
    """One datagram that reached the device's address, and what became of it.

    `outcome`: answered, silent, off, frozen, booting, unheard (unicast that this device does not
    hear), request lost, reply lost, too soon.
    """

    at: float
    method: str | None  # None: not readable
    payload: bytes
    source: tuple[str, int] = ("", 0)
    outcome: str = "silent"
    answers: tuple[tuple[float, bytes], ...] = ()


_moment = attrgetter("at")


class Trace:
    """States and requests of one device. `max_states` and `max_requests` bound the memory: the
    oldest half goes when twice as many are held; None keeps all."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        max_states: int | None = 100_000,
        max_requests: int | None = 10_000,
    ) -> None:
        self._clock = clock
        self.max_states, self.max_requests = max_states, max_requests
        self.states: list[State] = []
        self.requests: list[Request] = []
        self.request_count = 0

    @property
    def asked(self) -> list[str]:
        """Methods of the readable requests that are held, in order, lost ones included."""
        return [request.method for request in self.requests if request.method is not None]

    def note_state(self, state: State) -> None:
        """Keep a state where it differs from the one before in more than SOC."""
        if (
            self.states
            and self.states[-1][1:4] == state[1:4]
            and self.states[-1].reason == state.reason
        ):
            return
        self.states.append(state)
        if self.max_states is not None and len(self.states) >= 2 * self.max_states:
            del self.states[: -self.max_states]

    def note_request(self, request: Request) -> None:
        self.request_count += 1
        self.requests.append(request)
        if self.max_requests is not None and len(self.requests) >= 2 * self.max_requests:
            del self.requests[: -self.max_requests]

    def state_at(self, at: float) -> State:
        """Raises LookupError for a moment before the first state that is held."""
        index = bisect_right(self.states, at, key=_moment)
        if index == 0:
            raise LookupError(f"no state is held for {at}")
        return self.states[index - 1]

    def states_between(self, since: float, until: float) -> Iterator[tuple[float, float, State]]:
        """(from, to, state) in order, cut to the window and to what has happened so far."""
        until = min(until, self._clock())
        index = max(0, bisect_right(self.states, since, key=_moment) - 1)
        for number in range(index, len(self.states)):
            state = self.states[number]
            ends = self.states[number + 1].at if number + 1 < len(self.states) else until
            start, end = max(since, state.at), min(until, ends)
            if start >= until:
                return
            if end > start:
                yield start, end, state

    def power_between(self, since: float, until: float) -> list[Span]:
        """The true power over a window, as spans of one power each."""
        return [Span(a, b, state.power_w) for a, b, state in self.states_between(since, until)]

    def energy_between_wh(self, since: float, until: float) -> float:
        """AC energy into (> 0) or out of the battery, at physics speed 1."""
        return sum(s.power_w * (s.until - s.since) for s in self.power_between(since, until)) / 3600

    def held(
        self, target_w: float, tolerance_w: float, for_s: float, since: float, until: float
    ) -> bool:
        """Did the power stay within the tolerance of the target for so long, without a break?"""
        return self._lasted(
            lambda state: abs(state.power_w - target_w) <= tolerance_w, for_s, since, until
        )

    def held_mode(self, mode: str, for_s: float, since: float, until: float) -> bool:
        """Was the device in this mode for so long, without a break? `mode` in any case."""
        return self._lasted(
            lambda state: state.mode.casefold() == mode.casefold(), for_s, since, until
        )

    def seconds_in(self, mode: str, since: float, until: float) -> float:
        """How long the device was in a mode within a window."""
        spans = self.states_between(since, until)
        return sum(b - a for a, b, state in spans if state.mode.casefold() == mode.casefold())

    def _lasted(
        self, fits: Callable[[State], bool], for_s: float, since: float, until: float
    ) -> bool:
        lasted_s = 0.0
        for start, end, state in self.states_between(since, until):
            lasted_s = lasted_s + end - start if fits(state) else 0.0
            if lasted_s >= for_s - 1e-6:
                return True
        return False
