"""The two halves that know the wire, written apart, must agree: what the gateway reads of a
simulated battery is what that battery does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from batteries.marstek.gateway import Endpoint, Gateway
from batteries.marstek.profiles import profile_for
from batteries.marstek.requests import Request
from batteries.marstek.values import Value
from batteries.simulator.core import SimulatedDevice
from batteries.simulator.firmwares import FIRMWARES, firmware_named
from batteries.simulator.house import House
from batteries.simulator.spec import DeviceSpec
from batteries.simulator.virtual import VirtualSite

START = datetime(2026, 1, 14, 11, 0, tzinfo=UTC)
REST_S = 80.0  # rare enough for a meter that polling steals


class Reader:
    """The real gateway on virtual time, asking the one device of a site."""

    def __init__(self, site: VirtualSite) -> None:
        self.site, self.device = site, site.devices[0]
        firmware, spec = self.device.firmware, self.device.spec
        profile = profile_for(firmware.model, firmware.version)
        self.endpoint = Endpoint(spec.ip_address, spec.port, profile, spec.ble_mac)
        self.gateway = Gateway(
            bind_address="127.0.0.1", clock=site.clock, open_socket=site.open_socket
        )

    def ask(self, request: Request) -> Value:
        self.site.advance(REST_S)
        return self.site.call(self.gateway.ask(self.endpoint, request, deadline_s=60)).value

    def read(self, method: str) -> Any:
        return self.ask(Request.read(method))


@contextmanager
def reading(name: str, load_w: float = 9000.0) -> Iterator[Reader]:
    house = House(load_w=load_w, starts_at=START.timestamp())
    firmware = firmware_named(name)
    panels_w = 200.0 if firmware.has_panels else 0.0
    spec = DeviceSpec(firmware=firmware, soc_percent=81.4, panels_w=panels_w)
    with VirtualSite([SimulatedDevice(spec, house)], starts_at=START) as site:
        site.advance(60)
        reader = Reader(site)
        yield reader
        site.call(reader.gateway.close())


def answering(method: str) -> list[str]:
    """The firmwares that answer a method with values."""
    return sorted(
        name
        for name, firmware in FIRMWARES.items()
        if method not in firmware.silent | firmware.missing
        and (method != "EM.GetStatus" or firmware.has_meter_method)
    )


@pytest.fixture
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    with reading(request.param) as made:
        yield made


@pytest.mark.parametrize("reader", answering("ES.GetStatus"), indirect=True)
def test_energy_is_read_as_it_is(reader: Reader) -> None:
    status, device = reader.read("ES.GetStatus"), reader.device
    assert status.soc_percent == pytest.approx(device.soc_percent, abs=0.6)
    assert status.ongrid_power_w == round(-device.power_w)
    assert status.rated_capacity_wh == device.cells.capacity_wh
    moved_wh = 0 if device.firmware.freezes_counters else device.cells.discharged_wh
    total_wh = device.spec.discharged_wh + moved_wh
    assert status.discharged_energy_wh == pytest.approx(total_wh, abs=101)


@pytest.mark.parametrize("reader", answering("Bat.GetStatus"), indirect=True)
def test_the_battery_is_read_as_it_is(reader: Reader) -> None:
    status, device = reader.read("Bat.GetStatus"), reader.device
    device.settle(reader.site.now)
    assert status.remaining_wh == pytest.approx(device.cells.energy_wh, abs=10)
    assert status.temperature_c == pytest.approx(device.cells.temperature_c, abs=0.2)


@pytest.mark.parametrize("reader", answering("ES.GetMode"), indirect=True)
def test_the_mode_is_read_as_it_is(reader: Reader) -> None:
    status = reader.read("ES.GetMode")
    assert status.mode == "auto"
    assert status.ongrid_power_w == round(-reader.device.power_w)


@pytest.mark.parametrize("reader", answering("EM.GetStatus"), indirect=True)
def test_the_meter_is_read_as_it_is(reader: Reader) -> None:
    status = reader.read("EM.GetStatus")
    assert status.ct_connected is True
    assert status.grid_power_w == round(reader.device.house.grid_power_w)


def test_an_order_of_the_gateway_is_held() -> None:
    with reading("venus-e3-150") as reader:
        answer: Any = reader.ask(Request.set_passive(1200, 300))
        ordered_at = reader.site.now
        reader.site.advance(310)
    assert answer.accepted is True
    trace = reader.device.trace
    assert trace.held(1200, 60, 290, since=ordered_at, until=ordered_at + 305)
    assert trace.state_at(ordered_at + 305).power_w == 0


def test_a_retry_of_the_gateway_gets_through() -> None:
    with reading("venus-e3-150") as reader:
        reader.device.lose_next(1)
        assert reader.read("ES.GetStatus").soc_percent == round(reader.device.soc_percent)
    assert reader.device.asked == ["ES.GetStatus"] * 2
