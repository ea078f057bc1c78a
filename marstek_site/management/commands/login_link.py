"""`login_link [NAME]`: a one-time link to log in, or to make the first administrator."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from marstek_site.login_links import administrators, create_login_link, link_urls


class Command(BaseCommand):
    help = "Print a one-time link to log in with (valid one hour or until used)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="whom it logs in (the first administrator)")
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = new_link(options["name"], timezone.now())
        except OperationalError as error:
            raise CommandError(
                "The database does not answer: start the site first (`make run`)."
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(f"For {answer['user'] or 'the first administrator'}, once, for an hour:")
        for url in answer["urls"]:
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
