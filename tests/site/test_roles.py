"""Roles: who may see and do what, at every address."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from batteries.models import Battery
from marstek_site.roles import (
    PERMISSIONS,
    Role,
    grant_role,
    is_last_administrator,
    make_roles,
    role_of,
)
from tests.rows import battery, person
from tests.site.conftest import logged_in

NOBODY, LOGIN = "nobody", "login"
CAST = (NOBODY, Role.VIEWER, Role.OPERATOR, Role.ADMINISTRATOR)
Expected = int | str

# what nobody, a viewer, an operator and an administrator get; "login" is a redirect to it
MATRIX: dict[tuple[str, str], tuple[Expected, Expected, Expected, Expected]] = {
    ("GET", "/"): (LOGIN, 200, 200, 200),
    ("POST", "/"): (LOGIN, 405, 405, 405),
    ("GET", "/fragments/fleet"): (LOGIN, 200, 200, 200),
    ("POST", "/fragments/fleet"): (LOGIN, 405, 405, 405),
    ("GET", "/login/"): (200, 302, 302, 302),
    ("GET", "/logout/"): (LOGIN, 405, 405, 405),
    ("POST", "/logout/"): (LOGIN, 302, 302, 302),
    ("GET", "/doctor/"): (LOGIN, 200, 200, 200),
    ("GET", "/doctor/fragment"): (LOGIN, 200, 200, 200),
    ("GET", "/doctor/line"): (LOGIN, 200, 200, 200),
    ("POST", "/doctor/"): (LOGIN, 405, 405, 405),
    ("GET", "/password/"): (LOGIN, 200, 200, 200),
    ("GET", "/welcome/x/"): (410, 410, 410, 410),
    ("POST", "/welcome/x/"): (410, 410, 410, 410),
    ("GET", "/healthz"): (200, 200, 200, 200),
    ("POST", "/healthz"): (405, 405, 405, 405),
    ("GET", "/favicon.ico"): (302, 302, 302, 302),
    ("POST", "/language/"): (302, 302, 302, 302),
    ("GET", "/batteries/{pk}/"): (LOGIN, 200, 200, 200),
    ("POST", "/batteries/{pk}/"): (LOGIN, 405, 405, 405),
    ("GET", "/batteries/{pk}/fragment"): (LOGIN, 200, 200, 200),
    ("GET", "/batteries/{pk}/answers.jsonl"): (LOGIN, 200, 200, 200),
    ("GET", "/batteries/discover/"): (LOGIN, 403, 200, 200),
    ("POST", "/batteries/discover/"): (LOGIN, 403, 302, 302),
    ("GET", "/batteries/discover/0/"): (LOGIN, 403, 404, 404),
    ("GET", "/batteries/discover/0/progress"): (LOGIN, 403, 404, 404),
    ("POST", "/batteries/discover/0/register"): (LOGIN, 403, 403, 404),
    ("GET", "/batteries/discover/0/register"): (LOGIN, 403, 403, 405),
    ("GET", "/tempo/"): (LOGIN, 200, 200, 200),
    ("POST", "/tempo/"): (LOGIN, 405, 405, 405),
    ("GET", "/tempo/2024-2025/"): (LOGIN, 200, 200, 200),
    ("GET", "/admin/tempo/tempostatement/add/"): (LOGIN, 403, 403, 200),
    ("GET", "/admin/tempo/pricegrid/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/tempo/pricegrid/add/"): (LOGIN, 403, 403, 200),
    ("GET", "/api/v1/batteries"): (401, 200, 200, 200),
    ("GET", "/api/v1/batteries/{pk}/status"): (401, 200, 200, 200),
    ("POST", "/api/v1/batteries/discover"): (401, 403, 202, 202),
    ("GET", "/api/v1/discoveries/0"): (401, 403, 404, 404),
    ("GET", "/api/v1/openapi.json"): (401, 200, 200, 200),
    ("GET", "/api/v1/nothing"): (404, 404, 404, 404),
    ("GET", "/orders/{pk}/"): (LOGIN, 405, 405, 405),
    ("POST", "/orders/{pk}/"): (LOGIN, 403, 302, 302),
    ("POST", "/orders/{pk}/cancel/"): (LOGIN, 403, 302, 302),
    ("POST", "/orders/all/"): (LOGIN, 403, 302, 302),
    ("GET", "/admin/scheduling/order/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/scheduling/order/add/"): (LOGIN, 403, 403, 403),
    ("GET", "/schedules/"): (LOGIN, 200, 200, 200),
    ("POST", "/schedules/"): (LOGIN, 405, 405, 405),
    ("GET", "/schedules/fragment"): (LOGIN, 200, 200, 200),
    ("GET", "/schedules/add/"): (LOGIN, 403, 200, 200),
    ("POST", "/schedules/add/"): (LOGIN, 403, 200, 200),
    ("POST", "/schedules/preview"): (LOGIN, 403, 200, 200),
    ("POST", "/schedules/classic/"): (LOGIN, 403, 302, 302),
    ("GET", "/schedules/classic/"): (LOGIN, 403, 405, 405),
    ("GET", "/schedules/0/"): (LOGIN, 403, 404, 404),
    ("POST", "/schedules/0/switch/"): (LOGIN, 403, 404, 404),
    ("POST", "/schedules/0/delete/"): (LOGIN, 403, 404, 404),
    ("GET", "/schedules/automation/"): (LOGIN, 403, 200, 200),
    ("POST", "/schedules/automation/"): (LOGIN, 403, 302, 302),
    ("GET", "/schedules/household/"): (LOGIN, 403, 200, 200),
    ("GET", "/schedules/savings/"): (LOGIN, 200, 200, 200),
    ("POST", "/schedules/savings/"): (LOGIN, 405, 405, 405),
    ("GET", "/schedules/savings/2024-2025/"): (LOGIN, 200, 200, 200),
    ("GET", "/schedules/savings/2024-2025/slots.csv"): (LOGIN, 200, 200, 200),
    ("GET", "/schedules/savings/day/2026-11-01/"): (LOGIN, 200, 200, 200),
    ("GET", "/schedules/savings/day/2026-11-01/slots.csv"): (LOGIN, 200, 200, 200),
    ("GET", "/admin/scheduling/scheduleconfig/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/scheduling/scheduleconfig/add/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/scheduling/household/1/change/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/scheduling/household/add/"): (LOGIN, 403, 403, 403),
    ("GET", "/admin/scheduling/override/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/scheduling/override/add/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/scheduling/decision/"): (LOGIN, 403, 200, 200),
    ("GET", "/notices/"): (LOGIN, 200, 200, 200),
    ("GET", "/notices/list"): (LOGIN, 200, 200, 200),
    ("POST", "/notices/0/read"): (LOGIN, 403, 404, 404),
    ("GET", "/admin/notifications/notification/"): (LOGIN, 403, 200, 200),
    ("GET", "/notices/settings/"): (LOGIN, 200, 200, 200),
    ("POST", "/notices/settings/"): (LOGIN, 200, 200, 200),
    ("GET", "/notices/settings/channels"): (LOGIN, 286, 286, 286),
    ("POST", "/notices/settings/channels/add"): (LOGIN, 403, 200, 200),
    ("POST", "/notices/settings/channels/0/test"): (LOGIN, 404, 404, 404),
    ("POST", "/notices/settings/channels/0/remove"): (LOGIN, 404, 404, 404),
    ("POST", "/notices/settings/telegram"): (LOGIN, 302, 302, 302),
    ("GET", "/notices/settings/telegram/waiting"): (LOGIN, 200, 200, 200),
    ("GET", "/notices/settings/telegram/bot"): (LOGIN, 403, 403, 200),
    ("POST", "/notices/settings/telegram/bot"): (LOGIN, 403, 403, 200),
    ("POST", "/notices/settings/telegram/bot/forget"): (LOGIN, 403, 403, 302),
    ("GET", "/admin/notifications/delivery/"): (LOGIN, 403, 403, 200),
    ("GET", "/admin/notifications/channel/"): (LOGIN, 403, 403, 200),
    ("GET", "/audit/"): (LOGIN, 403, 403, 200),
    ("POST", "/audit/"): (LOGIN, 405, 405, 405),
    ("GET", "/admin/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/batteries/battery/"): (LOGIN, 403, 200, 200),
    ("GET", "/admin/batteries/battery/add/"): (LOGIN, 403, 403, 200),
    ("GET", "/admin/batteries/battery/{pk}/change/"): (LOGIN, 403, 200, 200),
    ("POST", "/admin/batteries/battery/{pk}/change/"): (LOGIN, 403, 403, 200),
    ("GET", "/admin/batteries/battery/{pk}/delete/"): (LOGIN, 403, 403, 200),
    ("GET", "/admin/site/apitoken/"): (LOGIN, 403, 403, 200),
    ("GET", "/admin/site/apitoken/add/"): (LOGIN, 403, 403, 200),
    ("GET", "/admin/auth/user/"): (LOGIN, 403, 403, 200),
    ("GET", "/admin/django_celery_beat/periodictask/"): (LOGIN, 403, 403, 200),
    ("GET", "/no/such/page"): (404, 404, 404, 404),
}


@pytest.mark.django_db
@pytest.mark.parametrize("who", CAST)
@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_matrix(method: str, path: str, who: str) -> None:
    client = Client() if who == NOBODY else logged_in(Role(who))
    url = path.format(pk=battery().pk)
    response = _past_the_admins_login(client, client.generic(method, url))
    expected = MATRIX[method, path][CAST.index(who)]
    if expected == LOGIN:
        assert response.status_code == 302
        assert response["Location"].startswith("/login/?next=")
    else:
        assert response.status_code == expected


def _past_the_admins_login(client: Client, response: Any) -> Any:
    """The admin leads to its own login address, and that one decides."""
    location = response.get("Location", "")
    return client.get(location) if location.startswith("/admin/login/") else response


def test_the_matrix_names_every_address_of_ours() -> None:
    known = {path.strip("/").split("/")[0] for _method, path in MATRIX}
    assert {_first_part(pattern) for pattern in get_resolver().url_patterns} <= known
    site = next(p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "site")
    assert isinstance(site, URLResolver)
    assert {_first_part(pattern) for pattern in site.url_patterns} <= known


def _first_part(pattern: URLPattern | URLResolver) -> str:
    return str(pattern.pattern).strip("/").split("/")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "may_order", "is_staff", "is_superuser"),
    [
        (Role.VIEWER, False, False, False),
        (Role.OPERATOR, True, True, False),
        (Role.ADMINISTRATOR, True, True, True),
    ],
)
def test_a_role_gives_its_rights(
    role: Role, may_order: bool, is_staff: bool, is_superuser: bool
) -> None:
    user = User.objects.get(pk=person(role).pk)
    assert role_of(user) == role
    assert (user.is_staff, user.is_superuser) == (is_staff, is_superuser)
    assert user.has_perm("batteries.view_battery")
    assert user.has_perm("batteries.order_battery") is may_order


@pytest.mark.django_db
def test_a_new_role_takes_the_old_one_away() -> None:
    user = person(Role.ADMINISTRATOR)
    grant_role(user, Role.VIEWER)
    user = User.objects.get(pk=user.pk)
    assert role_of(user) == Role.VIEWER
    assert not user.has_perm("batteries.order_battery")
    assert [group.name for group in user.groups.all()] == ["viewer"]


@pytest.mark.django_db
def test_somebody_without_a_role_sees_nothing(anybody: Client) -> None:
    user = User.objects.create_user("passer-by")
    assert role_of(user) is None
    anybody.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    response = anybody.get(reverse("site:home"))
    assert response.status_code == 403
    assert "You may not do this" in response.content.decode()


@pytest.mark.django_db
def test_migrating_again_restores_exactly_the_rights_of_the_roles() -> None:
    group = Group.objects.get(name="viewer")
    wanted = set(group.permissions.values_list("codename", flat=True))
    operator = Group.objects.get(name="operator")
    group.permissions.set(operator.permissions.all())
    for app in [*PERMISSIONS, *PERMISSIONS]:
        make_roles(apps.get_app_config(app))
    assert set(group.permissions.values_list("codename", flat=True)) == wanted
    assert "order_battery" not in wanted


@pytest.mark.django_db
def test_the_last_administrator_is_known() -> None:
    first = person(Role.ADMINISTRATOR, "anna")
    assert is_last_administrator(first)
    second = person(Role.ADMINISTRATOR, "bea")
    assert not is_last_administrator(first)
    User.objects.filter(pk=second.pk).update(is_active=False)
    assert is_last_administrator(first)
    assert not is_last_administrator(second)


def test_an_operator_cannot_change_a_battery_by_an_action(
    operator: Client,
) -> None:
    garage = battery()
    answer = {"action": "retire", "_selected_action": [garage.pk]}
    operator.post(reverse("admin:batteries_battery_changelist"), answer)
    assert Battery.objects.get().is_active
