"""A simulated battery on the bench: asked by hand, with time that passes on demand."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from batteries.simulator.core import SimulatedDevice
from batteries.simulator.faults import NO_FAULTS, with_changes
from batteries.simulator.firmwares import firmware_named
from batteries.simulator.house import House
from batteries.simulator.series import Power
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.testing import request, set_mode

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 1, 14, 12, 0, tzinfo=PARIS).timestamp()  # a Wednesday
PAUSE_S = 5.0


class Bench:
    """One device (others may share its house). `ask` and `order` wait the polite pause first."""

    def __init__(
        self, *, at: float = NOON, load_w: Power = 0.0, house: House | None = None, **spec: Any
    ) -> None:
        self.house = house or House(load_w=load_w, starts_at=at)
        self.now = self.house.now
        profile = spec.pop("profile", "venus-e3-150")
        self.device = SimulatedDevice(
            replace(DeviceSpec(), firmware=firmware_named(profile), **spec), self.house
        )

    def break_it(self, **faults: Any) -> None:
        self.device.faults = with_changes(NO_FAULTS, faults)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.device.advance(self.now)

    def until(self, moment: datetime) -> None:
        self.wait(moment.timestamp() - self.now)

    def send(
        self, payload: bytes, after_s: float = PAUSE_S, **how: Any
    ) -> list[tuple[float, bytes]]:
        self.now += after_s
        return self.device.receive(payload, self.now, ("127.0.0.1", 30001), **how)

    def reply(self, payload: bytes, after_s: float = PAUSE_S, **how: Any) -> Any:
        """The first answer, decoded; None for silence."""
        answers = self.send(payload, after_s, **how)
        return json.loads(answers[0][1]) if answers else None

    def ask(self, method: str, after_s: float = PAUSE_S, **params: Any) -> Any:
        """The result, or None for silence or an error."""
        answer = self.reply(request(method, params or None), after_s)
        return answer.get("result") if answer else None

    def order(self, mode: str, after_s: float = PAUSE_S, **settings: Any) -> Any:
        """`set_result`; None without an answer."""
        answer = self.reply(set_mode(mode, **settings), after_s)
        return answer["result"]["set_result"] if answer and "result" in answer else None

    def passive(self, power: float, cd_time: float = 600, after_s: float = PAUSE_S) -> Any:
        return self.order("Passive", after_s, power=power, cd_time=cd_time)

    def slot(self, number: int, start: str, end: str, power: int, **other: Any) -> Any:
        settings = {"week_set": 127, "enable": 1, **other}
        return self.order(
            "Manual", time_num=number, start_time=start, end_time=end, power=power, **settings
        )

    @property
    def power_w(self) -> float:
        return self.device.power_w

    @property
    def soc(self) -> float:
        return self.device.soc_percent

    @property
    def reason(self) -> str:
        return self.device.trace.states[-1].reason


def settled(**spec: Any) -> Bench:
    """A battery in Auto whose phase test is over."""
    bench = Bench(**spec)
    bench.wait(60)
    return bench
