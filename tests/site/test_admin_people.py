"""People in the admin site: one role each, and always an administrator."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from marstek_site.roles import Role, role_of
from tests.rows import PASSWORD, person

ADD = reverse("admin:auth_user_add")


def change_url(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


def as_role(user: User, role: Role, **changes: str) -> dict[str, str]:
    return {"username": user.username, "role": role.value, "is_active": "on"} | changes


@pytest.mark.parametrize("role", list(Role))
def test_a_new_person_gets_the_chosen_role(administrator: Client, role: Role) -> None:
    answer = {"username": "nina", "password1": "grenier-42-sec", "password2": "grenier-42-sec"}
    response = administrator.post(ADD, answer | {"role": role, "usable_password": "true"})
    assert response.status_code == 302
    assert role_of(User.objects.get(username="nina")) == role


def test_a_role_is_changed(administrator: Client) -> None:
    vera = person(Role.VIEWER, "vera")
    administrator.post(change_url(vera), as_role(vera, Role.OPERATOR))
    assert role_of(User.objects.get(pk=vera.pk)) == Role.OPERATOR


def test_the_form_has_no_permission_tables(administrator: Client) -> None:
    vera = person(Role.VIEWER, "vera")
    fields = set(administrator.get(change_url(vera)).context["adminform"].form.fields)
    assert fields == {"username", "password", "role", "is_active", "first_name", "last_name"}


def test_a_forged_form_cannot_grant_more(administrator: Client) -> None:
    vera = person(Role.VIEWER, "vera")
    forged = as_role(vera, Role.VIEWER, is_superuser="on", is_staff="on", groups="1")
    administrator.post(change_url(vera), forged)
    vera.refresh_from_db()
    assert (vera.is_superuser, vera.is_staff) == (False, False)


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"is_active": ""}])
def test_the_last_administrator_stays(administrator: Client, change: dict[str, str]) -> None:
    only = User.objects.get(username="administrator")
    answer = as_role(only, Role.ADMINISTRATOR) | change
    response = administrator.post(change_url(only), {k: v for k, v in answer.items() if v})
    assert "This is the only administrator" in response.content.decode()
    assert role_of(User.objects.get(pk=only.pk)) == Role.ADMINISTRATOR


def test_the_last_administrator_cannot_be_deleted(administrator: Client) -> None:
    only = User.objects.get(username="administrator")
    url = reverse("admin:auth_user_delete", args=[only.pk])
    assert administrator.post(url, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=only.pk).exists()


def test_deleting_in_bulk_leaves_an_administrator(administrator: Client) -> None:
    person(Role.VIEWER, "vera")
    person(Role.ADMINISTRATOR, "bea")
    everybody = list(User.objects.values_list("pk", flat=True))
    answer = {"action": "delete_selected", "_selected_action": everybody, "post": "yes"}
    administrator.post(reverse("admin:auth_user_changelist"), answer)
    assert User.objects.filter(is_superuser=True).exists()


def test_of_two_administrators_one_may_go(administrator: Client) -> None:
    second = person(Role.ADMINISTRATOR, "bea")
    administrator.post(change_url(second), as_role(second, Role.VIEWER))
    assert role_of(User.objects.get(pk=second.pk)) == Role.VIEWER


def test_an_operator_never_sees_people(operator: Client) -> None:
    assert "/admin/auth/" not in operator.get(reverse("admin:index")).content.decode()


def test_what_only_confuses_is_hidden(administrator: Client) -> None:
    text = administrator.get(reverse("admin:index")).content.decode()
    for hidden in ("/auth/group/", "solarschedule", "clockedschedule", "axes/accesslog"):
        assert hidden not in text
    assert "periodictask" in text
    assert "axes/accessattempt" in text


def test_the_list_names_roles(administrator: Client) -> None:
    person(Role.OPERATOR, "otto")
    text = administrator.get(reverse("admin:auth_user_changelist")).content.decode()
    assert "Operator: also gives orders" in text
    assert PASSWORD not in text
