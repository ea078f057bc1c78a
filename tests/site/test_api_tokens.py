"""API tokens: made and revoked in the admin and by a command, shown once."""

from __future__ import annotations

import json
import re
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marstek_site.api_tokens import user_of
from marstek_site.models import ApiToken
from marstek_site.roles import Role
from tests import rows

pytestmark = pytest.mark.django_db
LIST, ADD = reverse("admin:site_apitoken_changelist"), reverse("admin:site_apitoken_add")


def whose(secret: str) -> User | None:
    return user_of(secret, timezone.now())


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("api_token", *arguments, stdout=out)
    return out.getvalue()


def test_the_admin_shows_the_secret_once(administrator: Client) -> None:
    vera = rows.person(Role.VIEWER, "vera")
    response = administrator.post(ADD, {"name": "home automation", "user": vera.pk})
    found = re.search(r'<code id="secret">(marstek_[\w-]{43})</code>', response.content.decode())
    assert found is not None
    assert whose(found[1]) == vera
    assert "no-store" in response["Cache-Control"]
    everything = str(administrator.cookies) + administrator.get(LIST).content.decode()
    assert found[1] not in everything


def test_a_name_is_used_once_at_a_time(administrator: Client) -> None:
    vera = rows.person(Role.VIEWER, "vera")
    for _twice in range(2):
        response = administrator.post(ADD, {"name": "x", "user": vera.pk})
    assert "A token of this name is in use: revoke it first." in response.content.decode()
    assert ApiToken.objects.count() == 1


def test_the_admin_revokes(administrator: Client) -> None:
    secret = json.loads(command("x", "--json"))["secret"]
    chosen = {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]}
    text = administrator.post(LIST, chosen, follow=True).content.decode()
    assert "1 token revoked." in text
    assert whose(secret) is None


def test_a_token_can_neither_be_changed_nor_deleted(administrator: Client) -> None:
    command("x")
    pk = ApiToken.objects.get().pk
    change = reverse("admin:site_apitoken_change", args=[pk])
    administrator.post(change, {"name": "y", "user": 1})
    administrator.post(reverse("admin:site_apitoken_delete", args=[pk]), {"post": "yes"})
    assert ApiToken.objects.get().name == "x"


def test_the_command_makes_one_for_a_person(administrator: Client) -> None:
    vera = rows.person(Role.VIEWER, "vera")
    document = json.loads(command("panel", "--user", "vera", "--json"))
    assert (document["name"], document["user"]) == ("panel", "vera")
    assert whose(document["secret"]) == vera


def test_without_a_person_it_is_the_first_administrators() -> None:
    anna = rows.person(Role.ADMINISTRATOR, "anna")
    text = command("panel")
    assert "with the rights of anna" in text
    assert whose(text.split()[-1]) == anna


def test_the_command_revokes_and_the_name_is_free_again() -> None:
    rows.person(Role.ADMINISTRATOR)
    secret = json.loads(command("panel", "--json"))["secret"]
    assert command("panel", "--revoke") == "panel is revoked.\n"
    assert whose(secret) is None
    assert whose(json.loads(command("panel", "--json"))["secret"]) is not None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("x",), "^there is no administrator yet"),
        (("x", "--user", "nobody"), "^there is no active user 'nobody'$"),
        (("x", "--revoke"), "^no token in use is named 'x'$"),
    ],
)
def test_errors_are_one_line(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        command(*arguments)


def test_a_name_in_use_is_one_line() -> None:
    rows.person(Role.ADMINISTRATOR)
    command("x")
    with pytest.raises(CommandError, match=r"^A token of this name is in use: revoke it first.$"):
        command("x")
