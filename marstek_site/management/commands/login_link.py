"""`login_link [NAME]`: a one-time link to log in, or to make the first administrator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from marstek_site.login_links import administrators, create_login_link, link_urls
from notifications.console import SpokenCommand


class Command(SpokenCommand):
    help = "Print a one-time link to log in with (valid one hour or until used)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", nargs="?", help="whom it logs in (the first administrator)")

    def run(self, **options: Any) -> dict[str, Any]:
        return new_link(options["name"], timezone.now())

    def say(self, document: dict[str, Any]) -> None:
        person = document["user"] or "the first administrator"
        self.stdout.write(f"For {person}, once, for an hour:")
        for url in document["urls"]:
            self.stdout.write(f"  {url}")


def new_link(name: str | None, now: datetime) -> dict[str, Any]:
    """A link for this person. Raises CommandError where there is no such person."""
    user = _person(name)
    urls = link_urls(create_login_link(user, now))
    return {"user": user.get_username() if user else None, "url": urls[0], "urls": urls}


def _person(name: str | None) -> User | None:
    if name is None:
        return administrators().first()
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user {name!r}.")
    if not user.is_active:
        raise CommandError(f"The user {name!r} may not log in: the account is not active.")
    return user
