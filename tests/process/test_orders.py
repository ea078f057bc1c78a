"""An order in a real site: through the queue, to the device, and back to Auto at a clean stop."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.process.proc import wait_for
from tests.process.site import Site, demo_words, manage
from tests.process.test_faults import environment

SHOWN_WITHIN_S = 30.0
StartSite = Callable[..., Site]


def truth(site: Site, number: int) -> list[dict[str, Any]]:
    """What a simulated battery (from 1) truly did, oldest first."""
    text = (site.var_dir / "demo" / "simulator.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    return [line for line in lines if line["device"] == number]


def known(site: Site) -> dict[str, Any]:
    """What the page knows of the first battery."""
    code = (
        "import json; from batteries.models import Battery as B; b = B.objects.get(name='Garage');"
        "print(json.dumps({'power_w': b.bat_power, 'mode': b.mode, 'model': b.model}))"
    )
    done = manage(environment(site), "shell", "-v0", "-c", code)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def order(site: Site, *words: str) -> dict[str, Any]:
    done = manage(environment(site), "set_mode", "Garage", *words, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_an_order_shows_within_thirty_seconds_and_a_clean_stop_ends_in_auto(
    start_site: StartSite,
) -> None:
    site = start_site(*demo_words())
    site.wait_ready()
    wait_for(lambda: known(site)["model"], within_s=60, what="the first poll")
    placed = order(site, "charge", "--power", "600", "--minutes", "60", "--wait")
    assert placed["state"] == "proved"
    wait_for(
        lambda: abs((known(site)["power_w"] or 0) - 600) <= 30,
        within_s=SHOWN_WITHIN_S,
        what="the page shows what was ordered",
    )
    assert abs(truth(site, 1)[-1]["power_w"] - 600) <= 30
    started_s = time.monotonic()
    site.signal(signal.SIGTERM)
    assert site.wait_end(within_s=30) == 0
    assert time.monotonic() - started_s < 20
    assert truth(site, 1)[-1]["mode"] == "Auto", "\n".join(site.log[-30:])


@pytest.mark.parametrize("victim", ["devices", "broker", "database"])
def test_an_order_outlives_the_death_of_what_carries_it(start_site: StartSite, victim: str) -> None:
    site = start_site(*demo_words())
    site.wait_ready()
    wait_for(lambda: known(site)["model"], within_s=60, what="the first poll")
    order(site, "charge", "--power", "600", "--wait")
    since = len(truth(site, 1))
    site.kill(victim)
    wait_for(lambda: victim in site.pids() and site.is_healthy(), within_s=60, what="it is back")
    placed = order(site, "discharge", "--power", "400", "--wait")
    assert placed["state"] == "proved"
    wait_for(lambda: abs(truth(site, 1)[-1]["power_w"] + 400) <= 30, within_s=30, what="it does it")
    modes = {line["mode"] for line in truth(site, 1)[since:]}
    assert modes == {"Passive"}, "nothing of ours came between the two orders"
