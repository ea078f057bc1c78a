"""Simulated batteries on loopback UDP, in the foreground."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from batteries.simulator import cli


class Command(BaseCommand):
    """A door to batteries/simulator; it touches neither database nor settings."""

    help = cli.DESCRIPTION
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        exit_code = cli.run(cli.options_from(options), self.stdout, self.stderr)  # type: ignore[arg-type]
        if exit_code:
            sys.exit(exit_code)
