"""One simulated battery on the host's loopback: found, polled, ordered, and its trace believed."""

from __future__ import annotations

import html
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.compose.engine import Failed, Stack, docker, until
from tests.compose.transcript import say, since
from tests.compose.visitor import Visitor

ADDRESS, NAME = "127.55.0.11", "Garage"
TRACE = "/tmp/trace"  # inside the simulator's own container
ROWS = "SELECT count(*) FROM batteries_batterystatuslog WHERE timestamp > '{since}'"
CARD = re.compile(
    r'class="power( is-stale)?".*?class="saying is-(\w+)">.*?<span>(.*?)</span>', re.S
)
DIRECTIONS = {"charges": 1, "feeds": -1, "still": 0}
ACCEPTED = ("acknowledged", "proved")
SHOWN_WITHIN_S = 30.0
STILL_AFTER_S = 300.0
TOLERANCE_W = 30


@dataclass(frozen=True)
class SimulatedBattery:
    """Its container and its UDP port."""

    container: str
    udp_port: int

    def trace(self, since_at: float = 0.0) -> list[dict[str, Any]]:
        """What it reports about itself, oldest first: the judge of what a page shows."""
        text = docker("exec", self.container, "cat", TRACE)
        lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        return [line for line in lines if line["at"] >= since_at]

    def truth(self) -> dict[str, Any]:
        """What it does now."""
        return self.trace()[-1]


@contextmanager
def simulated_battery(image: str) -> Iterator[SimulatedBattery]:
    """One battery for as long as the block lasts."""
    port = free_port(socket.SOCK_DGRAM)
    words = f"--count 1 --address {ADDRESS} --base-port {port} --speed 1 --trace {TRACE}"
    command = ("python", "-m", "batteries.simulator", *words.split())
    container = docker("run", "--detach", "--network", "host", "--init", image, *command)
    try:
        yield SimulatedBattery(container, port)
    finally:
        docker("rm", "--force", container)


def find(visitor: Visitor, battery: SimulatedBattery) -> None:
    """A search through the API: asked on the page's network, made by the devices worker."""
    began_s = time.monotonic()
    search = visitor.call("/api/v1/batteries/discover?wait=15", ports=[battery.udp_port])
    found = [(one["ip"], one["port"], one["standing"]) for one in search["found"]]
    if found != [(ADDRESS, battery.udp_port, "new")]:
        raise Failed(f"the search found {found}: {search}")
    one = search["found"][0]
    say(f"found by a search: {one['model']}, firmware {one['firmware']} in {since(began_s)}")


def enter(stack: Stack, visitor: Visitor, battery: SimulatedBattery) -> None:
    """Enter it in the admin; its row, its card and the simulator itself say the same."""
    began = now(stack)
    limits = {"soc_floor": "12", "soc_ceiling": "100", "scale_overrides": "{}"}
    choices = {"polling": "normal", "control_method": "passive"}
    place = {"name": NAME, "ip_address": ADDRESS, "udp_port": str(battery.udp_port)}
    visitor.submit("/admin/batteries/battery/add/", **place, **limits, **choices)
    say(f"battery entered by hand: {ADDRESS}:{battery.udp_port}")
    until(partial(has_row, stack, began), within_s=90, what="a row of the battery")
    stored = stack.query("SELECT soc FROM batteries_batterystatuslog ORDER BY timestamp LIMIT 1")
    shown = re.search(r'class="soc">\s*(\d+)', visitor.get("/"))
    true = battery.truth()["soc_percent"]
    if shown is None or not stored == shown[1] == str(true):
        raise Failed(f"SOC: stored {stored}, shown {shown and shown[1]}, true {true}")
    say(f"polled: {true} % in the simulator, in the database and on the page")


def order_by_command(
    stack: Stack, visitor: Visitor, battery: SimulatedBattery, power_w: int
) -> None:
    """`set_mode` in a container that reaches no battery: the devices worker carries it out."""
    mode = "charge" if power_w > 0 else "discharge"
    words = (mode, "--power", str(abs(power_w)), "--minutes", "20", "--wait", "--json")
    began_s = time.monotonic()
    placed = json.loads(stack.inside("worker", "python", "manage.py", "set_mode", NAME, *words))
    if placed["state"] not in ACCEPTED:
        raise Failed(f"the order ended as {placed['state']}: {placed}")
    say(f"ordered by command: {mode} {abs(power_w)} W: {placed['state']} in {since(began_s)}")
    await_shown(visitor, battery, power_w, began_s)


def order_by_page(stack: Stack, visitor: Visitor, battery: SimulatedBattery, power_w: int) -> None:
    """The card's form. It shows within 30 s what the battery does, and 5 minutes later still."""
    mode = "charge" if power_w > 0 else "discharge"
    pk = stack.query("SELECT id FROM batteries_battery")
    wish = {"mode": mode, "power": str(abs(power_w)), "minutes": "120"}
    began_s, began_at = time.monotonic(), battery.truth()["at"]
    visitor.submit(f"/orders/{pk}/", page="/", **wish)
    say(f"ordered on the page: {mode} {abs(power_w)} W")
    await_shown(visitor, battery, power_w, began_s)
    time.sleep(max(0.0, began_s + STILL_AFTER_S + SHOWN_WITHIN_S - time.monotonic()))
    await_shown(visitor, battery, power_w, time.monotonic())
    lines = battery.trace(began_at + SHOWN_WITHIN_S)
    strayed = [line for line in lines if abs(line["power_w"] - power_w) > TOLERANCE_W]
    if strayed:
        raise Failed(f"it did not hold {power_w} W all the while: {strayed[:3]}")
    lowest, highest = (pick(line["power_w"] for line in lines) for pick in (min, max))
    say(f"5 minutes later still; the trace stood between {lowest} and {highest} W")


def await_shown(visitor: Visitor, battery: SimulatedBattery, power_w: int, began_s: float) -> None:
    """The simulator does it, and the card says the same direction and power. Raises Failed."""

    def is_shown() -> bool:
        true_w, shown_w = battery.truth()["power_w"], card_power_w(visitor)
        return all(abs(one - power_w) <= TOLERANCE_W for one in (true_w, shown_w))

    left_s = began_s + SHOWN_WITHIN_S - time.monotonic()
    until(is_shown, within_s=left_s, what=f"card and simulator at {power_w} W")
    shown_w, true_w = card_power_w(visitor), battery.truth()["power_w"]
    say(f"the card says {shown_w:+} W, the simulator {true_w:+} W, {since(began_s)} after the word")


def card_power_w(visitor: Visitor) -> float:
    """What the card says, > 0 charges; NaN, which is near nothing, where it says nothing fresh."""
    found = CARD.search(visitor.get("/"))
    if found is None or found[1] or found[2] not in DIRECTIONS:
        return float("nan")
    digits = re.sub(r"\D", "", html.unescape(found[3])) or "0"
    return DIRECTIONS[found[2]] * int(digits)


def has_row(stack: Stack, since_when: str) -> bool:
    """Whether the battery has a row that is younger."""
    return stack.query(ROWS.format(since=since_when)) != "0"


def now(stack: Stack) -> str:
    """The database's clock. Raises Failed where it does not answer."""
    return stack.query("SELECT now()")


def free_port(kind: socket.SocketKind) -> int:
    """A port that nothing on this machine holds now."""
    with socket.socket(socket.AF_INET, kind) as link:
        link.bind(("127.0.0.1", 0))
        port: int = link.getsockname()[1]
        return port
