"""A mode is not read right after it was written: that sends some firmware back to Auto."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from batteries.marstek.errors import ModeReadTooSoon
from batteries.marstek.gateway import Endpoint, Gateway
from batteries.marstek.profiles import profile_for
from batteries.marstek.requests import Request
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.faults import Faults
from batteries.simulator.firmwares import FIRMWARES
from batteries.simulator.house import House
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.virtual import VirtualSite

NOON = datetime(2026, 1, 14, 12, 0, tzinfo=UTC)
READ = Request.read("ES.GetMode")


class Talk:
    """One device of a firmware, its gateway, and virtual time."""

    def __init__(self, firmware: str) -> None:
        image = FIRMWARES[firmware]
        spec = DeviceSpec(firmware=image, latency_s=(0.07, 0.08))
        self.device = SimulatedDevice(spec, House(starts_at=NOON.timestamp()))
        self.site = VirtualSite([self.device], starts_at=NOON)
        self.gateway = Gateway(
            bind_address="127.0.0.1", clock=self.site.clock, open_socket=self.site.open_socket
        )
        profile = profile_for(image.model, image.version)
        self.endpoint = Endpoint(spec.ip_address, spec.port, profile)

    def ask(self, request: Request) -> Any:
        return self.site.call(self.gateway.ask(self.endpoint, request, deadline_s=20)).value


@pytest.fixture
def talks() -> Iterator[list[Talk]]:
    opened = [Talk("venus-e3-150"), Talk("venus-e3-148")]
    yield opened
    for talk in opened:
        talk.site.close()


def test_it_rests_as_long_as_the_profile_says(talks: list[Talk]) -> None:
    for talk, quiet_s in zip(talks, (15, 120), strict=True):
        talk.ask(Request.set_passive(600, 300))
        talk.site.advance(quiet_s - 2)
        with pytest.raises(ModeReadTooSoon) as too_soon:
            talk.ask(READ)
        assert too_soon.value.attempts == ()
        assert "ES.GetMode" not in talk.device.asked
        talk.site.advance(3)
        assert talk.ask(READ).mode == "passive"


def test_a_write_without_answer_may_have_been_done(talks: list[Talk]) -> None:
    talk = talks[1]
    talk.device.lose_next(1, "reply")
    with pytest.raises(Exception, match="did not answer"):
        talk.ask(Request.set_passive(600, 300))
    with pytest.raises(ModeReadTooSoon):
        talk.ask(READ)


def test_a_refused_write_changed_nothing_and_the_mode_may_be_read(talks: list[Talk]) -> None:
    talk = talks[0]
    talk.device.faults = Faults(refuse_write_rate=1.0)
    assert talk.ask(Request.set_passive(600, 300)).accepted is False
    assert talk.ask(READ).mode == "auto"


def test_another_question_is_not_held_back(talks: list[Talk]) -> None:
    talk = talks[0]
    talk.ask(Request.set_passive(600, 300))
    assert talk.ask(Request.read("ES.GetStatus")).soc_percent == 50
