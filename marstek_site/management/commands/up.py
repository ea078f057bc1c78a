"""`up [--demo]`: everything for this machine, in one terminal."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from ipaddress import IPv4Address
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from marstek_site import paths
from marstek_site.launcher.options import SIMULATED, Options, as_words

FATAL_HERE = {"marstek.W003"}  # `up` runs the devices worker itself


class Command(BaseCommand):
    help = "Start everything for this machine; Ctrl-C stops it. --demo adds simulated batteries."
    requires_system_checks = ()  # its own, one line each

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="on loopback, with own data")
        parser.add_argument("--json", action="store_true", help="one JSON document when ready")
        parser.add_argument("--address", default="127.0.0.11", help="the first simulated battery's")
        parser.add_argument("--base-port", default="30001", help="its UDP port")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            self._check_settings()
        options["base_port"] = checked_demo(options["address"], options["base_port"])
        if options["demo"]:
            keep_to_loopback()
        os.environ["VAR_DIR"] = str(paths.var_dir())
        command = [sys.executable, "-m", "marstek_site.launcher", *as_words(chosen(options))]
        os.chdir(paths.BASE_DIR)
        # a fresh program in this very process: Django stays out of the one that only watches
        os.execv(sys.executable, command)  # noqa: S606  no shell is meant

    def _check_settings(self) -> None:
        for message in checks.run_checks(tags=["marstek"]):
            if message.is_serious() or message.id in FATAL_HERE:
                raise CommandError(str(message.msg))
            self.stderr.write(f"marstek: {message.msg}")


def checked_demo(address: str, base_port: str) -> int:
    """The base port as a number. Raises CommandError in one line for what cannot be used."""
    try:
        last = IPv4Address(address) + (SIMULATED - 1)
    except ValueError as error:
        raise CommandError(f"--address {address} is no IPv4 address.") from error
    if not (IPv4Address(address).is_loopback and last.is_loopback):
        raise CommandError(f"--address {address}: simulated batteries stay in 127.0.0.0/8.")
    if not base_port.isdigit() or not 1024 <= int(base_port) <= 65536 - SIMULATED:
        raise CommandError(f"--base-port {base_port} must be from 1024 to {65536 - SIMULATED}.")
    return int(base_port)


def keep_to_loopback() -> None:
    """A demonstration never meets the household: own data, own servers, this machine only."""
    port = settings.WEB_BIND.rpartition(":")[2]
    os.environ |= {
        "DATABASE_URL": "",
        "GATEWAY_BIND_ADDRESS": "127.0.0.1",
        "PUBLIC_URL": "",
        "REDIS_URL": "",
        "TRUSTED_PROXIES": "",
        "VAR_DIR": str(paths.var_dir() / "demo"),
        "WEB_BIND": f"127.0.0.1:{port}",
    }


def chosen(options: dict[str, Any]) -> Options:
    """What the launcher must know."""
    return Options(
        bind=os.environ["WEB_BIND"] if options["demo"] else settings.WEB_BIND,
        is_demo=options["demo"],
        demo_address=options["address"],
        demo_port=options["base_port"],
        is_json=options["json"],
    )
