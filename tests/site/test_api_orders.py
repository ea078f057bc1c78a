"""The JSON API of plans, reasons, overrides and orders."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from marstek_site.roles import Role
from scheduling.intentions import Override
from scheduling.models import Order
from tests import rows
from tests.scheduling.journal_rows import decision, order
from tests.site.test_api import ask, token
from tests.site.test_pages_plan import night

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def send(secret: str, url: str, body: Any) -> tuple[int, Any]:
    response = ask(secret, url, body)
    return response.status_code, response.json()


def override_url() -> str:
    return f"/api/v1/batteries/{rows.battery(at=timezone.now()).pk}/override"


def test_the_plan_has_each_battery_s_changes_without_gaps() -> None:
    rows.battery(at=timezone.now())
    night()
    answer = ask(token(), "/api/v1/plan?hours=24").json()
    (battery,) = answer["batteries"]
    changes = battery["changes"]
    assert {change["decision"]["mode"] for change in changes} == {"auto", "hold"}
    assert [change["ends_at"] for change in changes[:-1]] == [
        change["starts_at"] for change in changes[1:]
    ]
    assert not answer["is_automatic"]


def test_explain_now_and_then() -> None:
    battery, now = rows.battery(at=timezone.now()), timezone.now()
    decision(battery, now - 5 * HOUR, ended_at=now - HOUR)
    order(battery, now - 3 * HOUR)
    secret, url = token(), f"/api/v1/batteries/{battery.pk}/explain"
    live = ask(secret, url).json()
    assert (live["source"], live["decision"]["reason"]) == ("now", "nothing_set")
    then = ask(secret, f"{url}?at={(now - 2.5 * HOUR).isoformat().replace('+00:00', 'Z')}").json()
    assert (then["source"], then["decision"]["mode"]) == ("journal", "hold")
    assert [each["state"] for each in then["orders"]] == ["proved"]
    missing = ask(secret, f"{url}?at=2020-01-01T00:00Z")
    assert missing.status_code == 404
    assert "The journal has no decision about Garage" in missing.json()["detail"]
    assert ask(secret, f"{url}?at=then").status_code == 422


def test_an_override_and_its_end() -> None:
    secret, url = token(Role.OPERATOR), override_url()
    status, answer = send(secret, url, {"mode": "charge", "target_soc": 80, "minutes": 90})
    assert (status, answer["mode"], answer["target_soc"], answer["by"]) == (
        201,
        "charge",
        80,
        "operator",
    )
    assert Order.objects.get().origin == "api"
    ended = Client().delete(url, headers={"authorization": f"Bearer {secret}"})
    assert ended.status_code == 200
    assert not Override.objects.filter(ended_at=None).exists()
    again = Client().delete(url, headers={"authorization": f"Bearer {secret}"})
    assert again.json() == {"detail": "Nothing was ordered by hand for this battery."}


def test_hands_off_for_two_days() -> None:
    status, answer = send(
        token(Role.OPERATOR), override_url(), {"mode": "hands_off", "minutes": 2880}
    )
    assert (status, answer["kind"], answer["mode"]) == (201, "hands_off", None)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"mode": "charge", "power": 50, "minutes": 5}, "Garage needs at least"),
        ({"mode": "hold", "power": 500}, "hold takes no power."),
        ({"mode": "auto", "target_soc": 50}, "Only a charge has a target_soc."),
        ({"mode": "hands_off", "power": 500}, "hands_off takes neither power nor target_soc."),
        ({"mode": "hold", "until": "soon"}, "`until` is no time"),
        ({"mode": "hold", "until": "18:00", "minutes": 5}, "minutes or until, not both."),
    ],
)
def test_what_cannot_be_is_one_sentence(body: dict[str, Any], sentence: str) -> None:
    status, answer = send(token(Role.OPERATOR), override_url(), body)
    assert status == 422
    assert answer["detail"].startswith(sentence)
    assert not Override.objects.exists()


def test_viewers_read_and_do_not_order() -> None:
    secret, url = token(), override_url()
    assert send(secret, url, {"mode": "auto"})[0] == 403
    assert ask(secret, "/api/v1/orders").status_code == 200


def test_orders_by_pages_and_filters() -> None:
    battery, now = rows.battery(), timezone.now()
    for step in range(1, 4):
        order(battery, now - step * HOUR)
    secret = token()
    first = ask(secret, "/api/v1/orders?limit=2").json()
    second = ask(
        secret, f"/api/v1/orders?limit=2&before={first['next'].replace('+', '%2B')}"
    ).json()
    ids = [each["id"] for each in first["orders"] + second["orders"]]
    newest_first = Order.objects.order_by("-asked_at")
    assert ids == list(newest_first.values_list("id", flat=True))
    assert second["next"] is None
    assert first["orders"][0]["attempts"][0]["outcome"] == "accepted"
    assert ask(secret, "/api/v1/orders?state=refused").json()["orders"] == []
    assert ask(secret, "/api/v1/orders?before=x").status_code == 422


def test_the_description_names_every_address() -> None:
    paths = json.loads(ask(token(), "/api/v1/openapi.json").content)["paths"]
    assert {"/api/v1/plan", "/api/v1/orders"} <= set(paths)
    assert set(paths["/api/v1/batteries/{pk}/override"]) == {"post", "delete"}
