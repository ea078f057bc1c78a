"""How every command speaks: words for a person, or one JSON document with --json."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, OperationalError


class SpokenCommand(BaseCommand, ABC):
    """A command that prints text or JSON, and fails with one line on stderr.

    Subclasses implement `run(**options)`, which returns the JSON document, and `say(document)`,
    which prints it for a person.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            document = self.run(**options)
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0].rstrip(".")
            raise CommandError(
                f"The database does not answer: {reason}. Start the site first (`make run`; "
                "beside a demo put VAR_DIR=var/demo before the command), or check DATABASE_URL."
            ) from error
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(
                f"the database refuses: {reason}; was it migrated (`manage.py migrate`)?"
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False))
        else:
            self.say(document)

    @abstractmethod
    def run(self, **options: Any) -> Any:
        """Do the work and return the JSON document."""

    @abstractmethod
    def say(self, document: Any) -> None:
        """Print the document for a person."""
