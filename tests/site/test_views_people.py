"""Login, logout, one-time links, passwords."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marstek_site.login_links import create_login_link, find_link, use_login_link
from marstek_site.roles import Role, role_of
from tests.rows import PASSWORD, person

LOGIN, HOME = reverse("site:login"), reverse("site:home")
NEW = {"username": "anna", "password1": "une-cave-au-sec", "password2": "une-cave-au-sec"}


def link_for(user: User | None) -> str:
    return reverse("site:welcome", args=[create_login_link(user, timezone.now())])


def who(client: Client) -> str:
    """The name of the person that this browser is logged in as; empty for nobody."""
    user_id = client.session.get("_auth_user_id")
    return User.objects.get(pk=user_id).username if user_id else ""


def test_a_password_logs_in(anybody: Client) -> None:
    person(Role.VIEWER, "vera")
    response = anybody.post(LOGIN, {"username": "vera", "password": PASSWORD})
    assert (response.status_code, response["Location"], who(anybody)) == (302, HOME, "vera")


def test_login_goes_where_the_person_wanted(anybody: Client) -> None:
    person(Role.VIEWER, "vera")
    answer = {"username": "vera", "password": PASSWORD, "next": "/?tab=1"}
    assert anybody.post(LOGIN, answer)["Location"] == "/?tab=1"


def test_login_never_goes_to_another_site(anybody: Client) -> None:
    person(Role.VIEWER, "vera")
    answer = {"username": "vera", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert anybody.post(LOGIN, answer)["Location"] == HOME


def test_a_wrong_password_says_so(anybody: Client) -> None:
    person(Role.VIEWER, "vera")
    response = anybody.post(LOGIN, {"username": "vera", "password": "wrong"})
    assert "errorlist" in response.content.decode()
    assert who(anybody) == ""


def test_five_wrong_passwords_lock_the_door_even_for_the_right_one(anybody: Client) -> None:
    person(Role.VIEWER, "vera")
    for _attempt in range(5):
        response = anybody.post(LOGIN, {"username": "vera", "password": "wrong"})
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    anybody.post(LOGIN, {"username": "vera", "password": PASSWORD})
    assert who(anybody) == ""


def test_who_is_in_does_not_see_the_login_again(viewer: Client) -> None:
    assert viewer.get(LOGIN)["Location"] == HOME


def test_logout_takes_a_post(viewer: Client) -> None:
    assert viewer.get(reverse("site:logout")).status_code == 405
    assert viewer.post(reverse("site:logout"))["Location"] == LOGIN
    assert who(viewer) == ""


def test_looking_at_a_link_does_not_use_it_up(anybody: Client) -> None:
    url = link_for(None)
    assert anybody.get(url).status_code == 200
    assert "Create my account" in anybody.get(url).content.decode()
    assert anybody.head(url).status_code == 405


def test_the_first_person_becomes_administrator(anybody: Client) -> None:
    response = anybody.post(link_for(None), NEW)
    assert (response.status_code, response["Location"]) == (302, HOME)
    anna = User.objects.get(username="anna")
    assert role_of(anna) == Role.ADMINISTRATOR
    assert anna.check_password(NEW["password1"])
    assert who(anybody) == "anna"


def test_a_weak_first_password_is_refused_and_the_link_stays(anybody: Client) -> None:
    url = link_for(None)
    response = anybody.post(url, NEW | {"password1": "12345678", "password2": "12345678"})
    assert "too common" in response.content.decode()
    assert not User.objects.exists()
    assert anybody.post(url, NEW).status_code == 302


def test_a_link_works_once(anybody: Client) -> None:
    url = link_for(person(Role.VIEWER, "vera"))
    anybody.post(url)
    again = Client().post(url)
    assert again.status_code == 410


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_expired_link_says_what_to_do(anybody: Client, method: str) -> None:
    secret = create_login_link(person(Role.VIEWER), timezone.now() - timedelta(hours=2))
    response = getattr(anybody, method)(reverse("site:welcome", args=[secret]))
    assert response.status_code == 410
    assert "manage.py login_link" in response.content.decode()


def test_an_unknown_link_is_gone(anybody: Client) -> None:
    assert anybody.get(reverse("site:welcome", args=["guessed"])).status_code == 410


def test_of_two_at_once_one_gets_in(anybody: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tab used the link between our look and our POST."""
    secret = create_login_link(None, timezone.now())
    found = find_link(secret, timezone.now())
    assert use_login_link(secret, timezone.now())
    monkeypatch.setattr("marstek_site.people.find_link", lambda _secret, _now: found)
    response = anybody.post(reverse("site:welcome", args=[secret]), NEW)
    assert response.status_code == 410
    assert not User.objects.exists()


def test_a_first_link_is_dead_once_there_is_an_administrator(anybody: Client) -> None:
    url = link_for(None)
    person(Role.ADMINISTRATOR)
    assert anybody.post(url, NEW).status_code == 410


def test_a_link_lets_a_known_person_in_without_the_old_password(anybody: Client) -> None:
    vera = person(Role.VIEWER, "vera")
    url = link_for(vera)
    assert "Welcome back, vera" in anybody.get(url).content.decode()
    assert anybody.post(url)["Location"] == HOME
    vera.refresh_from_db()
    assert (who(anybody), vera.check_password(PASSWORD)) == ("vera", True)


def test_a_link_offers_a_new_password(anybody: Client) -> None:
    vera = person(Role.VIEWER, "vera")
    anybody.post(link_for(vera), {"password1": "grenier-42-sec", "password2": "grenier-42-sec"})
    vera.refresh_from_db()
    assert vera.check_password("grenier-42-sec")
    assert anybody.get(HOME).status_code == 200


@pytest.mark.parametrize(
    ("first", "second"),
    [("grenier-42-sec", "other"), ("grenier-42-sec", ""), ("", "x"), ("1", "1")],
)
def test_a_bad_new_password_keeps_the_link(anybody: Client, first: str, second: str) -> None:
    vera = person(Role.VIEWER, "vera")
    url = link_for(vera)
    response = anybody.post(url, {"password1": first, "password2": second})
    assert "errorlist" in response.content.decode()
    assert who(anybody) == ""
    assert anybody.post(url).status_code == 302


def test_a_retired_person_has_no_way_in(anybody: Client) -> None:
    vera = person(Role.VIEWER, "vera")
    url = link_for(vera)
    User.objects.filter(pk=vera.pk).update(is_active=False)
    assert anybody.post(url).status_code == 410


def test_the_session_changes_its_key_at_login(anybody: Client) -> None:
    session = anybody.session
    session["theme"] = "dark"
    session.save()
    before = session.session_key
    anybody.post(link_for(person(Role.VIEWER, "vera")))
    assert anybody.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_forms_carry_a_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    response = client.post(LOGIN, {"username": "vera", "password": PASSWORD})
    assert response.status_code == 403
    assert "Please try once more" in response.content.decode()


@pytest.mark.django_db
def test_a_form_with_its_token_is_taken() -> None:
    person(Role.VIEWER, "vera")
    client = Client(enforce_csrf_checks=True)
    found = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(LOGIN).content.decode()
    )
    assert found
    answer = {"username": "vera", "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
    assert client.post(LOGIN, answer)["Location"] == HOME


def test_a_person_changes_the_own_password(viewer: Client) -> None:
    url = reverse("site:password")
    answer = {"old_password": PASSWORD, "new_password1": "grenier-42-sec"}
    assert viewer.post(url, answer | {"new_password2": "grenier-42-sec"})["Location"] == HOME
    assert User.objects.get().check_password("grenier-42-sec")
