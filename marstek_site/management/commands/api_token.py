"""`api_token NAME [--user U] [--revoke]`: make a token for a program, or end it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation

from marstek_site.api_tokens import create_token, revoke
from marstek_site.login_links import administrators
from notifications.console import SpokenCommand


class Command(SpokenCommand):
    help = "Make an API token (its secret is printed once), or end it with --revoke."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="what uses it, such as home-automation")
        parser.add_argument("--user", help="whose rights it has (the first administrator's)")
        parser.add_argument("--revoke", action="store_true", help="end the token of this name")

    def run(self, **options: Any) -> dict[str, Any]:
        name = options["name"]
        if options["revoke"]:
            if not revoke(name, timezone.now()):
                raise CommandError(f"no token in use is named {name!r}")
            return {"name": name, "revoked": True}
        user = _person(options["user"])
        return {"name": name, "user": user.get_username(), "secret": _secret(name, user)}

    def say(self, document: dict[str, Any]) -> None:
        if "secret" not in document:
            self.stdout.write(f"{document['name']} is revoked.")
            return
        self.stdout.write(f"For {document['name']}, with the rights of {document['user']}.")
        self.stdout.write("This secret is shown once; send it as `Authorization: Bearer SECRET`:")
        self.stdout.write(f"  {document['secret']}")


def _secret(name: str, user: User) -> str:
    with translation.override("en"):
        try:
            return create_token(name, user, timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error


def _person(name: str | None) -> User:
    if name is None:
        first = administrators().first()
        if first is None:
            raise CommandError("there is no administrator yet: open `manage.py login_link` first")
        return first
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"there is no active user {name!r}")
    return user
