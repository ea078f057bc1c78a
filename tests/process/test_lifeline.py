"""The heartbeat URL in a running site: nothing keeps it silent once a battery was polled."""

from __future__ import annotations

from tests.process.proc import wait_for
from tests.process.site import Site, manage

ASK = """
from django.utils import timezone
from notifications.lifeline import why_silent
print(why_silent(timezone.now()))
"""


def test_a_house_that_runs_is_not_silent(running_demo: Site) -> None:
    environment = running_demo.environment | {"VAR_DIR": f"{running_demo.var_dir}/demo"}
    said: list[str] = []

    def is_calm() -> bool:
        said.append(manage(environment, "shell", "--no-imports", "-c", ASK).stdout.strip())
        return said[-1] == "[]"

    wait_for(is_calm, within_s=90, what="nothing in the way of the heartbeat")
