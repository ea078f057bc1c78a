"""`prepare`: what must be done before the processes start; `up` and compose.yaml run it."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.utils import timezone

from marstek_site.addresses import site_urls
from marstek_site.demo import register_demo_batteries
from marstek_site.login_links import create_login_link, has_administrator, link_urls


class Command(BaseCommand):
    help = "Migrate, write the periodic tasks, collect static files, make the first login link."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo-address", help="also register simulated batteries from here on")
        parser.add_argument("--demo-port", type=int, default=30001)
        parser.add_argument("--wait", type=float, default=30, help="for the database [s]")
        parser.add_argument("--no-static", action="store_true", help="they are collected already")
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        await_database(options["wait"])
        call_command("migrate", interactive=False, verbosity=0)
        call_command("sync_schedule", stdout=sys.stderr)
        if not options["no_static"]:
            call_command("collectstatic", interactive=False, verbosity=0)
        if options["demo_address"]:
            register_demo_batteries(options["demo_address"], options["demo_port"])
        facts = {"urls": site_urls(), "links": first_links()}
        self.stdout.write(json.dumps(facts) if options["json"] else "\n".join(facts["links"]))


def first_links() -> list[str]:
    """A fresh link while nobody can administrate the site, else none."""
    return [] if has_administrator() else link_urls(create_login_link(None, timezone.now()))


def await_database(within_s: float) -> None:
    """Wait for a server that starts beside us. Raises CommandError where it stays away."""
    deadline_s = time.monotonic() + within_s
    said = ""
    while (reason := why_away()) is not None:
        if time.monotonic() >= deadline_s:
            raise CommandError(f"The database does not answer: {reason}")
        if reason != said:
            sys.stderr.write(f"waiting for the database: {reason}\n")
            said = reason
        time.sleep(1)


def why_away() -> str | None:
    """Why the database cannot be used now; None where it can."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return str(error).strip().splitlines()[0]
    return None
